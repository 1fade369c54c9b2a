// com.microsoft's larger operators of transformers as standard ops. What they
// compute is ONNX Runtime's docs/ContribOperators.md and, where that is silent,
// its CPU kernels.
//
// Each either gives every result or says Unsupported before it emits anything
// (NodeContext), and the node then stays Opaque.
#ifndef ESAT_FRONTENDS_ONNX_MICROSOFT_TRANSFORMERS_H_
#define ESAT_FRONTENDS_ONNX_MICROSOFT_TRANSFORMERS_H_

#include "frontends/onnx/node_context.h"

namespace esat::onnx_import {

// Self-attention with packed projections, without rotary embedding and without
// a buffer that past and present share.
void ExpandAttention(NodeContext& n);

// The sum of word, position and segment embeddings, normalised.
void ExpandEmbedLayerNormalization(NodeContext& n);

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_MICROSOFT_TRANSFORMERS_H_

// IR types and literals as ONNX's messages.
#ifndef ESAT_BACKENDS_ONNX_PROTOS_H_
#define ESAT_BACKENDS_ONNX_PROTOS_H_

#include <onnx/onnx_pb.h>

#include <map>
#include <string>

#include "ir/attribute.h"
#include "ir/literal.h"
#include "ir/type.h"

namespace esat {

// Names and dense raw bytes (strings as string_data). The data is copied.
void WriteTensor(const Literal& literal, const std::string& name,
                 onnx::TensorProto* proto);
// Everything but the data.
void WriteTensorHeader(const Literal& literal, const std::string& name,
                       onnx::TensorProto* proto);

// `symbol_names` has the file's own spelling of symbols; a dim that is no
// integer and no symbol of a file's own is left without value.
void WriteType(const Type& type,
               const std::map<std::string, std::string>& symbol_names,
               onnx::TypeProto* proto);

// Adds the attribute `name` unless `value` is a subgraph (the caller writes
// those).
void WriteAttribute(const std::string& name, const AttrValue& value,
                    onnx::NodeProto* node);

}  // namespace esat

#endif  // ESAT_BACKENDS_ONNX_PROTOS_H_

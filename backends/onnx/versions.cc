// Facts of ONNX's change log: when operators and attributes appeared. From the
// operator schemas of ONNX 1.20.

#include "backends/onnx/versions.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"

namespace esat {
namespace {

constexpr int64_t kOldest = 7;

// Operators that appeared after opset 7.
const absl::flat_hash_map<Op, int64_t>& OpSince() {
  static const auto* table = new absl::flat_hash_map<Op, int64_t>{
      {Op::kAcosh, 9},
      {Op::kAffineGrid, 20},
      {Op::kAsinh, 9},
      {Op::kAtanh, 9},
      {Op::kAttention, 23},
      {Op::kBernoulli, 15},
      {Op::kBitShift, 11},
      {Op::kBitwiseAnd, 18},
      {Op::kBitwiseNot, 18},
      {Op::kBitwiseOr, 18},
      {Op::kBitwiseXor, 18},
      {Op::kBlackmanWindow, 17},
      {Op::kCelu, 12},
      {Op::kCenterCropPad, 18},
      {Op::kCol2Im, 18},
      {Op::kCompress, 9},
      {Op::kConcatFromSequence, 11},
      {Op::kConstantOfShape, 9},
      {Op::kConvInteger, 10},
      {Op::kCosh, 9},
      {Op::kCumSum, 11},
      {Op::kDFT, 20},
      {Op::kDeformConv, 19},
      {Op::kDequantizeLinear, 10},
      {Op::kDet, 11},
      {Op::kDynamicQuantizeLinear, 11},
      {Op::kEinsum, 12},
      {Op::kErf, 9},
      {Op::kExpand, 8},
      {Op::kEyeLike, 9},
      {Op::kGatherElements, 11},
      {Op::kGatherND, 11},
      {Op::kGelu, 20},
      {Op::kGreaterOrEqual, 12},
      {Op::kGridSample, 20},
      {Op::kGroupNormalization, 21},
      {Op::kHammingWindow, 17},
      {Op::kHannWindow, 17},
      {Op::kHardSwish, 14},
      {Op::kImageDecoder, 20},
      {Op::kIsInf, 10},
      {Op::kIsNaN, 9},
      {Op::kLayerNormalization, 17},
      {Op::kLessOrEqual, 12},
      {Op::kMatMulInteger, 10},
      {Op::kMaxUnpool, 9},
      {Op::kMeanVarianceNormalization, 9},
      {Op::kMelWeightMatrix, 17},
      {Op::kMish, 18},
      {Op::kMod, 10},
      {Op::kNegativeLogLikelihoodLoss, 12},
      {Op::kNonMaxSuppression, 10},
      {Op::kNonZero, 9},
      {Op::kOneHot, 9},
      {Op::kOptional, 15},
      {Op::kOptionalGetElement, 15},
      {Op::kOptionalHasElement, 15},
      {Op::kQLinearConv, 10},
      {Op::kQLinearMatMul, 10},
      {Op::kQuantizeLinear, 10},
      {Op::kRMSNormalization, 23},
      {Op::kRange, 11},
      {Op::kRegexFullMatch, 20},
      {Op::kResize, 11},
      {Op::kReverseSequence, 10},
      {Op::kRoiAlign, 16},
      {Op::kRotaryEmbedding, 23},
      {Op::kRound, 11},
      {Op::kSTFT, 17},
      {Op::kScan, 9},
      {Op::kScatterElements, 11},
      {Op::kScatterND, 11},
      {Op::kSequenceAt, 11},
      {Op::kSequenceConstruct, 11},
      {Op::kSequenceEmpty, 11},
      {Op::kSequenceErase, 11},
      {Op::kSequenceInsert, 11},
      {Op::kSequenceLength, 11},
      {Op::kSequenceMap, 17},
      {Op::kShrink, 9},
      {Op::kSign, 9},
      {Op::kSinh, 9},
      {Op::kSoftmaxCrossEntropyLoss, 12},
      {Op::kSplitToSequence, 11},
      {Op::kStringConcat, 20},
      {Op::kStringNormalizer, 10},
      {Op::kStringSplit, 20},
      {Op::kSwish, 24},
      {Op::kTensorScatter, 24},
      {Op::kTfIdfVectorizer, 9},
      {Op::kThresholdedRelu, 10},
      {Op::kTrilu, 14},
      {Op::kUnique, 11},
      {Op::kWhere, 9},
      {Op::kBatchNormalizationTraining, 15},
  };
  return *table;
}

struct AttributeSince {
  Op op;
  const char* name;
  int64_t since;
  AttrValue otherwise;  // What its absence means.
};

const std::vector<AttributeSince>& LateAttributes() {
  static const auto* table = new std::vector<AttributeSince>{
      {Op::kArgMax, "select_last_index", 12, 0},
      {Op::kArgMin, "select_last_index", 12, 0},
      {Op::kAveragePool, "ceil_mode", 10, 0},
      {Op::kCast, "saturate", 19, 1},
      {Op::kDepthToSpace, "mode", 11, "DCR"},
      {Op::kDequantizeLinear, "block_size", 21, 0},
      {Op::kDequantizeLinear, "axis", 13, 1},
      {Op::kGRU, "layout", 14, 0},
      {Op::kGatherND, "batch_dims", 12, 0},
      {Op::kLSTM, "layout", 14, 0},
      {Op::kLpPool, "ceil_mode", 18, 0},
      {Op::kMaxPool, "storage_order", 8, 0},
      {Op::kMaxPool, "ceil_mode", 10, 0},
      {Op::kQuantizeLinear, "precision", 23, 0},
      {Op::kQuantizeLinear, "block_size", 21, 0},
      {Op::kQuantizeLinear, "saturate", 19, 1},
      {Op::kQuantizeLinear, "axis", 13, 1},
      {Op::kRNN, "layout", 14, 0},
      {Op::kResize, "keep_aspect_ratio_policy", 18, "stretch"},
      {Op::kResize, "antialias", 18, 0},
      {Op::kScatterElements, "reduction", 16, "none"},
      {Op::kScatterND, "reduction", 16, "none"},
      {Op::kShape, "start", 15, 0},
      {Op::kTopK, "sorted", 11, 1},
      {Op::kTopK, "largest", 11, 1},
  };
  return *table;
}

// Attributes whose default is a list of ones, or that have none.
struct ListSince {
  Op op;
  const char* name;
  int64_t since;
};
constexpr ListSince kLateLists[] = {
    {Op::kAveragePool, "dilations", 19},
    {Op::kLpPool, "dilations", 18},
    {Op::kMaxPool, "dilations", 10},
    {Op::kShape, "end", 15},
    {Op::kQuantizeLinear, "output_dtype", 21},
    {Op::kDequantizeLinear, "output_dtype", 23},
};

bool IsNeutral(const AttrValue& value) {
  if (value.kind() == AttrValue::kDType) {
    return value.as_dtype() == DType::kUndefined;
  }
  if (value.kind() != AttrValue::kInts) return false;
  return std::all_of(value.as_ints().begin(), value.as_ints().end(),
                     [](int64_t v) { return v == 1; });
}

bool AllConstant(const std::vector<Dim>& dims) {
  return std::all_of(dims.begin(), dims.end(),
                     [](const Dim& d) { return d.is_constant(); });
}

bool IsScalarConstant(const Graph& graph, const Node& node, size_t i) {
  if (i >= node.inputs.size() || node.inputs[i] == kNoValue) return true;
  const Literal* value = graph.constant(node.inputs[i]);
  return value != nullptr && value->element_count() == 1;
}

// What depends on values rather than on names.
int64_t SpecialOpset(const Graph& graph, const Node& node) {
  const AttrRecord& attrs = node.attrs;
  switch (node.op) {
    case Op::kSoftmax:
    case Op::kLogSoftmax:
    case Op::kHardmax: {
      // Before 13 the op flattens from `axis` on: the same thing on the last
      // axis only.
      const Type& type = graph.value(node.inputs[0]).type;
      return type.ranked && attrs.Int("axis") == type.rank() - 1 ? 1 : 13;
    }
    case Op::kSlice: {
      const std::vector<int64_t>& steps = attrs.Ints("steps");
      const bool plain = std::all_of(steps.begin(), steps.end(),
                                     [](int64_t s) { return s == 1; });
      return plain && AllConstant(attrs.Dims("starts")) ? 1 : 10;
    }
    case Op::kPad: {
      const std::string& mode = attrs.String("mode");
      if (mode == "wrap") return 19;
      return AllConstant(attrs.Dims("pads")) && IsScalarConstant(graph, node, 1)
                 ? 1
                 : 11;
    }
    case Op::kClip:
      return IsScalarConstant(graph, node, 1) &&
                     IsScalarConstant(graph, node, 2) &&
                     IsFloat(graph.value(node.outputs[0]).type.dtype)
                 ? 1
                 : 12;
    case Op::kSplit:
      return AllConstant(attrs.Dims("split")) ? 1 : 13;
    case Op::kTopK:
      return AllConstant(attrs.Dims("k")) ? 1 : 10;
    case Op::kResize: {
      const std::string& mode = attrs.String("coordinate_transformation_mode");
      return mode == "half_pixel_symmetric" ? 19 : 11;
    }
    default:
      break;
  }
  const OpDef& def = GetOp(node.op);
  if (def.Has(kReduction) && attrs.Has("axes") && attrs.Ints("axes").empty()) {
    return node.op == Op::kReduceSum ? 13 : 18;
  }
  return def.is_dynamic ? OperandFormSince(node.op) : 1;
}

}  // namespace

int64_t OperandFormSince(Op op) {
  switch (op) {
    case Op::kSqueeze:
    case Op::kDynamicSqueeze:
    case Op::kUnsqueeze:
    case Op::kDynamicUnsqueeze:
    case Op::kSplit:
    case Op::kDynamicSplit:
    case Op::kReduceSum:
    case Op::kDynamicReduceSum:
      return 13;
    case Op::kSlice:
    case Op::kDynamicSlice:
    case Op::kTopK:
    case Op::kDynamicTopK:
      return 10;
    case Op::kPad:
    case Op::kDynamicPad:
    case Op::kResize:
    case Op::kDynamicResize:
      return 11;
    case Op::kDFT:
    case Op::kDynamicDFT:
      return 20;
    default:
      return GetOp(op).Has(kReduction) ? 18 : 1;
  }
}

bool AttributeExists(Op op, const std::string& attribute, int64_t opset) {
  const OpDef& def = GetOp(op);
  if (def.is_dynamic) op = *def.twin;
  for (const AttributeSince& row : LateAttributes()) {
    if (row.op == op && attribute == row.name) return opset >= row.since;
  }
  for (const ListSince& row : kLateLists) {
    if (row.op == op && attribute == row.name) return opset >= row.since;
  }
  if (attribute == "noop_with_empty_axes") return opset >= OperandFormSince(op);
  if (attribute == "allowzero") return opset >= 14;
  return true;
}

int64_t MinOpset(const Graph& graph, const Node& node) {
  if (node.op == Op::kOpaque || node.op == Op::kConstant) return kOldest;
  int64_t opset = std::max(kOldest, SpecialOpset(graph, node));
  const OpDef& def = GetOp(node.op);
  const Op op = def.is_dynamic ? *def.twin : node.op;
  if (auto it = OpSince().find(op); it != OpSince().end()) {
    opset = std::max(opset, it->second);
  }
  for (const AttributeSince& row : LateAttributes()) {
    const AttrValue* value = row.op == op ? node.attrs.Find(row.name) : nullptr;
    if (value != nullptr && !(*value == row.otherwise)) {
      opset = std::max(opset, row.since);
    }
  }
  for (const ListSince& row : kLateLists) {
    const AttrValue* value = row.op == op ? node.attrs.Find(row.name) : nullptr;
    if (value != nullptr && !IsNeutral(*value)) {
      opset = std::max(opset, row.since);
    }
  }
  for (ValueId output : node.outputs) {
    if (graph.value(output).type.dtype == DType::kBF16) {
      opset = std::max<int64_t>(opset, 13);
    }
  }
  for (const auto& [name, value] : node.attrs.entries()) {
    if (value.kind() != AttrValue::kGraph) continue;
    const Graph& body = *value.as_graph();
    for (NodeId n = 0; n < body.node_count(); ++n) {
      opset = std::max(opset, MinOpset(body, body.node(n)));
    }
  }
  return opset;
}

int64_t IrVersionFor(int64_t opset) {
  if (opset >= 25) return 12;
  if (opset >= 24) return 11;
  if (opset >= 23) return 11;
  if (opset >= 21) return 10;
  if (opset >= 19) return 9;
  if (opset >= 15) return 8;
  if (opset >= 12) return 7;
  if (opset >= 11) return 6;
  if (opset >= 10) return 5;
  return 4;
}

}  // namespace esat

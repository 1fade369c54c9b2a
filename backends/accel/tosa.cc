#include "backends/accel/tosa.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace esat {
namespace {

struct TosaRow {
  Op op;
  const char* name;
  const char* attributes;
};

// Arithmetic on f32 without attributes of ours; operands of one rank.
constexpr TosaRow kArithmetic[] = {
    {Op::kAbs, "tosa.abs", ""},
    {Op::kAdd, "tosa.add", ""},
    {Op::kCeil, "tosa.ceil", ""},
    {Op::kExp, "tosa.exp", ""},
    {Op::kFloor, "tosa.floor", ""},
    {Op::kLog, "tosa.log", ""},
    {Op::kMatMul, "tosa.matmul", ""},
    {Op::kMul, "tosa.mul", "shift = 0 : i32"},
    {Op::kNeg, "tosa.negate", ""},
    {Op::kReciprocal, "tosa.reciprocal", ""},
    {Op::kSigmoid, "tosa.sigmoid", ""},
    {Op::kSub, "tosa.sub", ""},
    {Op::kTanh, "tosa.tanh", ""},
};

bool AllTypes(const Graph& graph, const Node& node,
              const std::vector<DType>& dtypes) {
  const auto fits = [&](ValueId v) {
    return v != kNoValue && graph.value(v).type.is_static() &&
           std::find(dtypes.begin(), dtypes.end(), graph.value(v).type.dtype) !=
               dtypes.end();
  };
  return std::all_of(node.inputs.begin(), node.inputs.end(), fits) &&
         std::all_of(node.outputs.begin(), node.outputs.end(), fits);
}

bool SameRank(const Graph& graph, const Node& node) {
  const int rank = graph.value(node.outputs[0]).type.rank();
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId v) {
    return graph.value(v).type.rank() == rank;
  });
}

// TOSA's matmul has a batch, the same on both sides.
bool IsBatchMatMul(const Graph& graph, const Node& node) {
  const Type& a = graph.value(node.inputs[0]).type;
  const Type& b = graph.value(node.inputs[1]).type;
  return a.rank() == 3 && b.rank() == 3 && a.shape[0] == b.shape[0];
}

std::string I64Array(const std::vector<Dim>& dims) {
  return absl::StrCat("array<i64", dims.empty() ? "" : ": ",
                      absl::StrJoin(dims, ", ",
                                    [](std::string* out, const Dim& d) {
                                      *out += d.ToString();
                                    }),
                      ">");
}

std::optional<TosaSpelling> SpellMovement(const Graph& graph,
                                          const Node& node) {
  if (!AllTypes(graph, node, {DType::kF32, DType::kI32, DType::kI8})) {
    return std::nullopt;
  }
  switch (node.op) {
    case Op::kReshape: {
      const std::vector<Dim>& shape = node.attrs.Dims("shape");
      const bool fixed =
          std::all_of(shape.begin(), shape.end(),
                      [](const Dim& d) { return d.is_constant(); });
      if (!fixed) return std::nullopt;
      return TosaSpelling{"tosa.reshape",
                          absl::StrCat("new_shape = ", I64Array(shape)),
                          std::nullopt};
    }
    case Op::kTranspose:
      return TosaSpelling{"tosa.transpose", "", node.attrs.Ints("perm")};
    case Op::kConcat:
      return TosaSpelling{
          "tosa.concat",
          absl::StrCat("axis = ", node.attrs.Int("axis"), " : i64"),
          std::nullopt};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<TosaSpelling> SpellInTosa(const Graph& graph, const Node& node) {
  if (node.outputs.size() != 1 || node.inputs.empty() ||
      node.attrs.Has("num_outputs")) {
    return std::nullopt;
  }
  const auto* row =
      std::find_if(std::begin(kArithmetic), std::end(kArithmetic),
                   [&](const TosaRow& r) { return r.op == node.op; });
  if (row == std::end(kArithmetic)) return SpellMovement(graph, node);
  if (!AllTypes(graph, node, {DType::kF32})) return std::nullopt;
  if (!SameRank(graph, node)) return std::nullopt;
  if (node.op == Op::kMatMul && !IsBatchMatMul(graph, node)) {
    return std::nullopt;
  }
  return TosaSpelling{row->name, row->attributes, std::nullopt};
}

std::optional<TosaNode> ReadTosa(
    const MlirOp& op,
    const std::vector<const std::vector<int64_t>*>& constants) {
  const int count = static_cast<int>(op.operands.size());
  for (const TosaRow& row : kArithmetic) {
    if (op.name == row.name) return TosaNode{row.op, {}, count};
  }
  if (op.name == "tosa.reshape") {
    const MlirAttr* shape = op.attributes.Find("new_shape");
    if (shape == nullptr || shape->kind != MlirAttr::kInts) return std::nullopt;
    std::vector<Dim> dims(shape->ints.begin(), shape->ints.end());
    return TosaNode{Op::kReshape, {{"shape", std::move(dims)}}, count};
  }
  if (op.name == "tosa.concat") {
    const MlirAttr* axis = op.attributes.Find("axis");
    if (axis == nullptr || axis->kind != MlirAttr::kInt) return std::nullopt;
    return TosaNode{Op::kConcat, {{"axis", axis->integer}}, count};
  }
  if (op.name == "tosa.transpose" && count == 2 && constants[1] != nullptr) {
    return TosaNode{Op::kTranspose, {{"perm", *constants[1]}}, 1};
  }
  return std::nullopt;
}

}  // namespace esat

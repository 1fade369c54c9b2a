// Finding a node's row, and the translation that needs none.

#include <array>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "frontends/onnx/schema.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

using Table = absl::flat_hash_map<std::string, std::vector<Upgrade>>;

void AddTo(Table* table, absl::Span<const Upgrade> rows) {
  for (const Upgrade& row : rows) (*table)[row.op].push_back(row);
}

const Table& OnnxTable() {
  static const Table* table = [] {
    auto* t = new Table;
    AddTo(t, ConstantUpgrades());
    AddTo(t, ElementwiseUpgrades());
    AddTo(t, MovementUpgrades());
    AddTo(t, ResizeUpgrades());
    AddTo(t, ReductionUpgrades());
    AddTo(t, ConvolutionUpgrades());
    AddTo(t, PoolingUpgrades());
    AddTo(t, NormalizationUpgrades());
    AddTo(t, RecurrentUpgrades());
    AddTo(t, QuantizationUpgrades());
    AddTo(t, ExperimentalUpgrades());
    return t;
  }();
  return *table;
}

const Table& MicrosoftTable() {
  static const Table* table = [] {
    auto* t = new Table;
    AddTo(t, MicrosoftUpgrades());
    return t;
  }();
  return *table;
}

const Upgrade* FindRow(const Table& table, const NodeContext& n) {
  auto it = table.find(n.op_type());
  if (it == table.end()) return nullptr;
  for (const Upgrade& row : it->second) {
    if (n.version() >= row.first && n.version() <= row.last) return &row;
  }
  return nullptr;
}

void TranslateOnnx(NodeContext& n) {
  const OpSchema* schema = FindSchema(n.op_type());
  if (schema == nullptr) {
    n.Unsupported(absl::StrCat("ai.onnx has no operator ", n.op_type()));
  } else if (n.version() > kNewestOpset) {
    n.Unsupported(
        absl::StrCat("opset ", n.version(), " is newer than ", kNewestOpset));
  } else if (n.version() < schema->versions.front()) {
    n.Unsupported(absl::StrCat(n.op_type(), " is not in opset ", n.version(),
                               " but came with ", schema->versions.front()));
  } else if (schema->removed_in != 0 && n.version() >= schema->removed_in) {
    n.Unsupported(absl::StrCat(n.op_type(), " left ai.onnx with opset ",
                               schema->removed_in));
  } else if (const Upgrade* row = FindRow(OnnxTable(), n)) {
    row->translate(n);
  } else {
    TranslateAsIs(n);
  }
}

// Ops with one `axis` over the rank of operand 0, plus `extra`.
struct AxisOp {
  Op op;
  int extra;
};
constexpr AxisOp kAxisOps[] = {
    {Op::kArgMax, 0},          {Op::kArgMin, 0},
    {Op::kCompress, 0},        {Op::kConcat, 0},
    {Op::kGather, 0},          {Op::kGatherElements, 0},
    {Op::kHardmax, 0},         {Op::kLayerNormalization, 0},
    {Op::kLogSoftmax, 0},      {Op::kLpNormalization, 0},
    {Op::kOneHot, 1},          {Op::kRMSNormalization, 0},
    {Op::kScatterElements, 0}, {Op::kSoftmax, 0},
    {Op::kSplitToSequence, 0}, {Op::kTensorScatter, 0},
    {Op::kUnique, 0},          {Op::kDynamicSplit, 0},
    {Op::kDynamicTopK, 0},     {Op::kReverseSequence, 0},
};

void NormalizeAxis(Op op, NodeContext& n, AttrRecord* attrs) {
  for (const AxisOp& row : kAxisOps) {
    const AttrValue* axis = attrs->Find("axis");
    const std::optional<int> rank = n.rank(n.input(0));
    if (row.op != op || axis == nullptr || !rank) continue;
    attrs->Set("axis", n.NormalAxis(axis->as_int(), *rank + row.extra));
  }
}

}  // namespace

void Translate(const std::string& domain, NodeContext& n) {
  if (!n.foreign_attribute().empty()) {
    n.Unsupported(absl::StrCat("attribute '", n.foreign_attribute(),
                               "' is of a kind that the IR does not have"));
  } else if (domain.empty()) {
    TranslateOnnx(n);
  } else if (domain == "com.microsoft") {
    const Upgrade* row = FindRow(MicrosoftTable(), n);
    if (row != nullptr) {
      row->translate(n);
    } else {
      n.Unsupported(absl::StrCat("no definition of ", domain, ".", n.op_type(),
                                 " in terms of ONNX is known"));
    }
  } else {
    n.Unsupported(absl::StrCat("domain '", domain, "' is not known"));
  }
}

void TranslateAs(Op op, NodeContext& n) {
  const OpDef* def = &GetOp(op);
  if (def->twin && !def->is_dynamic) def = &GetOp(*def->twin);
  for (const auto& [name, value] : n.attributes().entries()) {
    // Opset 1's hint of memory reuse.
    if (name == "consumed_inputs" || def->FindAttribute(name)) continue;
    return n.Unsupported(absl::StrCat("attribute '", name, "' is not one that ",
                                      def->name, " has at opset 23"));
  }
  if (def->max_operands() >= 0 && n.input_count() > def->max_operands()) {
    return n.Unsupported(absl::StrCat(n.input_count(), " operands; ", def->name,
                                      " has ", def->max_operands(),
                                      " at opset 23"));
  }
  AttrRecord attrs = n.Record(def->op);
  NormalizeAxis(def->op, n, &attrs);
  n.Finish(def->op, std::move(attrs), n.operands());
}

void TranslateAsIs(NodeContext& n) {
  const std::optional<Op> op = FindOp(n.op_type());
  if (!op) {
    return n.Unsupported(absl::StrCat("the op table has no ", n.op_type()));
  }
  TranslateAs(*op, n);
}

Literal Ints(const std::vector<int64_t>& values) {
  return Literal::Of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

ValueId Scaled(NodeContext& n, ValueId x, double value) {
  if (value == 1.0) return x;
  if (!IsComputable(n.dtype(x))) {
    n.Unsupported("a scale of an operand of unknown dtype");
    return kNoValue;
  }
  if (!IsFloat(n.dtype(x)) && value != static_cast<int64_t>(value)) {
    n.Unsupported(absl::StrCat("integers scaled by ", value));
    return kNoValue;
  }
  return n.Emit(Op::kMul, {}, {x, n.Scalar(n.dtype(x), value)});
}

ValueId SwapLastAxes(NodeContext& n, ValueId x) {
  const std::optional<int> rank = n.rank(x);
  if (!rank || *rank < 2) {
    n.Unsupported("transposing an operand without a rank of 2 or more");
    return kNoValue;
  }
  std::vector<int64_t> perm(*rank);
  for (int i = 0; i < *rank; ++i) perm[i] = i;
  std::swap(perm[*rank - 1], perm[*rank - 2]);
  return n.Emit(Op::kTranspose, {{"perm", perm}}, {x});
}

}  // namespace esat::onnx_import

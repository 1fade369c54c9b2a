#include "frontends/onnx/node_context.h"

#include "absl/strings/str_cat.h"
#include "frontends/onnx/schema.h"

namespace esat::onnx_import {
namespace {

const char* KindName(AttrValue::Kind kind) {
  static constexpr const char* kNames[] = {
      "an int",  "a float", "a string", "ints",    "floats",
      "strings", "ints",    "a tensor", "a graph", "an int"};
  return kNames[kind];
}

// The source's spelling of an attribute as the kind that the op table wants;
// nullopt if it is another kind.
std::optional<AttrValue> Converted(const AttrValue& value,
                                   AttrValue::Kind kind) {
  if (value.kind() == kind) return value;
  if (kind == AttrValue::kDims && value.kind() == AttrValue::kInts) {
    return AttrValue(
        std::vector<Dim>(value.as_ints().begin(), value.as_ints().end()));
  }
  if (kind == AttrValue::kDType && value.kind() == AttrValue::kInt) {
    const std::optional<DType> dtype =
        DTypeFromOnnx(static_cast<int32_t>(value.as_int()));
    if (dtype) return AttrValue(*dtype);
  }
  return std::nullopt;
}

}  // namespace

NodeContext::NodeContext(const SourceNode* source, GraphBuilder* builder)
    : source_(*source),
      builder_(builder),
      first_value_(builder->graph().value_count()),
      results_(source->outputs.size(), kNoValue) {}

ValueId NodeContext::input(int i) const {
  return i < input_count() ? source_.inputs[i] : kNoValue;
}

std::vector<Operand> NodeContext::operands() const {
  return {source_.inputs.begin(), source_.inputs.end()};
}

bool NodeContext::wants(int i) const {
  return i < output_count() && !source_.outputs[i].empty();
}

bool NodeContext::Has(const char* attribute) const {
  return source_.attrs.Has(attribute);
}

const AttrValue* NodeContext::Find(const char* attribute,
                                   AttrValue::Kind kind) {
  const AttrValue* value = source_.attrs.Find(attribute);
  if (value == nullptr || value->kind() == kind) return value;
  Fail(absl::StrCat("attribute '", attribute, "': expected ", KindName(kind),
                    ", found ", KindName(value->kind())));
  return nullptr;
}

int64_t NodeContext::Int(const char* attribute, int64_t otherwise) {
  const AttrValue* value = Find(attribute, AttrValue::kInt);
  return value == nullptr ? otherwise : value->as_int();
}

double NodeContext::Float(const char* attribute, double otherwise) {
  const AttrValue* value = Find(attribute, AttrValue::kFloat);
  return value == nullptr ? otherwise : value->as_float();
}

std::string NodeContext::String(const char* attribute,
                                const std::string& otherwise) {
  const AttrValue* value = Find(attribute, AttrValue::kString);
  return value == nullptr ? otherwise : value->as_string();
}

std::vector<int64_t> NodeContext::Ints(const char* attribute) {
  const AttrValue* value = Find(attribute, AttrValue::kInts);
  return value == nullptr ? std::vector<int64_t>() : value->as_ints();
}

std::vector<double> NodeContext::Floats(const char* attribute) {
  const AttrValue* value = Find(attribute, AttrValue::kFloats);
  return value == nullptr ? std::vector<double>() : value->as_floats();
}

std::vector<std::string> NodeContext::Strings(const char* attribute) {
  const AttrValue* value = Find(attribute, AttrValue::kStrings);
  return value == nullptr ? std::vector<std::string>() : value->as_strings();
}

AttrRecord NodeContext::Record(Op op) {
  AttrRecord record;
  const OpDef& def = GetOp(op);
  const OpSchema* schema =
      FindSchema(def.is_dynamic ? OpName(*def.twin) : def.name);
  for (const AttrDef& attr : def.attributes) {
    if (attr.kind == AttrValue::kGraph) continue;
    if (attr.name == "instance") {
      record.Set("instance", NewInstance());
      continue;
    }
    if (const AttrValue* value = source_.attrs.Find(attr.name)) {
      std::optional<AttrValue> converted = Converted(*value, attr.kind);
      if (converted) {
        record.Set(attr.name, *std::move(converted));
      } else {
        Fail(absl::StrCat("attribute '", attr.name, "': expected ",
                          KindName(attr.kind), ", found ",
                          KindName(value->kind()), " ", value->ToString()));
      }
      continue;
    }
    if (schema == nullptr || attr.optional) continue;
    std::optional<AttrValue> value = DefaultOf(*schema, attr.name, attr.kind);
    if (value) record.Set(attr.name, *std::move(value));
  }
  return record;
}

DType NodeContext::dtype(ValueId value) const {
  const Type& t = type(value);
  return t.is_tensor() ? t.dtype : DType::kUndefined;
}

std::optional<int> NodeContext::rank(ValueId value) const {
  const Type& t = type(value);
  if (!t.is_tensor() || !t.ranked) return std::nullopt;
  return t.rank();
}

std::optional<Shape> NodeContext::shape(ValueId value) const {
  const Type& t = type(value);
  if (!t.is_tensor() || !t.ranked) return std::nullopt;
  return t.shape;
}

std::optional<std::vector<int64_t>> NodeContext::IntsOf(ValueId value) const {
  const ValueInfo& known = info(value);
  std::vector<int64_t> ints;
  if (known.elements) {
    for (const Dim& element : *known.elements) {
      if (!element.is_constant()) return std::nullopt;
      ints.push_back(element.constant());
    }
    return ints;
  }
  if (known.constant && IsInteger(known.constant->dtype()) &&
      known.constant->rank() <= 1) {
    return known.constant->AsInts();
  }
  return std::nullopt;
}

bool NodeContext::IsEmpty(ValueId value) const {
  if (value == kNoValue) return true;
  const std::optional<Shape> dims = shape(value);
  if (!dims) return false;
  for (const Dim& dim : *dims) {
    if (dim == Dim(0)) return true;
  }
  return false;
}

NodeId NodeContext::AddNode(Op op, AttrRecord attrs,
                            std::vector<Operand> operands, int results,
                            const GraphBuilder::Names& names) {
  if (!ok()) return kNoNode;
  absl::StatusOr<NodeId> node = builder_->AddNode(
      op, std::move(attrs), std::move(operands), results, names);
  if (!node.ok()) {
    status_ = node.status();
    return kNoNode;
  }
  return *node;
}

ValueId NodeContext::Emit(Op op, AttrRecord attrs,
                          std::vector<Operand> operands) {
  const std::string name = absl::StrCat(source_.name, "/", OpName(op));
  const NodeId node = AddNode(op, std::move(attrs), std::move(operands), 1,
                              {.node = name, .values = {}, .declared = {}});
  return node == kNoNode ? kNoValue : builder_->graph().node(node).outputs[0];
}

void NodeContext::Finish(Op op, AttrRecord attrs,
                         std::vector<Operand> operands) {
  const NodeId node =
      AddNode(op, std::move(attrs), std::move(operands), output_count(),
              {.node = source_.name,
               .values = source_.outputs,
               .declared = source_.declared});
  if (node != kNoNode) results_ = builder_->graph().node(node).outputs;
}

void NodeContext::SetResult(int i, ValueId value) {
  if (!ok() || !wants(i)) return;
  results_[i] = value;
  if (value >= first_value_) {
    builder_->Name(value, source_.outputs[i], source_.declared[i]);
    builder_->NameProducer(value, source_.name);
  }
}

ValueId NodeContext::Constant(Literal literal) {
  if (!ok()) return kNoValue;
  return builder_->AddConstant(
      std::move(literal),
      absl::StrCat(source_.name, "/const", builder_->graph().value_count()));
}

Literal NodeContext::Scalar(DType dtype, double value) const {
  return Literal::ScalarOf(dtype, value);
}

int64_t NodeContext::NormalAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) {
    Fail(absl::StrCat("axis ", axis, " is outside of rank ", rank));
    return 0;
  }
  return axis < 0 ? axis + rank : axis;
}

void NodeContext::Warn(const std::string& what) {
  std::vector<std::string>* warnings = builder_->state().warnings;
  if (warnings == nullptr) return;
  warnings->push_back(absl::StrCat("node '", source_.name, "': ", what));
}

void NodeContext::Fail(const std::string& what) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(what);
}

void NodeContext::Unsupported(const std::string& why) {
  if (unsupported_.empty()) unsupported_ = why;
}

}  // namespace esat::onnx_import

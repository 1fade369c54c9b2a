#include "backends/onnx/graph_writer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backends/onnx/protos.h"
#include "backends/onnx/versions.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace esat {

OnnxGraphWriter::OnnxGraphWriter(OnnxWriterContext* context, const Graph& graph,
                                 onnx::GraphProto* proto,
                                 const OnnxGraphWriter* outer)
    : context_(context),
      graph_(graph),
      proto_(proto),
      plan_(PlanRefolds(graph)),
      dims_(this, outer == nullptr ? nullptr : &outer->dims_) {}

std::string OnnxGraphWriter::FreshName(const std::string& hint) {
  std::string name = hint;
  while (name.empty() || !context_->names.insert(name).second) {
    name = absl::StrCat(hint, "_esat", fresh_++);
  }
  return name;
}

void OnnxGraphWriter::AssignNames(const std::vector<std::string>& captured) {
  names_.resize(graph_.value_count());
  const std::vector<ValueId>& inputs = graph_.inputs();
  ESAT_CHECK(captured.size() <= inputs.size()) << graph_.name;
  const size_t formal = inputs.size() - captured.size();
  for (size_t i = 0; i < inputs.size(); ++i) {
    names_[inputs[i]] = i < formal ? FreshName(graph_.value(inputs[i]).name)
                                   : captured[i - formal];
  }
  // The interface of the model comes first: nothing else may take its names.
  for (size_t i = 0; i < graph_.outputs().size(); ++i) {
    const ValueId value = graph_.outputs()[i];
    std::string name = FreshName(graph_.output_name(static_cast<int>(i)));
    const NodeId producer = graph_.value(value).producer;
    const bool computed =
        producer != kNoNode && graph_.node(producer).op != Op::kConstant;
    if (computed && names_[value].empty()) names_[value] = name;
    output_names_.push_back(std::move(name));
  }
  for (ValueId v = 0; v < graph_.value_count(); ++v) {
    if (names_[v].empty()) names_[v] = FreshName(graph_.value(v).name);
  }
}

absl::Status OnnxGraphWriter::Write(const std::vector<std::string>& captured,
                                    const std::vector<NodeId>& order) {
  proto_->set_name(graph_.name.empty() ? "esat" : graph_.name);
  if (!graph_.doc.empty()) proto_->set_doc_string(graph_.doc);
  AssignNames(captured);
  WriteInputs(graph_.inputs().size() - captured.size());
  for (NodeId i = 0; i < graph_.node_count(); ++i) {
    const NodeId n = order.empty() ? i : order[i];
    if (!plan_.absorbed[n]) ESAT_RETURN_IF_ERROR(WriteNodeAndNote(n));
  }
  ESAT_RETURN_IF_ERROR(WriteOutputs());
  written_for_.resize(proto_->node_size(), kNoNode);
  return absl::OkStatus();
}

absl::Status OnnxGraphWriter::WriteNodeAndNote(NodeId n) {
  const absl::Status status = WriteNode(n);
  if (!status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("node '", graph_.node(n).name, "' (",
                                     OpName(graph_.node(n).op),
                                     "): ", std::string(status.message())));
  }
  written_for_.resize(proto_->node_size(), n);
  for (ValueId output : graph_.node(n).outputs) {
    dims_.Note(names_[output], graph_.value(output).type);
  }
  return absl::OkStatus();
}

void OnnxGraphWriter::WriteInputs(size_t formal_count) {
  for (size_t i = 0; i < formal_count; ++i) {
    const ValueId input = graph_.inputs()[i];
    onnx::ValueInfoProto* info = proto_->add_input();
    info->set_name(names_[input]);
    const Type& type = graph_.value(input).type;
    WriteType(type, context_->model->symbol_names, info->mutable_type());
    dims_.Note(names_[input], type);
  }
  for (const auto& [input, literal] : graph_.input_defaults) {
    onnx::TensorProto* tensor = proto_->add_initializer();
    WriteTensorHeader(literal, names_[input], tensor);
    context_->write_tensor(literal, tensor);
  }
}

absl::Status OnnxGraphWriter::WriteOutputs() {
  for (size_t i = 0; i < graph_.outputs().size(); ++i) {
    const ValueId value = graph_.outputs()[i];
    const std::string& name = output_names_[i];
    if (names_[value] != name) {
      // An input, a constant, or a value that is an output already.
      onnx::NodeProto* identity =
          NewNode("Identity", absl::StrCat("Identity_", name));
      identity->add_input(names_[value]);
      identity->add_output(name);
    }
    onnx::ValueInfoProto* info = proto_->add_output();
    info->set_name(name);
    WriteType(graph_.value(value).type, context_->model->symbol_names,
              info->mutable_type());
  }
  return absl::OkStatus();
}

onnx::NodeProto* OnnxGraphWriter::NewNode(const std::string& op_type,
                                          const std::string& name) {
  onnx::NodeProto* proto = proto_->add_node();
  proto->set_op_type(op_type);
  proto->set_name(name);
  context_->domains.insert("");
  ++context_->node_count;
  return proto;
}

std::string OnnxGraphWriter::EmitNode(
    const std::string& op_type, const std::vector<std::string>& inputs,
    const std::vector<std::pair<std::string, int64_t>>& attributes) {
  const std::string output = FreshName(absl::StrCat("size_", fresh_++));
  onnx::NodeProto* node = NewNode(op_type, absl::StrCat(op_type, "_", output));
  for (const std::string& input : inputs) node->add_input(input);
  node->add_output(output);
  for (const auto& [name, value] : attributes) {
    WriteAttribute(name, value, node);
  }
  return output;
}

std::string OnnxGraphWriter::EmitInts(const std::vector<int64_t>& values,
                                      bool scalar) {
  std::string& name = ints_[{values, scalar}];
  if (!name.empty()) return name;
  name = FreshName(absl::StrCat("ints_", fresh_++));
  std::vector<int64_t> shape;
  if (!scalar) shape.push_back(static_cast<int64_t>(values.size()));
  WriteTensor(Literal::Of<int64_t>(shape, values), name,
              proto_->add_initializer());
  return name;
}

void OnnxGraphWriter::SetOutputs(const Node& node, onnx::NodeProto* proto) {
  for (ValueId output : node.outputs) proto->add_output(names_[output]);
}

absl::Status OnnxGraphWriter::WriteNode(NodeId n) {
  const Node& node = graph_.node(n);
  if (plan_.at[n]) return WriteRefold(n, *plan_.at[n]);
  switch (node.op) {
    case Op::kConstant:
      WriteConstant(n);
      return absl::OkStatus();
    case Op::kOpaque:
      return WriteOpaque(node);
    default:
      return WritePlain(node);
  }
}

void OnnxGraphWriter::WriteConstant(NodeId n) {
  const Node& node = graph_.node(n);
  const Literal& literal = node.attrs.Tensor("value");
  onnx::TensorProto* tensor = proto_->add_initializer();
  WriteTensorHeader(literal, names_[node.outputs[0]], tensor);
  context_->write_tensor(literal, tensor);
}

absl::Status OnnxGraphWriter::WriteRefold(NodeId root, const Refold& fold) {
  const Node& product = graph_.node(fold.product);
  if (fold.kind == Refold::kGemm) {
    onnx::NodeProto* proto = NewNode("Gemm", graph_.node(root).name);
    proto->add_input(NameOf(fold.a));
    proto->add_input(NameOf(fold.b));
    if (fold.bias != kNoValue) {
      proto->add_input(NameOf(fold.bias));
    } else if (context_->opset < 11) {
      // C is required before opset 11.
      const std::string zero = FreshName("zero");
      WriteTensor(
          Literal::ScalarOf(graph_.value(product.outputs[0]).type.dtype, 0),
          zero, proto_->add_initializer());
      proto->add_input(zero);
    }
    WriteAttribute("transA", static_cast<int64_t>(fold.trans_a), proto);
    WriteAttribute("transB", static_cast<int64_t>(fold.trans_b), proto);
    if (fold.alpha != 1) WriteAttribute("alpha", fold.alpha, proto);
    SetOutputs(graph_.node(root), proto);
    return absl::OkStatus();
  }
  std::string bias = NameOf(fold.bias);
  if (!fold.bias_unsqueezed) {
    const Literal& literal = *graph_.constant(fold.bias);
    if (literal.rank() != 1) {
      bias = FreshName(absl::StrCat(bias, "_vector"));
      const Literal vector = literal.Reshaped({literal.element_count()});
      WriteTensor(vector, bias, proto_->add_initializer());
    }
  }
  onnx::NodeProto* proto = NewNode(OpName(product.op), product.name);
  for (ValueId input : product.inputs) proto->add_input(NameOf(input));
  proto->add_input(bias);
  for (const auto& [name, value] : product.attrs.entries()) {
    if (name == "auto_pad" && value.as_string() == "NOTSET") continue;
    if (name == "pads" && product.attrs.String("auto_pad") != "NOTSET")
      continue;
    WriteAttribute(name, value, proto);
  }
  SetOutputs(graph_.node(root), proto);
  return absl::OkStatus();
}

absl::Status OnnxGraphWriter::WritePlain(const Node& node) {
  const OpDef& def = GetOp(node.op);
  std::string op_type = def.is_dynamic ? OpName(*def.twin) : def.name;
  if (node.op == Op::kBatchNormalizationTraining)
    op_type = "BatchNormalization";
  onnx::NodeProto unlinked;  // Helper nodes that the operands need come first.
  if (!def.is_dynamic && def.twin) {
    ESAT_RETURN_IF_ERROR(WriteHow(node, &unlinked));
  } else if (node.op == Op::kClip && context_->opset < 11) {
    WriteOldClip(node, &unlinked);
  } else {
    for (ValueId input : node.inputs) unlinked.add_input(NameOf(input));
  }
  if (def.Has(kControl)) {
    ESAT_RETURN_IF_ERROR(WriteSubgraphs(node, &unlinked));
  }
  for (const auto& [name, value] : node.attrs.entries()) {
    const AttrDef* attr = def.FindAttribute(name);
    if (attr == nullptr || attr->kind == AttrValue::kGraph) continue;
    if (name == "instance" || name == "captures") continue;
    const bool how = !def.is_dynamic && def.twin &&
                     GetOp(*def.twin).FindAttribute(name) == nullptr;
    if (how || !AttributeExists(node.op, name, context_->opset)) continue;
    if (value.kind() == AttrValue::kDType &&
        value.as_dtype() == DType::kUndefined) {
      continue;
    }
    if (name == "auto_pad" && value.as_string() == "NOTSET") continue;
    if (name == "pads" && node.attrs.Has("auto_pad") &&
        node.attrs.String("auto_pad") != "NOTSET") {
      continue;
    }
    WriteAttribute(name, value, &unlinked);
  }
  if (node.op == Op::kBatchNormalizationTraining) {
    WriteAttribute("training_mode", 1, &unlinked);
  }
  onnx::NodeProto* proto = NewNode(op_type, node.name);
  unlinked.set_op_type(op_type);
  unlinked.set_name(node.name);
  *proto = std::move(unlinked);
  SetOutputs(node, proto);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Dim>> OnnxGraphWriter::ExportedDims(
    const Node& node, const std::string& attribute) {
  std::vector<Dim> dims = node.attrs.Dims(attribute);
  const Type& input =
      node.inputs.empty() ? Type() : graph_.value(node.inputs[0]).type;
  const auto symbolic = [](const Dim& d) { return !d.is_constant(); };
  if (node.op == Op::kReshape &&
      std::any_of(dims.begin(), dims.end(), symbolic)) {
    // 0 copies the input's dim; one other symbolic dim is -1. A zero size would
    // read as a copy.
    const bool zero = std::find(dims.begin(), dims.end(), Dim(0)) != dims.end();
    std::vector<Dim> short_form = dims;
    int rest = -1;
    for (size_t i = 0; i < dims.size(); ++i) {
      if (dims[i].is_constant()) continue;
      if (input.ranked && i < input.shape.size() && input.shape[i] == dims[i]) {
        short_form[i] = Dim(0);
      } else if (rest < 0) {
        rest = static_cast<int>(i);
        short_form[i] = Dim(-1);
      } else {
        rest = static_cast<int>(dims.size());  // Two: they must be computed.
      }
    }
    if (!zero && rest < static_cast<int>(dims.size())) return short_form;
    return dims;
  }
  if (node.op == Op::kExpand && input.ranked) {
    // A one leaves the input's dim as it is.
    const size_t offset = dims.size() - input.shape.size();
    for (size_t i = 0; i < input.shape.size() && offset <= dims.size(); ++i) {
      if (dims[offset + i] == input.shape[i]) dims[offset + i] = Dim(1);
    }
  }
  if (node.op == Op::kSlice && input.ranked) {
    const std::vector<int64_t>& axes = node.attrs.Ints("axes");
    const std::vector<int64_t>& steps = node.attrs.Ints("steps");
    for (size_t i = 0; i < dims.size(); ++i) {
      const Dim& size = input.shape[axes[i]];
      if (attribute == "ends" && steps[i] < 0 && dims[i] == Dim(-1)) {
        dims[i] = Dim(INT64_MIN + 1);
      } else if (symbolic(dims[i])) {
        const Dim back = dims[i] - size;
        if (attribute == "ends" && back == Dim(0)) {
          dims[i] = Dim(INT64_MAX);
        } else if (back.is_constant() && back.constant() < 0) {
          dims[i] = back;
        }
      }
    }
  }
  return dims;
}

absl::StatusOr<std::string> OnnxGraphWriter::HowOperand(const Node& node,
                                                        const OperandDef& def) {
  const AttrValue* value = node.attrs.Find(def.how_attr);
  if (value == nullptr) return std::string();
  const bool scalar =
      node.op == Op::kCumSum || node.op == Op::kTrilu || node.op == Op::kDFT;
  switch (value->kind()) {
    case AttrValue::kInt:
      return EmitInts({value->as_int()}, scalar);
    case AttrValue::kInts:
      return EmitInts(value->as_ints(), false);
    case AttrValue::kFloats: {
      const std::vector<double>& wide = value->as_floats();
      const std::vector<float> floats(wide.begin(), wide.end());
      const std::string name =
          FreshName(absl::StrCat(node.name, "_", def.name));
      WriteTensor(
          Literal::Of<float>({static_cast<int64_t>(floats.size())}, floats),
          name, proto_->add_initializer());
      return name;
    }
    default: {
      ESAT_ASSIGN_OR_RETURN(const std::vector<Dim> dims,
                            ExportedDims(node, def.how_attr));
      if (scalar && dims.size() == 1) return dims_.Scalar(dims[0]);
      return dims_.List(dims);
    }
  }
}

absl::Status OnnxGraphWriter::WriteHow(const Node& node,
                                       onnx::NodeProto* proto) {
  const OpDef& dynamic = GetOp(*GetOp(node.op).twin);
  const bool as_operands = context_->opset >= OperandFormSince(node.op);
  size_t next = 0;  // Operand of the static node.
  for (const OperandDef& def : dynamic.operands) {
    if (!def.how) {
      const ValueId input =
          next < node.inputs.size() ? node.inputs[next] : kNoValue;
      ++next;
      if (!as_operands && node.op == Op::kPad && def.name == "constant_value") {
        const Literal* fill = graph_.constant(input);
        WriteAttribute("value", fill ? fill->ElementAsDouble(0) : 0.0, proto);
      } else {
        proto->add_input(NameOf(input));
      }
      continue;
    }
    if (as_operands) {
      ESAT_ASSIGN_OR_RETURN(std::string name, HowOperand(node, def));
      proto->add_input(std::move(name));
      continue;
    }
    const AttrValue* value = node.attrs.Find(def.how_attr);
    if (value == nullptr || def.how_attr == "steps") continue;
    if (value->kind() == AttrValue::kDims) {
      ESAT_ASSIGN_OR_RETURN(const std::vector<Dim> dims,
                            ExportedDims(node, def.how_attr));
      if (node.op == Op::kTopK) {
        WriteAttribute("k", dims[0].constant(), proto);
        continue;
      }
      WriteAttribute(def.how_attr, dims, proto);
    } else {
      WriteAttribute(def.how_attr, *value, proto);
    }
  }
  while (proto->input_size() > 0 &&
         proto->input(proto->input_size() - 1).empty()) {
    proto->mutable_input()->RemoveLast();
  }
  if (as_operands && node.op == Op::kReshape) {
    const std::vector<Dim>& shape = node.attrs.Dims("shape");
    if (std::find(shape.begin(), shape.end(), Dim(0)) != shape.end()) {
      if (context_->opset < 14) {
        return absl::FailedPreconditionError(
            "a reshape to a size of zero needs opset 14");
      }
      WriteAttribute("allowzero", 1, proto);
    }
  }
  return absl::OkStatus();
}

void OnnxGraphWriter::WriteOldClip(const Node& node, onnx::NodeProto* proto) {
  proto->add_input(NameOf(node.inputs[0]));
  static constexpr const char* kBounds[] = {"", "min", "max"};
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    const Literal* bound = graph_.constant(node.inputs[i]);
    if (bound != nullptr) {
      WriteAttribute(kBounds[i], bound->ElementAsDouble(0), proto);
    }
  }
}

absl::Status OnnxGraphWriter::WriteSubgraphs(const Node& node,
                                             onnx::NodeProto* proto) {
  const size_t captures = node.op == Op::kIf ? node.inputs.size() - 1
                                             : node.attrs.IntOr("captures", 0);
  const size_t own = node.inputs.size() - captures;
  std::vector<std::string> captured;
  for (size_t i = own; i < node.inputs.size(); ++i) {
    captured.push_back(NameOf(node.inputs[i]));
  }
  while (static_cast<size_t>(proto->input_size()) > own) {
    proto->mutable_input()->RemoveLast();
  }
  for (const auto& [name, value] : node.attrs.entries()) {
    if (value.kind() != AttrValue::kGraph) continue;
    onnx::AttributeProto* attribute = proto->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::GRAPH);
    OnnxGraphWriter writer(context_, *value.as_graph(), attribute->mutable_g(),
                           this);
    ESAT_RETURN_IF_ERROR(writer.Write(captured));
  }
  return absl::OkStatus();
}

absl::Status OnnxGraphWriter::WriteOpaque(const Node& node) {
  onnx::NodeProto* proto = proto_->add_node();
  if (!proto->ParseFromString(node.attrs.String("payload"))) {
    return absl::InternalError("the payload of an opaque node does not parse");
  }
  ++context_->node_count;
  context_->domains.insert(proto->domain());
  const AttrValue* given = node.attrs.Find("captures");
  const std::vector<std::string> captures =
      given != nullptr ? given->as_strings() : CapturedNames(*proto);
  const size_t own = node.inputs.size() - captures.size();
  std::map<std::string, std::string> renaming;
  for (size_t i = 0; i < captures.size(); ++i) {
    renaming[captures[i]] = NameOf(node.inputs[own + i]);
  }
  RenameCaptured(renaming, proto);
  proto->clear_input();
  for (size_t i = 0; i < own; ++i) proto->add_input(NameOf(node.inputs[i]));
  for (int i = 0; i < proto->output_size(); ++i) {
    if (i < static_cast<int>(node.outputs.size())) {
      proto->set_output(i, names_[node.outputs[i]]);
    }
  }
  proto->set_name(node.name);
  return absl::OkStatus();
}

}  // namespace esat

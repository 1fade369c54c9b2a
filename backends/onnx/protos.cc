#include "backends/onnx/protos.h"

namespace esat {

void WriteTensorHeader(const Literal& literal, const std::string& name,
                       onnx::TensorProto* proto) {
  proto->set_name(name);
  proto->set_data_type(static_cast<int32_t>(literal.dtype()));
  for (int64_t d : literal.shape()) proto->add_dims(d);
}

void WriteTensor(const Literal& literal, const std::string& name,
                 onnx::TensorProto* proto) {
  WriteTensorHeader(literal, name, proto);
  if (literal.dtype() == DType::kString) {
    for (const std::string& s : literal.strings()) proto->add_string_data(s);
    return;
  }
  const Literal dense = literal.Dense();
  proto->set_raw_data(dense.bytes().data(), dense.bytes().size());
}

namespace {

void WriteDim(const Dim& dim,
              const std::map<std::string, std::string>& symbol_names,
              onnx::TensorShapeProto::Dimension* proto) {
  if (dim.is_constant()) {
    proto->set_dim_value(dim.constant());
  } else if (dim.is_symbol()) {
    const std::string name = dim.ToString();
    auto it = symbol_names.find(name);
    if (it != symbol_names.end()) {
      proto->set_dim_param(it->second);
    } else if (name.find('.') == std::string::npos && name[0] != '%') {
      // Names with a point are those that the importer gave to nameless dims.
      proto->set_dim_param(name);
    }
  }
}

}  // namespace

void WriteType(const Type& type,
               const std::map<std::string, std::string>& symbol_names,
               onnx::TypeProto* proto) {
  switch (type.kind) {
    case Type::kSequence:
      WriteType(type.elements[0], symbol_names,
                proto->mutable_sequence_type()->mutable_elem_type());
      return;
    case Type::kOptional:
      WriteType(type.elements[0], symbol_names,
                proto->mutable_optional_type()->mutable_elem_type());
      return;
    case Type::kTensor:
      break;
    default:
      return;
  }
  onnx::TypeProto::Tensor* tensor = proto->mutable_tensor_type();
  tensor->set_elem_type(static_cast<int32_t>(type.dtype));
  if (!type.ranked) return;
  tensor->mutable_shape();
  for (const Dim& d : type.shape) {
    WriteDim(d, symbol_names, tensor->mutable_shape()->add_dim());
  }
}

void WriteAttribute(const std::string& name, const AttrValue& value,
                    onnx::NodeProto* node) {
  if (value.kind() == AttrValue::kGraph) return;
  onnx::AttributeProto* proto = node->add_attribute();
  proto->set_name(name);
  switch (value.kind()) {
    case AttrValue::kInt:
      proto->set_type(onnx::AttributeProto::INT);
      proto->set_i(value.as_int());
      break;
    case AttrValue::kDType:
      proto->set_type(onnx::AttributeProto::INT);
      proto->set_i(static_cast<int64_t>(value.as_dtype()));
      break;
    case AttrValue::kFloat:
      proto->set_type(onnx::AttributeProto::FLOAT);
      proto->set_f(static_cast<float>(value.as_float()));
      break;
    case AttrValue::kString:
      proto->set_type(onnx::AttributeProto::STRING);
      proto->set_s(value.as_string());
      break;
    case AttrValue::kInts:
      proto->set_type(onnx::AttributeProto::INTS);
      for (int64_t v : value.as_ints()) proto->add_ints(v);
      break;
    case AttrValue::kFloats:
      proto->set_type(onnx::AttributeProto::FLOATS);
      for (double v : value.as_floats()) {
        proto->add_floats(static_cast<float>(v));
      }
      break;
    case AttrValue::kStrings:
      proto->set_type(onnx::AttributeProto::STRINGS);
      for (const std::string& v : value.as_strings()) proto->add_strings(v);
      break;
    case AttrValue::kDims:
      proto->set_type(onnx::AttributeProto::INTS);
      for (const Dim& d : value.as_dims()) proto->add_ints(d.constant());
      break;
    case AttrValue::kTensor:
      proto->set_type(onnx::AttributeProto::TENSOR);
      WriteTensor(value.as_tensor(), "", proto->mutable_t());
      break;
    case AttrValue::kGraph:
      break;
  }
}

}  // namespace esat

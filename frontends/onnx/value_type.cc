#include "frontends/onnx/value_type.h"

#include <onnx/onnx_pb.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace esat::onnx_import {
namespace {

absl::StatusOr<Type> ReadTensorType(const onnx::TypeProto::Tensor& tensor,
                                    Symbols* symbols) {
  const std::optional<DType> dtype = DTypeFromOnnx(tensor.elem_type());
  if (!dtype) {
    return absl::InvalidArgumentError(absl::StrCat(
        "element type ", tensor.elem_type(), " is not one of ONNX's"));
  }
  if (!tensor.has_shape()) return Type::Unranked(*dtype);
  Shape shape;
  for (const auto& dim : tensor.shape().dim()) {
    if (dim.has_dim_value()) {
      if (dim.dim_value() < -1) {
        return absl::InvalidArgumentError(
            absl::StrCat("dimension ", shape.size(), " is ", dim.dim_value(),
                         ", expected a size"));
      }
      shape.push_back(dim.dim_value() == -1 ? Dim() : Dim(dim.dim_value()));
    } else if (!dim.dim_param().empty()) {
      shape.push_back(symbols->Named(dim.dim_param()));
    } else {
      shape.push_back(Dim());
    }
  }
  return Type::Tensor(*dtype, std::move(shape));
}

Type CompleteTensor(const Type& inferred, const Type& declared,
                    bool* conflict) {
  Type type = inferred;
  if (type.dtype == DType::kUndefined) {
    type.dtype = declared.dtype;
  } else if (declared.dtype != DType::kUndefined &&
             declared.dtype != type.dtype) {
    *conflict = true;
  }
  if (!declared.ranked) return type;
  if (!type.ranked) {
    type.ranked = true;
    type.shape = declared.shape;
    return type;
  }
  if (type.rank() != declared.rank()) {
    *conflict = true;
    return type;
  }
  for (int axis = 0; axis < type.rank(); ++axis) {
    Dim& dim = type.shape[axis];
    const Dim& other = declared.shape[axis];
    if (dim.is_unknown()) {
      dim = other;
    } else if (dim.is_constant() && other.is_constant() && dim != other) {
      *conflict = true;
    }
  }
  return type;
}

}  // namespace

absl::StatusOr<Type> ReadType(const onnx::TypeProto& proto, Symbols* symbols) {
  switch (proto.value_case()) {
    case onnx::TypeProto::kTensorType:
      return ReadTensorType(proto.tensor_type(), symbols);
    case onnx::TypeProto::kSequenceType: {
      ESAT_ASSIGN_OR_RETURN(
          Type element, ReadType(proto.sequence_type().elem_type(), symbols));
      return Type::Sequence(std::move(element));
    }
    case onnx::TypeProto::kOptionalType: {
      ESAT_ASSIGN_OR_RETURN(
          Type element, ReadType(proto.optional_type().elem_type(), symbols));
      return Type::Optional(std::move(element));
    }
    default:
      return Type();
  }
}

Type CompleteType(const Type& inferred, const Type& declared, bool* conflict) {
  if (declared.kind == Type::kUnknown) return inferred;
  if (inferred.kind == Type::kUnknown) return declared;
  if (inferred.kind != declared.kind) {
    *conflict = true;
    return inferred;
  }
  if (inferred.is_tensor()) return CompleteTensor(inferred, declared, conflict);
  Type type = inferred;
  if (type.elements.size() == declared.elements.size()) {
    for (size_t i = 0; i < type.elements.size(); ++i) {
      type.elements[i] =
          CompleteType(type.elements[i], declared.elements[i], conflict);
    }
  }
  return type;
}

void NameUnknownDims(const std::string& name, Symbols* symbols, Type* type) {
  if (!type->is_tensor() || !type->ranked) return;
  for (int axis = 0; axis < type->rank(); ++axis) {
    if (type->shape[axis].is_unknown()) {
      type->shape[axis] = symbols->Fresh(absl::StrCat(name, ".", axis));
    }
  }
}

}  // namespace esat::onnx_import

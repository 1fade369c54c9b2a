// TypeProto → Type, and how a declaration and an inference agree.
#ifndef ESAT_FRONTENDS_ONNX_VALUE_TYPE_H_
#define ESAT_FRONTENDS_ONNX_VALUE_TYPE_H_

#include <string>

#include "absl/status/statusor.h"
#include "frontends/onnx/symbols.h"
#include "ir/type.h"

namespace onnx {
class TypeProto;
}

namespace esat::onnx_import {

// Unnamed sizes become unknown dims; -1, which some exporters write for them,
// too. Maps and sparse tensors are of unknown type. Fails on other negative
// sizes and on element types that ONNX does not have.
absl::StatusOr<Type> ReadType(const onnx::TypeProto& proto, Symbols* symbols);

// What inference says, completed by the declaration where it says nothing: a
// wrong declaration must not harm. True in `*conflict` when they contradict.
Type CompleteType(const Type& inferred, const Type& declared, bool* conflict);

// Gives each unknown dim the fresh symbol `<name>.<axis>`.
void NameUnknownDims(const std::string& name, Symbols* symbols, Type* type);

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_VALUE_TYPE_H_

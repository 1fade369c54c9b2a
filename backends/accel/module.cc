#include "backends/accel/module.h"

#include <algorithm>
#include <cmath>

#include "cost/sizes.h"

namespace esat {

const Type& AccelModule::TypeOf(const AccelRef& ref) const {
  switch (ref.kind) {
    case AccelRef::kInput:
      return inputs[ref.index].type;
    case AccelRef::kConstant:
      return constants[ref.index].type;
    case AccelRef::kResult:
      break;
  }
  const Graph& body = kernels[ref.index].body;
  return body.value(body.outputs()[ref.result]).type;
}

int AccelModule::BufferOf(const AccelRef& ref) const {
  switch (ref.kind) {
    case AccelRef::kInput:
      return inputs[ref.index].buffer;
    case AccelRef::kConstant:
      return -1;
    case AccelRef::kResult:
      break;
  }
  return kernels[ref.index].buffers[ref.result];
}

bool HasBytes(const Type& type) {
  return type.is_tensor() && BitWidth(type.dtype) > 0;
}

int64_t BytesAtAssumedSizes(const AccelModule& module, const Type& type) {
  if (!HasBytes(type)) return 0;
  const AssumedSizes sizes{module.assumed};
  const double bytes =
      std::ceil(sizes.Elements(type) * BitWidth(type.dtype) / 8);
  return static_cast<int64_t>(std::min(bytes, 9e18));
}

bool RunsOnHost(const Graph& graph, const Node& node) {
  const OpDef& def = GetOp(node.op);
  if (def.Has(kControl) || def.Has(kEffect)) return true;
  const auto homeless = [&](ValueId v) {
    return v != kNoValue && !HasBytes(graph.value(v).type) &&
           graph.value(v).type.kind != Type::kNone;
  };
  return std::any_of(node.inputs.begin(), node.inputs.end(), homeless) ||
         std::any_of(node.outputs.begin(), node.outputs.end(), homeless);
}

}  // namespace esat

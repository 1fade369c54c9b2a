// Constant in all of its spellings; sparse ones arrive dense.

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

std::optional<Literal> ReadConstant(const std::string& name,
                                    const AttrValue& value) {
  if (name == "value" || name == "sparse_value") {
    if (value.kind() == AttrValue::kTensor) return value.as_tensor();
  } else if (name == "value_float" && value.kind() == AttrValue::kFloat) {
    return Literal::Scalar(static_cast<float>(value.as_float()));
  } else if (name == "value_int" && value.kind() == AttrValue::kInt) {
    return Literal::Scalar<int64_t>(value.as_int());
  } else if (name == "value_string" && value.kind() == AttrValue::kString) {
    return Literal::Strings({}, {value.as_string()});
  } else if (name == "value_floats" && value.kind() == AttrValue::kFloats) {
    const std::vector<float> floats(value.as_floats().begin(),
                                    value.as_floats().end());
    return Literal::Of<float>({static_cast<int64_t>(floats.size())}, floats);
  } else if (name == "value_ints" && value.kind() == AttrValue::kInts) {
    return Ints(value.as_ints());
  } else if (name == "value_strings" && value.kind() == AttrValue::kStrings) {
    return Literal::Strings({static_cast<int64_t>(value.as_strings().size())},
                            value.as_strings());
  }
  return std::nullopt;
}

void Constant(NodeContext& n) {
  const auto& entries = n.attributes().entries();
  if (entries.size() != 1) {
    return n.Fail(absl::StrCat("expected one attribute with the value, found ",
                               entries.size()));
  }
  std::optional<Literal> literal =
      ReadConstant(entries[0].first, entries[0].second);
  if (!literal) {
    return n.Fail(absl::StrCat("attribute '", entries[0].first,
                               "' is no value of a constant"));
  }
  n.SetResult(0, n.Constant(*std::move(literal)));
}

constexpr Upgrade kRows[] = {{"Constant", 1, kNewest, Constant}};

}  // namespace

absl::Span<const Upgrade> ConstantUpgrades() { return kRows; }

}  // namespace esat::onnx_import

// Builtins, and that each argument which is not known makes the answer so.
#include "rules/builtins/builtins.h"

#include <map>
#include <vector>

#include "gtest/gtest.h"

namespace esat {
namespace {

class FixedFacts : public TermFacts {
 public:
  std::map<uint32_t, Type> types;
  Type TypeOf(EClassId term) const override {
    auto it = types.find(term.value);
    return it == types.end() ? Type() : it->second;
  }
  bool IsConstant(EClassId) const override { return false; }
  const Literal* ConstantOf(EClassId) const override { return nullptr; }
  std::optional<double> SplatOf(EClassId) const override {
    return std::nullopt;
  }
};

using Dims = std::vector<Dim>;

RuleValue Call(const char* name, std::vector<RuleValue> arguments,
               const FixedFacts& facts = {}) {
  const Builtin* builtin = FindBuiltin(name);
  EXPECT_NE(builtin, nullptr) << name;
  return builtin->call(facts, arguments);
}

Dims List(const RuleValue& value) {
  const Dims* list = std::get_if<Dims>(&value);
  EXPECT_NE(list, nullptr);
  return list == nullptr ? Dims() : *list;
}

Known Truth(const RuleValue& value) {
  const Known* known = std::get_if<Known>(&value);
  EXPECT_NE(known, nullptr);
  return known == nullptr ? Known::kUnknown : *known;
}
bool Yes(const RuleValue& value) { return IsTrue(Truth(value)); }
bool No(const RuleValue& value) { return IsFalse(Truth(value)); }
bool Perhaps(const RuleValue& value) { return Truth(value) == Known::kUnknown; }

TEST(BuiltinsTest, TableIsSortedAndDescribed) {
  const auto& table = Builtins();
  for (size_t i = 0; i < table.size(); ++i) {
    EXPECT_FALSE(table[i].sentence.empty()) << table[i].name;
    if (i > 0) {
      EXPECT_LT(table[i - 1].name, table[i].name);
    }
  }
  EXPECT_EQ(FindBuiltin("nothing"), nullptr);
  EXPECT_NE(DescribeBuiltins().find("compose"), std::string::npos);
}

TEST(BuiltinsTest, Permutations) {
  const Dims p = {2, 0, 1}, q = {1, 0, 2};
  EXPECT_EQ(List(Call("compose", {p, q})), (Dims{0, 2, 1}));
  EXPECT_EQ(List(Call("compose", {p, List(Call("inverse", {p}))})),
            (Dims{0, 1, 2}));
  EXPECT_TRUE(Yes(Call("is_identity", {Dims{0, 1}})));
  EXPECT_TRUE(No(Call("is_identity", {Dims{1, 0}})));
  EXPECT_TRUE(Yes(Call("swaps_last_two", {Dims{0, 2, 1}})));
  EXPECT_TRUE(No(Call("swaps_last_two", {Dims{2, 1, 0}})));
  EXPECT_EQ(List(Call("permute", {Dims{5, 6, 7}, p})), (Dims{7, 5, 6}));
  EXPECT_EQ(List(Call("axes_before", {Dims{0, 1}, p})), (Dims{0, 2}));
  EXPECT_EQ(List(Call("without_axes", {p, Dims{0}})), (Dims{1, 0}));
  EXPECT_TRUE(IsUnknown(Call("inverse", {Dims{0, 0}})));
  EXPECT_TRUE(IsUnknown(Call("compose", {p, Dims{0}})));
}

TEST(BuiltinsTest, Lists) {
  const Dim n = Dim::Symbol("n");
  EXPECT_EQ(List(Call("range", {Dim(1), Dim(4)})), (Dims{1, 2, 3}));
  EXPECT_TRUE(IsUnknown(Call("range", {Dim(0), n})));
  EXPECT_EQ(std::get<Dim>(Call("at", {Dims{4, n}, Dim(-1)})), n);
  EXPECT_TRUE(IsUnknown(Call("at", {Dims{4}, Dim(1)})));
  EXPECT_EQ(std::get<Dim>(Call("sum", {Dims{2, n}})), n + 2);
  EXPECT_EQ(List(Call("take", {Dims{1, 2, 3}, Dim(2)})), (Dims{1, 2}));
  EXPECT_EQ(List(Call("drop", {Dims{1, 2, 3}, Dim(2)})), (Dims{3}));
  EXPECT_TRUE(IsUnknown(Call("take", {Dims{1}, Dim(2)})));
  EXPECT_TRUE(No(Call("all_equal", {Dims{0, 1}, Dim(0)})));
  EXPECT_TRUE(Perhaps(Call("all_equal", {Dims{0, n}, Dim(0)})));
  EXPECT_TRUE(Yes(Call("contains", {Dims{0, n}, Dim(0)})));
  EXPECT_TRUE(IsUnknown(Call("index_of", {Dims{0, 1}, Dim(3)})));
}

TEST(BuiltinsTest, Shapes) {
  const Dim n = Dim::Symbol("n");
  EXPECT_TRUE(Yes(Call("broadcasts_to", {Dims{1, 3}, Dims{n, 4, 3}})));
  EXPECT_TRUE(No(Call("broadcasts_to", {Dims{2}, Dims{3}})));
  EXPECT_TRUE(Perhaps(Call("broadcasts_to", {Dims{n}, Dims{3}})));
  EXPECT_EQ(List(Call("unsqueezed", {Dims{5, 6}, Dims{0, 2}})),
            (Dims{1, 5, 1, 6}));
  EXPECT_EQ(List(Call("squeezed", {Dims{1, 5, 1}, Dims{0, 2}})), (Dims{5}));
  EXPECT_TRUE(Yes(Call("keeps_order", {Dims{1, n, 1, 4}, Dims{1, 0, 3, 2}})));
  EXPECT_FALSE(Yes(Call("keeps_order", {Dims{n, 4}, Dims{1, 0}})));
  EXPECT_TRUE(Yes(Call("varies_only_along", {Dims{4, 1, 1}, Dim(4), Dim(1)})));
  EXPECT_TRUE(No(Call("varies_only_along", {Dims{4, 1}, Dim(4), Dim(1)})));
  EXPECT_TRUE(Yes(Call("varies_only_along", {Dims{}, Dim(4), Dim(1)})));
  EXPECT_EQ(List(Call("ones_but", {Dim(3), Dim(0), n})), (Dims{n, 1, 1}));
  EXPECT_TRUE(Yes(Call("are_trailing", {Dims{1, 2}, Dim(3)})));
  EXPECT_TRUE(No(Call("are_trailing", {Dims{0}, Dim(3)})));
}

TEST(BuiltinsTest, FactsOfUnknownTypesAreUnknown) {
  FixedFacts facts;
  facts.types[1] = *Type::Parse("f16[n,3]");
  const EClassId known(1), unknown(2);
  EXPECT_EQ(std::get<Dim>(Call("rank", {known}, facts)), Dim(2));
  EXPECT_TRUE(IsUnknown(Call("rank", {unknown}, facts)));
  EXPECT_EQ(std::get<Dim>(Call("size", {known}, facts)), Dim::Symbol("n") * 3);
  EXPECT_EQ(std::get<DType>(Call("dtype", {known}, facts)), DType::kF16);
  EXPECT_TRUE(IsUnknown(Call("is_float", {unknown}, facts)));
  EXPECT_TRUE(Yes(Call("same_type", {known, known}, facts)));
  const std::vector<EClassId> terms = {known, known};
  EXPECT_EQ(
      std::get<Dim>(Call("part_index", {terms, Dim(1), Dim(4), Dim(6)}, facts)),
      Dim(1));
  EXPECT_TRUE(
      IsUnknown(Call("part_index", {terms, Dim(1), Dim(2), Dim(4)}, facts)));
}

TEST(BuiltinsTest, Widening) {
  auto widens = [](DType from, DType to) {
    return Yes(Call("widens", {from, to}));
  };
  EXPECT_TRUE(widens(DType::kF16, DType::kF32));
  EXPECT_TRUE(widens(DType::kBF16, DType::kF32));
  EXPECT_FALSE(widens(DType::kF16, DType::kBF16));
  EXPECT_FALSE(widens(DType::kBF16, DType::kF16));
  EXPECT_TRUE(widens(DType::kI32, DType::kF64));
  EXPECT_FALSE(widens(DType::kI32, DType::kF32));
  EXPECT_TRUE(widens(DType::kU8, DType::kI16));
  EXPECT_FALSE(widens(DType::kU8, DType::kI8));
  EXPECT_FALSE(widens(DType::kI8, DType::kU16));
  EXPECT_TRUE(widens(DType::kBool, DType::kU8));
}

}  // namespace
}  // namespace esat

// Properties of inference over all ops.
//
// Consistency: what inference says of symbolic shapes, evaluated at some sizes,
// is what it says of those sizes. Robustness: garbage gives an error, not a
// crash.

#include <gtest/gtest.h>

#include <random>

#include "tests/ir/infer_testing.h"

namespace esat {
namespace {

using Sizes = std::map<std::string, int64_t>;

Type At(Type type, const Sizes& sizes) {
  for (Dim& d : type.shape) {
    if (std::optional<int64_t> value = d.Evaluate(sizes)) d = Dim(*value);
  }
  return type;
}

ValueInfo At(ValueInfo info, const Sizes& sizes) {
  info.type = At(info.type, sizes);
  if (info.elements) {
    for (Dim& d : *info.elements) {
      if (std::optional<int64_t> value = d.Evaluate(sizes)) d = Dim(*value);
    }
  }
  return info;
}

AttrRecord At(const AttrRecord& attrs, const Sizes& sizes) {
  AttrRecord result = attrs;
  for (const auto& [name, value] : attrs.entries()) {
    if (value.kind() != AttrValue::kDims) continue;
    std::vector<Dim> dims = value.as_dims();
    for (Dim& d : dims) {
      if (std::optional<int64_t> v = d.Evaluate(sizes)) d = Dim(*v);
    }
    result.Set(name, dims);
  }
  return result;
}

struct Case {
  Op op;
  AttrRecord attrs;
  std::vector<std::string> operands;
  int results = 1;
};

std::vector<Case> Cases() {
  const AttrRecord conv = {{"auto_pad", "NOTSET"},
                           {"dilations", Ints({1, 2})},
                           {"group", 1},
                           {"pads", Ints({1, 0, 1, 2})},
                           {"strides", Ints({2, 3})}};
  const AttrRecord pool = {
      {"auto_pad", "NOTSET"},       {"ceil_mode", 1},
      {"dilations", Ints({1, 2})},  {"kernel_shape", Ints({3, 2})},
      {"pads", Ints({1, 1, 1, 1})}, {"storage_order", 0},
      {"strides", Ints({2, 3})}};
  AttrRecord same = conv;
  same.Set("auto_pad", "SAME_LOWER");
  AttrRecord transposed = conv;
  transposed.Set("output_padding", Ints({1, 0}));
  return {
      {Op::kAdd, {}, {"f32[a,1,b]", "f32[c,1]"}},
      {Op::kWhere, {}, {"bool[a,b]", "f32[b]", "f32[1,b]"}},
      {Op::kMatMul, {}, {"f32[a,b,c]", "f32[c,d]"}},
      {Op::kConv, conv, {"f32[a,b,c,d]", "f32[6,b,3,2]"}},
      {Op::kConv, same, {"f32[a,b,c,d]", "f32[6,b,3,2]"}},
      {Op::kConvTranspose, transposed, {"f32[a,b,c,d]", "f32[b,5,3,3]"}},
      {Op::kMaxPool, pool, {"f32[a,b,c,d]"}, 2},
      {Op::kTranspose, {{"perm", Ints({2, 0, 1})}}, {"f32[a,b,c]"}},
      {Op::kFlatten, {{"axis", 2}}, {"f32[a,b,c,d]"}},
      {Op::kConcat, {{"axis", 1}}, {"f32[a,b]", "f32[a,c]", "f32[a,3]"}},
      {Op::kGather, {{"axis", 1}}, {"f32[a,b,c]", "i64[d,2]"}},
      {Op::kReduceSum, {{"axes", Ints({1})}, {"keepdims", 1}}, {"f32[a,b,c]"}},
      {Op::kShape, {{"start", 0}}, {"f32[a,b*2]"}},
      {Op::kSize, {}, {"f32[a,b+1]"}},
      {Op::kRange, {}, {"i64[] = 1", "i64[] = a", "i64[] = 3"}},
      {Op::kRange, {}, {"i64[] = a", "i64[] = b", "i64[] = -2"}},
      {Op::kMul, {}, {"i64[2] = a,b", "i64[] = c"}},
      {Op::kDiv, {}, {"i64[2] = a*b,b+3", "i64[] = 2"}},
      {Op::kMod, {{"fmod", 0}}, {"i64[2] = a,b", "i64[] = 3"}},
      {Op::kMin, {}, {"i64[2] = a,b", "i64[] = 3"}},
      {Op::kEqual, {}, {"i64[2] = a,b", "i64[] = -1"}},
      {Op::kGreater, {}, {"i64[2] = a+b,b", "i64[2] = a,-1"}},
      {Op::kDynamicReshape,
       {{"allowzero", 0}},
       {"f32[a,b,6]", "i64[2] = -1,3"}},
      {Op::kDynamicReshape,
       {{"allowzero", 0}},
       {"f32[a,b,c]", "i64[2] = a,-1"}},
      {Op::kDynamicReshape,
       {{"allowzero", 0}},
       {"f32[a,b+c,2]", "i64[3] = 0,-1,b+c"}},
      {Op::kDynamicSlice, {}, {"f32[a,b]", "i64[1] = 1", "i64[1] = 3"}},
      {Op::kDynamicSlice,
       {},
       {"f32[a,b]", "i64[1] = -2", "i64[1] = 9223372036854775807",
        "i64[1] = 1"}},
      {Op::kDynamicSlice,
       {},
       {"f32[a,b]", "i64[1] = -1", "i64[1] = -9223372036854775807",
        "i64[1] = 0", "i64[1] = -2"}},
      {Op::kDynamicSlice,
       {},
       {"f32[a]", "i64[1] = 4", "i64[1] = -2", "i64[1] = 0", "i64[1] = 2"}},
      {Op::kDynamicSlice,
       {},
       {"f32[a]", "i64[1] = 5", "i64[1] = 1", "i64[1] = 0", "i64[1] = -1"}},
      {Op::kDynamicSlice, {}, {"f32[a+b]", "i64[1] = a", "i64[1] = a+b"}},
      {Op::kDynamicSplit, {{"axis", 0}}, {"f32[a,b]"}, 2},
      {Op::kDynamicSplit, {{"axis", 1}}, {"f32[a,6*b]"}, 3},
      {Op::kDynamicExpand, {}, {"f32[a,1]", "i64[3] = 2,1,b"}},
      {Op::kDynamicTile, {}, {"f32[a,b]", "i64[2] = 2,c"}},
      {Op::kDynamicPad,
       {{"mode", "constant"}},
       {"f32[a,b]", "i64[2] = 1,c", "none", "i64[1] = 1"}},
      {Op::kDynamicTopK,
       {{"axis", 0}, {"largest", 1}, {"sorted", 1}},
       {"f32[a,b]", "i64[1] = 1"},
       2},
      {Op::kDynamicConstantOfShape,
       {{"value", Literal::Scalar(0.f).Reshaped({1})}},
       {"i64[2] = a,b*c"}},
  };
}

// Whether `exact` is one of the values that `symbolic` (at the sizes) allows.
void ExpectAllows(const ValueInfo& symbolic, const ValueInfo& exact) {
  EXPECT_FALSE(Meet(symbolic.type, exact.type).conflict)
      << symbolic.type.ToString() << " against " << exact.type.ToString();
  if (!symbolic.elements || !exact.elements) return;
  ASSERT_EQ(symbolic.elements->size(), exact.elements->size());
  for (size_t i = 0; i < exact.elements->size(); ++i) {
    const Dim &a = (*symbolic.elements)[i], &b = (*exact.elements)[i];
    if (a.is_constant() && b.is_constant()) {
      EXPECT_EQ(a, b) << "element " << i;
    }
  }
}

TEST(InferPropertyTest, SymbolicInferenceAtSizesIsStaticInference) {
  std::mt19937 random(1);
  int compared = 0;
  for (const Case& c : Cases()) {
    std::vector<ValueInfo> symbolic;
    for (const std::string& text : c.operands)
      symbolic.push_back(Operand(text));
    const Outcome general = RunInfer(c.op, c.attrs, symbolic, c.results);
    EXPECT_EQ(general.error, "") << OpName(c.op);
    for (int round = 0; round < 60; ++round) {
      Sizes sizes;
      for (const char* name : {"a", "b", "c", "d"}) {
        sizes[name] = 1 + static_cast<int64_t>(random() % 9);
      }
      std::vector<ValueInfo> exact;
      for (const ValueInfo& info : symbolic) exact.push_back(At(info, sizes));
      const Outcome special =
          RunInfer(c.op, At(c.attrs, sizes), exact, c.results);
      if (!special.error.empty()) continue;  // Sizes at which the op fails.
      ++compared;
      for (int i = 0; i < c.results; ++i) {
        SCOPED_TRACE(absl::StrCat(OpName(c.op), " a=", sizes["a"],
                                  " b=", sizes["b"], " c=", sizes["c"],
                                  " d=", sizes["d"], ": ", general.types));
        ExpectAllows(At(general.results[i], sizes), special.results[i]);
      }
    }
  }
  EXPECT_GT(compared, 1000);
}

class Garbage {
 public:
  explicit Garbage(uint32_t seed) : random_(seed) {}

  int64_t Int() {
    static constexpr int64_t kNasty[] = {0,
                                         1,
                                         2,
                                         3,
                                         -1,
                                         -2,
                                         -3,
                                         7,
                                         64,
                                         1 << 20,
                                         INT32_MAX,
                                         INT32_MIN,
                                         INT64_MAX,
                                         INT64_MIN,
                                         INT64_MAX - 1,
                                         INT64_MIN + 1};
    return kNasty[random_() % std::size(kNasty)];
  }
  int Count() { return static_cast<int>(random_() % 5); }
  bool OneIn(int n) { return random_() % n == 0; }

  Dim SomeDim() {
    switch (random_() % 4) {
      case 0:
        return Dim();
      case 1:
        return Dim::Symbol(OneIn(2) ? "n" : "%d");
      case 2:
        return Dim::Symbol("m") * Dim(Int()) + Dim(Int());
      default:
        return Dim(Int());
    }
  }

  Type SomeType(int depth = 0) {
    switch (random_() % 12) {
      case 0:
        return Type();
      case 1:
        return Type::None();
      case 2:
        return Type::Unranked(SomeDType());
      case 3:
        if (depth < 3) return Type::Sequence(SomeType(depth + 1));
        return Type();
      case 4:
        if (depth < 3) return Type::Optional(SomeType(depth + 1));
        return Type();
      default: {
        Shape shape;
        for (int i = Count(); i > 0; --i) shape.push_back(SomeDim());
        return Type::Tensor(SomeDType(), shape);
      }
    }
  }

  DType SomeDType() {
    // Often f32 and i64, so that checks of dtypes are passed.
    if (OneIn(3)) return DType::kF32;
    if (OneIn(3)) return DType::kI64;
    return static_cast<DType>(random_() % 27);
  }

  ValueInfo SomeValue() {
    if (OneIn(5)) {
      std::vector<int64_t> values;
      for (int i = Count(); i > 0; --i) values.push_back(Int());
      const auto size = static_cast<int64_t>(values.size());
      return ValueInfo::Of(Literal::Of<int64_t>({size}, values));
    }
    if (OneIn(9)) return ValueInfo::Of(Literal::Scalar<float>(Int()));
    ValueInfo info{.type = SomeType()};
    if (info.type.is_tensor() && info.type.ranked && info.type.rank() <= 1 &&
        OneIn(2)) {
      Shape elements(info.type.rank() == 0 ? 1 : Count());
      for (Dim& d : elements) d = SomeDim();
      if (info.type.rank() == 1) {
        info.type.shape = {Dim(static_cast<int64_t>(elements.size()))};
      }
      info.elements = elements;
    }
    return info;
  }

  std::string Word() {
    static constexpr const char* kWords[] = {
        "",           "none",  "NOTSET",  "SAME_UPPER", "linear",
        "nearest",    "mean",  "forward", "stretch",    "constant",
        "ij,jk->ik",  "...->", "RGB",     "avg",        "tf_crop_and_resize",
        "not_larger", "TF"};
    return kWords[random_() % std::size(kWords)];
  }

  AttrValue SomeAttribute(AttrValue::Kind kind) {
    std::vector<int64_t> ints;
    for (int i = Count(); i > 0; --i) ints.push_back(Int());
    switch (kind) {
      case AttrValue::kInt:
        return Int();
      case AttrValue::kFloat:
        return static_cast<double>(Int());
      case AttrValue::kString:
        return Word();
      case AttrValue::kInts:
        return ints;
      case AttrValue::kFloats:
        return std::vector<double>(ints.begin(), ints.end());
      case AttrValue::kStrings:
        return std::vector<std::string>{Word()};
      case AttrValue::kDims: {
        Shape dims(Count());
        for (Dim& d : dims) d = SomeDim();
        return dims;
      }
      case AttrValue::kTensor:
        return OneIn(2) ? Literal::Scalar(int64_t{3})
                        : Literal::Strings({1}, {"a"});
      case AttrValue::kDType:
        return SomeDType();
      case AttrValue::kGraph: {
        Graph graph;
        for (int i = Count(); i > 0; --i) graph.AddInput("x", SomeType());
        for (int i = 0; i < graph.value_count(); ++i) graph.AddOutput(i);
        return GraphRef(OneIn(9) ? nullptr : std::make_shared<Graph>(graph));
      }
    }
    return Int();
  }

 private:
  std::mt19937 random_;
};

TEST(InferPropertyTest, GarbageIsAnError) {
  Garbage garbage(7);
  int accepted = 0;
  for (int round = 0; round < 150; ++round) {
    for (int i = 0; i < OpCount(); ++i) {
      const OpDef& op = GetOp(static_cast<Op>(i));
      AttrRecord attrs;
      for (const AttrDef& def : op.attributes) {
        if (garbage.OneIn(50) || (def.optional && garbage.OneIn(2))) continue;
        attrs.Set(def.name, garbage.SomeAttribute(def.kind));
      }
      std::vector<ValueInfo> operands(op.min_operands());
      if (op.max_operands() != op.min_operands()) {
        operands.resize(operands.size() + garbage.Count());
      }
      for (ValueInfo& info : operands) info = garbage.SomeValue();
      std::vector<ValueInfo> results(
          std::max(op.max_results(), garbage.Count()));
      accepted += Infer(op.op, attrs, operands, absl::MakeSpan(results)).ok();
    }
  }
  // Not all of it is refused at the door.
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace esat

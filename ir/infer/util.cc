#include "ir/infer/util.h"

#include <algorithm>
#include <limits>

namespace esat {

std::string OperandName(const InferContext& context, int i) {
  const std::vector<OperandDef>& defs = context.op.operands;
  std::string text = absl::StrCat("operand ", i);
  if (defs.empty()) return text;
  const OperandDef& def =
      i < static_cast<int>(defs.size()) ? defs[i] : defs.back();
  return absl::StrCat(text, " '", def.name, "'");
}

bool HasOperand(const InferContext& context, int i) {
  return !context.operand(i).is_none();
}

DType OperandDType(const InferContext& context, int i) {
  const Type& type = context.operand(i).type;
  return type.is_tensor() ? type.dtype : DType::kUndefined;
}

bool IsRanked(const InferContext& context, int i) {
  const Type& type = context.operand(i).type;
  return type.is_tensor() && type.ranked;
}

const Shape& OperandShape(const InferContext& context, int i) {
  ESAT_CHECK(IsRanked(context, i)) << context.op.name;
  return context.operand(i).type.shape;
}

std::optional<Shape> MaybeShape(const InferContext& context, int i) {
  if (!IsRanked(context, i)) return std::nullopt;
  return OperandShape(context, i);
}

Dim OperandDim(const InferContext& context, int i, int axis) {
  if (!IsRanked(context, i)) return Dim();
  const Shape& shape = OperandShape(context, i);
  return axis >= 0 && axis < static_cast<int>(shape.size()) ? shape[axis]
                                                            : Dim();
}

std::optional<std::vector<Dim>> ElementsOf(const ValueInfo& info) {
  if (info.elements) return info.elements;
  if (info.constant && info.constant->rank() <= 1 &&
      info.constant->element_count() <= kMaxSymbolicElements) {
    return ValueInfo::Of(*info.constant).elements;
  }
  return std::nullopt;
}

std::optional<std::vector<int64_t>> ConstantInts(const ValueInfo& info) {
  const std::optional<std::vector<Dim>> elements = ElementsOf(info);
  if (!elements) return std::nullopt;
  std::vector<int64_t> values;
  for (const Dim& d : *elements) {
    if (!d.is_constant()) return std::nullopt;
    values.push_back(d.constant());
  }
  return values;
}

std::optional<double> ConstantScalar(const ValueInfo& info) {
  if (info.constant && info.constant->element_count() == 1 &&
      IsComputable(info.constant->dtype())) {
    return info.constant->ElementAsDouble(0);
  }
  const std::optional<std::vector<int64_t>> ints = ConstantInts(info);
  if (!ints || ints->size() != 1) return std::nullopt;
  return static_cast<double>((*ints)[0]);
}

Dim ScalarElement(const InferContext& context, int i) {
  const std::optional<std::vector<Dim>> elements =
      ElementsOf(context.operand(i));
  return elements && elements->size() == 1 ? (*elements)[0] : Dim();
}

std::optional<int> LengthOf(const InferContext& context, int i) {
  const Dim length = OperandDim(context, i, 0);
  if (!length.is_constant() || length.constant() < 0 ||
      length.constant() > kMaxRank) {
    return std::nullopt;
  }
  return static_cast<int>(length.constant());
}

std::optional<Shape> SizesFrom(const InferContext& context, int i) {
  if (auto elements = ElementsOf(context.operand(i))) {
    for (Dim& d : *elements) {
      if (!IsTrue(LessEqual(Dim(0), d))) d = Dim();
    }
    return elements;
  }
  if (std::optional<int> length = LengthOf(context, i)) return Shape(*length);
  return std::nullopt;
}

absl::StatusOr<DType> SharedDType(const InferContext& context,
                                  const std::vector<int>& which) {
  DType shared = DType::kUndefined;
  for (int i : which) {
    const DType dtype = OperandDType(context, i);
    if (dtype == DType::kUndefined) continue;
    if (shared != DType::kUndefined && shared != dtype) {
      return OpError(context, OperandName(context, i), " is ", DTypeName(dtype),
                     ", expected ", DTypeName(shared),
                     " as the operands before it");
    }
    shared = dtype;
  }
  return shared;
}

absl::StatusOr<DType> SharedDTypeFrom(const InferContext& context, int first) {
  return SharedDType(context, OperandRange(context, first));
}

absl::Status ExpectDType(const InferContext& context, int i,
                         bool (*accepts)(DType), const char* expected) {
  const DType dtype = OperandDType(context, i);
  if (dtype == DType::kUndefined || accepts(dtype)) return absl::OkStatus();
  return OpError(context, OperandName(context, i), " is ", DTypeName(dtype),
                 ", expected ", expected);
}

absl::Status ExpectFloat(const InferContext& context, int i) {
  return ExpectDType(context, i, IsFloat, "a float");
}

absl::Status ExpectInteger(const InferContext& context, int i) {
  return ExpectDType(context, i, IsInteger, "an integer");
}

absl::Status ExpectBool(const InferContext& context, int i) {
  return ExpectDType(
      context, i, [](DType d) { return d == DType::kBool; }, "bool");
}

absl::Status ExpectIndex(const InferContext& context, int i) {
  return ExpectDType(
      context, i, [](DType d) { return d == DType::kI64 || d == DType::kI32; },
      "i64 or i32");
}

absl::Status ExpectRank(const InferContext& context, int i, int rank) {
  if (!IsRanked(context, i) || context.operand(i).type.rank() == rank) {
    return absl::OkStatus();
  }
  return OpError(context, OperandName(context, i), " has rank ",
                 context.operand(i).type.rank(), ", expected ", rank);
}

absl::Status ExpectRankAtLeast(const InferContext& context, int i, int rank) {
  if (!IsRanked(context, i) || context.operand(i).type.rank() >= rank) {
    return absl::OkStatus();
  }
  return OpError(context, OperandName(context, i), " has rank ",
                 context.operand(i).type.rank(), ", expected at least ", rank);
}

absl::Status ExpectDim(const InferContext& context, int i, int axis,
                       const Dim& expected) {
  const Dim found = OperandDim(context, i, axis);
  if (!IsFalse(Equal(found, expected))) return absl::OkStatus();
  return OpError(context, OperandName(context, i), " has ", found.ToString(),
                 " elements on axis ", axis, ", expected ",
                 expected.ToString());
}

absl::Status ExpectWord(const InferContext& context, const char* attribute,
                        std::initializer_list<const char*> words) {
  const std::string& found = context.attrs.String(attribute);
  std::string expected;
  for (const char* word : words) {
    if (found == word) return absl::OkStatus();
    absl::StrAppend(&expected, expected.empty() ? "" : ", ", word);
  }
  return OpError(context, "attribute '", attribute, "' is '", found,
                 "', expected one of ", expected);
}

absl::StatusOr<int> NormalizeAxis(const InferContext& context,
                                  const char* attribute, int64_t axis,
                                  int rank) {
  if (axis >= -rank && axis < rank) {
    return static_cast<int>(axis < 0 ? axis + rank : axis);
  }
  return OpError(context, "attribute '", attribute, "' is ", axis,
                 ", expected an axis of rank ", rank);
}

absl::StatusOr<std::vector<int>> NormalizeAxes(const InferContext& context,
                                               const char* attribute,
                                               const std::vector<int64_t>& axes,
                                               int rank) {
  std::vector<int> result;
  for (int64_t axis : axes) {
    ESAT_ASSIGN_OR_RETURN(int normal,
                          NormalizeAxis(context, attribute, axis, rank));
    result.push_back(normal);
  }
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
    return OpError(context, "attribute '", attribute, "' is ",
                   AttrValue(axes).ToString(), ", expected each axis once");
  }
  return result;
}

absl::StatusOr<std::vector<int64_t>> IntsOfLength(const InferContext& context,
                                                  const char* attribute,
                                                  int count,
                                                  int64_t otherwise) {
  const std::vector<int64_t>& found = context.attrs.Ints(attribute);
  if (found.empty()) return std::vector<int64_t>(count, otherwise);
  if (static_cast<int>(found.size()) == count) return found;
  return OpError(context, "attribute '", attribute, "' is ",
                 AttrValue(found).ToString(), ", expected ", count,
                 " integers");
}

Type TensorType(DType dtype, const std::optional<Shape>& shape) {
  return shape ? Type::Tensor(dtype, *shape) : Type::Unranked(dtype);
}

void SetResult(absl::Span<ValueInfo> results, int i, DType dtype,
               const std::optional<Shape>& shape) {
  if (i < static_cast<int>(results.size())) {
    results[i].type = TensorType(dtype, shape);
  }
}

namespace {

// Whether `dtype` holds `value`.
bool Holds(DType dtype, int64_t value) {
  if (dtype == DType::kI64 || dtype == DType::kUndefined) return true;
  if (dtype == DType::kBool) return value == 0 || value == 1;
  if (dtype == DType::kU64) return value >= 0;
  const int bits = BitWidth(dtype);
  const int64_t low = IsSigned(dtype) ? -(int64_t{1} << (bits - 1)) : 0;
  const int64_t high = (int64_t{1} << (IsSigned(dtype) ? bits - 1 : bits)) - 1;
  return value >= low && value <= high;
}

}  // namespace

void SetElements(absl::Span<ValueInfo> results, int i,
                 std::vector<Dim> elements) {
  if (i >= static_cast<int>(results.size())) return;
  const Type& type = results[i].type;
  const auto count = static_cast<int64_t>(elements.size());
  if (!type.is_tensor() || !type.ranked || type.rank() > 1) return;
  if (count > kMaxSymbolicElements) return;
  if (!IsInteger(type.dtype) && type.dtype != DType::kBool) return;
  if (!IsTrue(Equal(type.element_count(), Dim(count)))) return;
  bool says_something = count == 0;
  for (Dim& d : elements) {
    if (d.is_constant() && !Holds(type.dtype, d.constant())) d = Dim();
    says_something |= !d.is_unknown();
  }
  if (says_something) results[i].elements = std::move(elements);
}

void PassElements(const InferContext& context, absl::Span<ValueInfo> results) {
  if (auto elements = ElementsOf(context.operand(0))) {
    SetElements(results, 0, std::move(*elements));
  }
}

Dim MoreKnown(const Dim& a, const Dim& b) {
  if (a.is_constant() || b.is_unknown()) return a;
  if (b.is_constant() || a.is_unknown()) return b;
  return a;
}

absl::StatusOr<std::optional<Shape>> BroadcastOperands(
    const InferContext& context, const std::vector<int>& which) {
  std::optional<Shape> shape = Shape();
  for (int i : which) {
    if (!IsRanked(context, i)) return std::optional<Shape>();
    std::optional<Shape> wider =
        BroadcastShapes(*shape, OperandShape(context, i));
    if (!wider) {
      return OpError(context, OperandName(context, i), " has shape ",
                     ToString(OperandShape(context, i)),
                     ", expected one that broadcasts with ", ToString(*shape));
    }
    shape = std::move(wider);
  }
  return shape;
}

std::vector<int> OperandRange(const InferContext& context, int first) {
  std::vector<int> which;
  for (int i = first; i < context.operand_count(); ++i) which.push_back(i);
  return which;
}

}  // namespace esat

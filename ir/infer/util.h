// What the inference functions of all families share: operands as tensors,
// errors that name the op, axes, and results.
//
// Infer (ir/infer.cc) has checked, before any function here runs, that
// attributes follow the schema, that operands which must be there are, and that
// ops on tensors were given tensors or values of unknown kind.
#ifndef ESAT_IR_INFER_UTIL_H_
#define ESAT_IR_INFER_UTIL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ir/infer.h"

namespace esat {

// "Conv: " and the pieces, as an InvalidArgumentError.
template <typename... Pieces>
absl::Status OpError(const InferContext& context, const Pieces&... pieces) {
  return absl::InvalidArgumentError(
      absl::StrCat(context.op.name, ": ", pieces...));
}

// "operand 1 'W'".
std::string OperandName(const InferContext& context, int i);

// No tensor has more axes: garbage that says so is not believed.
inline constexpr int kMaxRank = 64;

// ---- Operands ----

bool HasOperand(const InferContext& context, int i);
// kUndefined where nothing is known.
DType OperandDType(const InferContext& context, int i);
bool IsRanked(const InferContext& context, int i);
// Requires: IsRanked.
const Shape& OperandShape(const InferContext& context, int i);
// nullopt without a rank.
std::optional<Shape> MaybeShape(const InferContext& context, int i);
// The dim, or unknown without a rank or that many axes.
Dim OperandDim(const InferContext& context, int i, int axis);
// The elements of a small integer operand, from `elements` or `constant`.
std::optional<std::vector<Dim>> ElementsOf(const ValueInfo& info);
// The elements where all are integers.
std::optional<std::vector<int64_t>> ConstantInts(const ValueInfo& info);
// The constant of a one-element operand as a number.
std::optional<double> ConstantScalar(const ValueInfo& info);
// The length of a one-dimensional operand, where it is known and at most
// kMaxRank.
std::optional<int> LengthOf(const InferContext& context, int i);
// The elements of how-operand `i` as sizes: what is not certainly one is
// unknown. nullopt where not even their number is known.
std::optional<Shape> SizesFrom(const InferContext& context, int i);
// The only element of an integer operand; unknown where it is not known.
Dim ScalarElement(const InferContext& context, int i);

// ---- Constraints; all pass what is merely unknown ----

// The dtype that operands `which` share, kUndefined if none is known.
absl::StatusOr<DType> SharedDType(const InferContext& context,
                                  const std::vector<int>& which);
// Like SharedDType of every operand from `first` on.
absl::StatusOr<DType> SharedDTypeFrom(const InferContext& context, int first);

absl::Status ExpectDType(const InferContext& context, int i,
                         bool (*accepts)(DType), const char* expected);
absl::Status ExpectFloat(const InferContext& context, int i);
absl::Status ExpectInteger(const InferContext& context, int i);
absl::Status ExpectBool(const InferContext& context, int i);
// i32 or i64: what indexes.
absl::Status ExpectIndex(const InferContext& context, int i);
absl::Status ExpectRank(const InferContext& context, int i, int rank);
absl::Status ExpectRankAtLeast(const InferContext& context, int i, int rank);
// Axis `axis` of operand `i` has `expected` elements.
absl::Status ExpectDim(const InferContext& context, int i, int axis,
                       const Dim& expected);
// One attribute of a fixed set of words.
absl::Status ExpectWord(const InferContext& context, const char* attribute,
                        std::initializer_list<const char*> words);

// ---- Axes ----

// `axis` in [0, rank), counted from the end when negative.
absl::StatusOr<int> NormalizeAxis(const InferContext& context,
                                  const char* attribute, int64_t axis,
                                  int rank);
// Sorted; each once.
absl::StatusOr<std::vector<int>> NormalizeAxes(const InferContext& context,
                                               const char* attribute,
                                               const std::vector<int64_t>& axes,
                                               int rank);

// The attribute, `count` copies of `otherwise` if it is empty, an error if it
// has another length.
absl::StatusOr<std::vector<int64_t>> IntsOfLength(const InferContext& context,
                                                  const char* attribute,
                                                  int count, int64_t otherwise);

// ---- Results ----

Type TensorType(DType dtype, const std::optional<Shape>& shape);
// Result i, if it is in use.
void SetResult(absl::Span<ValueInfo> results, int i, DType dtype,
               const std::optional<Shape>& shape);
// Result i's elements, where they fit the rank-0 or rank-1 type already set and
// say something; constants that the dtype cannot hold become unknown.
void SetElements(absl::Span<ValueInfo> results, int i,
                 std::vector<Dim> elements);
// Result 0's elements are those of operand 0, in the same order.
void PassElements(const InferContext& context, absl::Span<ValueInfo> results);

// The more telling of two dims that must be equal: integer, expression,
// unknown.
Dim MoreKnown(const Dim& a, const Dim& b);
// The shape that all operands from `first` on broadcast to; nullopt without
// rank.
absl::StatusOr<std::optional<Shape>> BroadcastOperands(
    const InferContext& context, const std::vector<int>& which);
// 0 .. count-1, from `first`.
std::vector<int> OperandRange(const InferContext& context, int first = 0);

}  // namespace esat

#endif  // ESAT_IR_INFER_UTIL_H_

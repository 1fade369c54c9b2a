// Types of values: a lattice of dtype × shape, plus sequences, optionals and
// tuples.
#ifndef ESAT_IR_TYPE_H_
#define ESAT_IR_TYPE_H_

#include <optional>
#include <string>
#include <vector>

#include "ir/dim.h"
#include "ir/dtype.h"

namespace esat {

using Shape = std::vector<Dim>;

// What is known of a value before it is computed.
//
// Order. kUnknown says nothing; a tensor with kUndefined dtype, without rank or
// with unknown dims says something; more known is lower. `Meet` combines two
// true statements about one value.
struct Type {
  enum Kind : uint8_t {
    kUnknown,
    kTensor,
    kSequence,
    kOptional,
    kTuple,
    kNone
  };

  Kind kind = kUnknown;
  DType dtype = DType::kUndefined;  // Of a tensor.
  bool ranked = false;              // Whether `shape` is meaningful.
  Shape shape;                      // One Dim an axis, each may be unknown.
  // The element of a sequence or optional (one); the members of a tuple.
  std::vector<Type> elements;

  static Type Tensor(DType dtype, Shape shape);
  static Type Unranked(
      DType dtype);  // kUndefined when nothing is known of the dtype either.
  static Type Sequence(Type element);
  static Type Optional(Type element);
  static Type Tuple(std::vector<Type> members);
  static Type None();

  bool is_tensor() const { return kind == kTensor; }
  int rank() const {
    return static_cast<int>(shape.size());
  }  // Requires: ranked.
  // All dims are integers.
  bool is_static() const;
  // All dims are integers or expressions, none unknown.
  bool has_known_shape() const;
  // The dims as integers. Requires: is_static().
  std::vector<int64_t> static_shape() const;
  // Product of the dims; unknown if any is, or unranked.
  Dim element_count() const;

  // "f32[2,seq]", "f32[*]" without rank, "sequence(…)", "optional(…)", "(…,
  // …)", "none", "?".
  std::string ToString() const;
  static absl::StatusOr<Type> Parse(std::string_view text);

  friend bool operator==(const Type& a, const Type& b) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Type& t) {
    return H::combine(std::move(h), static_cast<int>(t.kind),
                      static_cast<int>(t.dtype), t.ranked, t.shape, t.elements);
  }
};

// Both statements about one value. `conflict` when they contradict each other
// (different dtypes, ranks or integer dims). Where two different expressions
// meet, `a`'s is kept and the pair is reported as an equality learned.
struct TypeMeet {
  Type type;
  bool conflict = false;
  std::vector<std::pair<Dim, Dim>> learned;
};
TypeMeet Meet(const Type& a, const Type& b);

// ONNX's multidirectional broadcasting of one pair of dims; nullopt when they
// cannot agree. Unknown against 1 is unknown; a symbol against an integer k ≠ 1
// is k (the program would fail otherwise).
std::optional<Dim> BroadcastDim(const Dim& a, const Dim& b);
std::optional<Shape> BroadcastShapes(const Shape& a, const Shape& b);

}  // namespace esat

#endif  // ESAT_IR_TYPE_H_

// Inference: the types, and where they are small integers the symbolic
// contents, of an op's results.
#ifndef ESAT_IR_INFER_H_
#define ESAT_IR_INFER_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ir/graph.h"

namespace esat {

// What is known of one value.
struct ValueInfo {
  Type type;
  // The value itself, when it is a constant of the model or was folded.
  std::optional<Literal> constant;
  // The elements of an integer (or bool) tensor of rank 0 or 1 with at most
  // kMaxSymbolicElements elements, each an expression or unknown: what
  // Shape→Gather→Concat→Reshape chains compute. Present for small integer
  // constants too.
  std::optional<std::vector<Dim>> elements;

  bool is_none() const { return type.kind == Type::kNone; }
  static ValueInfo None() { return {.type = Type::None()}; }
  static ValueInfo Of(const Literal& literal);
};

inline constexpr int kMaxSymbolicElements = 64;

// One application of an op, as inference sees it. Absent operands are
// ValueInfo::None().
struct InferContext {
  const OpDef& op;
  const AttrRecord& attrs;
  absl::Span<const ValueInfo> operands;
  // Where control flow leaves its subgraphs with the types of their values
  // filled in, when not null.
  AttrRecord* annotated = nullptr;

  int operand_count() const { return static_cast<int>(operands.size()); }
  // None for an operand past the end.
  const ValueInfo& operand(int i) const;
};

// Fills `results` (one entry a result, in order, starting as unknown). Fails
// with what was expected and found when the operands contradict the op; says
// less rather than guess when they do not determine the result.
absl::Status Infer(Op op, const AttrRecord& attrs,
                   absl::Span<const ValueInfo> operands,
                   absl::Span<ValueInfo> results);

// The static form of a Dynamic node whose how-operands are known, canonical
// (axes not negative, slices within bounds where the dims allow to say so);
// nullopt while they are not known.
struct StaticForm {
  Op op;
  AttrRecord attrs;
  std::vector<int> operands;  // Indexes of the operands that stay.
};
//
// `result_count` is the node's number of outputs: DynamicSplit without sizes
// makes that many equal parts. Requires: `dynamic` is a Dynamic twin.
absl::StatusOr<std::optional<StaticForm>> ResolveHow(
    Op dynamic, const AttrRecord& attrs, absl::Span<const ValueInfo> operands,
    int result_count);

// Infers every value of `graph` in order; input types stay as they are,
// declared types of others are met with what is inferred. Returns one ValueInfo
// a value. Recurses into subgraphs, whose copies with types replace them.
// Errors name the node.
absl::StatusOr<std::vector<ValueInfo>> InferGraph(Graph* graph);

}  // namespace esat

#endif  // ESAT_IR_INFER_H_

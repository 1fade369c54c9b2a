// The e-class analysis of tensors: type, symbolic contents, constant value.
#ifndef ESAT_TENSOR_FACTS_H_
#define ESAT_TENSOR_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "egraph/analysis.h"
#include "egraph/egraph.h"
#include "ir/infer.h"

namespace esat {

// What is known of one e-class.
struct ClassFact {
  ValueInfo info;                  // Of a tuple e-node: kind kTuple.
  std::vector<ValueInfo> members;  // Of a tuple e-node: one a result.
  // Valid when the class is a constant term: an e-node all of whose children
  // were constant terms before it, so that following these e-nodes ends.
  ENodeId constant_node;
  // Two constants that differ in rounding met here.
  bool approximate = false;
};

// Facts that unions contradicted; each is a wrong rule or a wrong kernel.
struct FactConflict {
  EClassId a, b;
  std::string text;
};

// Facts grow by inference (ir/infer.h) and by folding: the value of an op over
// constants is computed at once when it has at most kFoldedElements elements
// and its operands at most kFoldedOperandElements; larger constant terms stay
// terms. A Dynamic e-node whose how-operands become known gets its static form
// as an equal.
//
// Threads: const members may run concurrently while the e-graph is frozen.
class TensorAnalysis : public Analysis {
 public:
  static constexpr int64_t kFoldedElements = 4096;
  static constexpr int64_t kFoldedOperandElements = 65536;

  // `attrs` outlives the analysis.
  explicit TensorAnalysis(AttrTable* attrs) : attrs_(attrs) {}

  // Facts of a class; `id` must be a leader.
  const ClassFact& fact(EClassId id) const { return facts_[id.value]; }
  const Type& type(EClassId id) const { return fact(id).info.type; }
  // The value if it is known and at hand, else nullptr; see is_constant for
  // large constant terms.
  const Literal* constant(EClassId id) const;
  // Whether the class depends on constants alone.
  bool is_constant(EClassId id) const;
  // The one element that all elements of a known constant equal, as a rank-0
  // literal.
  std::optional<Literal> splat(EClassId id) const;
  // Symbolic contents of a small integer tensor, else nullptr.
  const std::vector<Dim>* elements(EClassId id) const;

  const std::vector<FactConflict>& conflicts() const { return conflicts_; }

  // Types that the next new class starts from, beside what inference says (one
  // a result). The encoder declares the source's own types, and those of
  // inputs, this way; nullptr ends it.
  void Declare(const std::vector<Type>* types) { declared_ = types; }

  // For loading (tensor/snapshot.h), into a new analysis: Make does nothing
  // until EndRestoring gives every class id of `egraph` the fact that it had.
  void BeginRestoring() { restoring_ = true; }
  void EndRestoring(std::vector<ClassFact> facts);

  bool Make(const EGraph& egraph, EClassId id, ENodeId node_id,
            const ENode& node) override;
  bool CanMerge(const EGraph& egraph, EClassId a, EClassId b,
                MergeCause cause) override;
  MergeEffect Merge(EClassId winner, EClassId loser) override;
  void Modify(EGraph& egraph, EClassId id) override;
  size_t storage_bytes() const override {
    return facts_.size() * sizeof(ClassFact);
  }

 private:
  ClassFact Evaluate(const EGraph& egraph, ENodeId node_id, const ENode& node);
  void Fold(const EGraph& egraph, const ENode& node, const AttrRecord& attrs,
            ClassFact* fact) const;
  void AddStaticForm(EGraph& egraph, EClassId id, ENodeId node_id);

  AttrTable* attrs_;
  std::vector<ClassFact> facts_;
  std::vector<std::vector<ENodeId>>
      unresolved_;  // By class: Dynamic e-nodes with a static form to add.
  const std::vector<Type>* declared_ = nullptr;
  bool restoring_ = false;
  std::vector<FactConflict> conflicts_;
};

// The operands of `node` as inference wants them.
std::vector<ValueInfo> OperandInfos(const TensorAnalysis& analysis,
                                    const EGraph& egraph, const ENode& node);

}  // namespace esat

#endif  // ESAT_TENSOR_FACTS_H_

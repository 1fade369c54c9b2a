// The right side of a rule, lowered: how to build its terms from a match.
#ifndef ESAT_RULES_COMPILE_RIGHT_H_
#define ESAT_RULES_COMPILE_RIGHT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "egraph/rhs.h"
#include "rules/compile/frame.h"
#include "rules/compile/left.h"
#include "rules/lang/ast.h"
#include "tensor/tensor_graph.h"

namespace esat {

// A term to build.
struct TermPlan {
  enum class Kind : uint8_t {
    kMatched,  // What `slot` holds: one class, or under kSpread a list's
               // current element.
    kValue,    // The class that `expr` gives.
    kLet,      // The term let number `index`.
    kOp,
    kSplat,    // A scalar: `expr`, of dtype `dtype` or its siblings'.
    kProject,  // Output `index` of operands[0].
    kSpread,   // operands[0] for each element of the lists in `lists`.
  };
  struct AttributePlan {
    std::string name;
    CompiledExpr value;
    bool negative = false;  // Holds negative axes: add the rank.
  };
  Kind kind = Kind::kMatched;
  Slot slot = -1;
  int64_t index = 0;
  std::optional<Op> op;
  Slot op_slot = -1;  // If there is no `op`.
  CompiledExpr expr;
  std::optional<CompiledExpr> dtype;
  std::vector<TermPlan> operands;
  std::vector<AttributePlan> attributes;
  Slot rest = -1;
  std::vector<Slot> lists;
  bool is_tuple = false;
};

// The lowered right side of one direction of a rule.
class RightSide {
 public:
  // `left` is the lowered left side and outlives the result, as does `graph`.
  RightSide(const Rule& rule, const std::vector<Root>& left_roots,
            const std::vector<Root>& roots, LeftSide& left, TensorGraph* graph);

  // The right side as data, if all of it follows from the match alone.
  std::optional<Rhs> AsData(std::shared_ptr<const LeftSide> left,
                            std::shared_ptr<const TermFacts> facts) const;

  // Builds the term of root `i` (in the order of the left side's roots), or
  // nothing if an attribute is not known. Adds to the e-graph.
  std::optional<EClassId> Build(size_t root, const Frame& frame) const;

  size_t root_count() const { return roots_.size(); }

 private:
  class Builder;
  class DataLowering;

  TermPlan Plan(const Expr& expr, bool is_tuple);
  TermPlan PlanOp(const Expr& expr, bool is_tuple);
  TermPlan PlanSpread(const Expr& expr);
  void PlanAttributes(const Expr& expr, TermPlan& plan);
  void FindLists(const Expr& expr, std::vector<Slot>& lists) const;

  LeftSide& left_;
  TensorGraph* graph_;
  bool siblings_;
  std::vector<TermPlan> roots_;
  std::vector<std::string> let_names_;
  std::vector<TermPlan> lets_;
};

// Whether inference accepts every e-node that `rhs` would build, given the
// facts of what the match bound. Threads: may run concurrently on a frozen
// e-graph.
bool IsWellTyped(const TensorGraph& graph, const EGraph& egraph, const Rhs& rhs,
                 const Match& match);

}  // namespace esat

#endif  // ESAT_RULES_COMPILE_RIGHT_H_

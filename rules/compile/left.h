// The left side of a rule, lowered: an e-graph pattern and what must hold of a
// match beyond it.
#ifndef ESAT_RULES_COMPILE_LEFT_H_
#define ESAT_RULES_COMPILE_LEFT_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "egraph/match.h"
#include "egraph/pattern.h"
#include "rules/compile/frame.h"
#include "rules/lang/ast.h"
#include "tensor/tensor_graph.h"

namespace esat {

// What an attribute's value must be.
struct ValuePattern {
  enum class Kind : uint8_t {
    kAny,
    kBind,   // Into `slot`, or equal to what is there.
    kEqual,  // To `expr`.
    kAxis,   // To the rank of `term` plus `axis`, which is negative.
    kList,   // Elements one by one.
  };
  Kind kind = Kind::kAny;
  Slot slot = -1;
  CompiledExpr expr;
  int64_t axis = 0;
  ClassVar term;
  std::vector<ValuePattern> elements;
};

// The lowered left side of one direction of a rule.
//
// Threads: Fill is const and may run concurrently on a frozen e-graph.
class LeftSide {
 public:
  // Lowers `roots` with the `matches` conditions and all other conditions and
  // value lets of `rule`. `graph` outlives the result.
  LeftSide(const Rule& rule, const std::vector<Root>& roots,
           TensorGraph* graph);

  Pattern TakePattern() { return std::move(pattern_); }
  // Whether Holds can be false of a match.
  bool is_guarded() const;
  // Whether conditions or the frame's values depend on facts of classes.
  const SlotTable& slots() const { return slots_; }
  SlotTable& slots() { return slots_; }

  // The values of the rule's variables. nullopt if attributes bind one variable
  // to different values.
  std::optional<Frame> Fill(const TermFacts& facts, const Match& match) const;

  // Whether everything that the rule asks of the match holds.
  bool Holds(const TermFacts& facts, const Match& match) const;

  // The class variable of a term variable, by slot.
  const std::map<Slot, ClassVar>& class_vars() const { return class_vars_; }
  const std::map<Slot, ListVar>& list_vars() const { return list_vars_; }
  const std::map<Slot, OpVar>& op_vars() const { return op_vars_; }
  // Rests `..a` that are a whole record, by slot: the record's variable.
  const std::map<Slot, AttrVar>& whole_rests() const { return whole_rests_; }
  uint32_t attr_var_count() const { return attr_count_; }
  // Term variables that the rule's text names, in order.
  const std::vector<std::pair<std::string, ClassVar>>& named_classes() const {
    return named_classes_;
  }
  const std::map<std::string, const Expr*>* offset_axes() const {
    return &offset_axes_;
  }
  // Lets that are terms, for the right side.
  const std::map<std::string, const Expr*>& term_lets() const {
    return term_lets_;
  }

 private:
  // One attribute of one matched e-node.
  struct AttributeMatch {
    AttrVar record;
    std::string name;
    ValuePattern pattern;
  };
  struct RestMatch {
    AttrVar record;
    std::vector<std::string> written;  // Sorted: not in the rest.
    Slot slot;
  };
  struct SplatMatch {
    ClassVar splat;
    ClassVar result;               // Of the op that it is an operand of.
    std::vector<ClassVar> others;  // The operands that are no splats.
    std::optional<double> value;
    bool tolerant = false;
    Slot slot = -1;  // If it binds a variable.
  };

  PatternTerm LowerTerm(const Expr& expr, bool is_tuple);
  PatternTerm LowerOp(const Expr& expr, bool is_tuple);
  PatternTerm LowerProject(const Expr& expr);
  void LowerOperands(const Expr& expr, PatternTerm& term);
  void LowerAttributes(const Expr& expr, PatternTerm& term, bool is_tuple);
  void LowerSplats(const Expr& expr, PatternTerm& term);
  ValuePattern LowerValue(const Expr& expr, bool is_axis, PatternTerm& axis_of);
  ClassVar NameOf(PatternTerm& term);
  ClassVar ClassVarOf(const std::string& name);
  ClassVar FreshClassVar() { return ClassVar(class_count_++); }
  void AddConditions(const Rule& rule);
  void AddLets(const Rule& rule);
  void FindOffsetAxes(const Expr& expr);
  bool UsedAsTuple(const std::string& name) const;
  bool Bind(const ValuePattern& pattern, const RuleValue& value,
            const Match& match, Frame& frame, bool binding) const;
  bool FillAttributes(const Match& match, Frame& frame, bool binding) const;
  bool FillSplats(const Match& match, Frame& frame) const;
  bool SplatFits(const SplatMatch& splat, const Match& match,
                 const TermFacts& facts) const;

  const Rule* rule_;
  TensorGraph* graph_;
  Pattern pattern_;
  SlotTable slots_;
  uint32_t class_count_ = 0;
  uint32_t attr_count_ = 0;
  uint32_t op_count_ = 0;
  uint32_t list_count_ = 0;
  std::map<Slot, ClassVar> class_vars_;
  std::map<Slot, ListVar> list_vars_;
  std::map<Slot, OpVar> op_vars_;
  std::map<Slot, AttrVar> whole_rests_;
  std::vector<std::pair<std::string, ClassVar>> named_classes_;
  std::vector<AttributeMatch> attributes_;
  std::vector<RestMatch> rests_;
  std::vector<SplatMatch> splats_;
  std::vector<std::pair<Slot, CompiledExpr>> lets_;  // Dependencies first.
  std::vector<CompiledExpr> conditions_;
  std::map<std::string, const Expr*> offset_axes_;
  std::map<std::string, const Expr*> term_lets_;
};

}  // namespace esat

#endif  // ESAT_RULES_COMPILE_LEFT_H_

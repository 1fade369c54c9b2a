// Values of a rule's variables for one match, and expressions over them.
#ifndef ESAT_RULES_COMPILE_FRAME_H_
#define ESAT_RULES_COMPILE_FRAME_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rules/builtins/builtins.h"
#include "rules/builtins/value.h"
#include "rules/lang/ast.h"

namespace esat {

// Where a variable's value stands in a frame.
using Slot = int;

// Gives names their slots. Slots are made on first use.
class SlotTable {
 public:
  Slot Of(const std::string& name) {
    return slots_.emplace(name, static_cast<Slot>(slots_.size())).first->second;
  }
  bool Has(const std::string& name) const { return slots_.contains(name); }
  // A slot that no name has.
  Slot Fresh() { return Of("#" + std::to_string(slots_.size())); }
  size_t size() const { return slots_.size(); }

 private:
  std::map<std::string, Slot> slots_;
};

// By slot; monostate where nothing is known.
struct Frame {
  const TermFacts* facts = nullptr;
  std::vector<RuleValue> values;
  // Siblings: the frames of all members, in order, and which of them this is.
  const std::vector<Frame>* group = nullptr;
  size_t member = 0;
};

// An expression with names resolved.
struct CompiledExpr {
  enum class Kind : uint8_t {
    kLiteral,
    kSlot,
    kList,
    kCall,
    kNot,
    kNegate,
    kBinary,
    kOffset,  // children[0]: the axis; slot: the listed variable.
  };
  enum class Binary : uint8_t {
    kAnd,
    kOr,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kModulo,
  };
  Kind kind = Kind::kLiteral;
  Binary binary = Binary::kAnd;
  Slot slot = -1;
  const Builtin* builtin = nullptr;
  RuleValue literal;
  std::vector<CompiledExpr> children;
};

// Requires: the checker passed the rule. `offset_axes` has the axis expression
// of the Concat that lists each variable; null outside siblings rules.
CompiledExpr CompileExpr(const Expr& expr, SlotTable& slots,
                         const std::map<std::string, const Expr*>* offset_axes);

// The value in `frame`; monostate where it is not known.
RuleValue Evaluate(const CompiledExpr& expr, const Frame& frame);

// Whether the condition holds for certain.
bool Holds(const CompiledExpr& condition, const Frame& frame);

}  // namespace esat

#endif  // ESAT_RULES_COMPILE_FRAME_H_

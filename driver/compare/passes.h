// Passes: rules applied destructively, one after the other, to a fixpoint.
#ifndef ESAT_DRIVER_COMPARE_PASSES_H_
#define ESAT_DRIVER_COMPARE_PASSES_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "driver/compare/rewriter.h"
#include "driver/compare/term_program.h"
#include "rules/rulebook.h"

namespace esat {

// The rules with the tag, in order.
std::vector<const Rule*> RulesWithTag(const std::vector<const Rule*>& rules,
                                      std::string_view tag);

// Rules and the order in which their passes run.
struct PassOrder {
  std::vector<const Rule*> rules;
  // After a pass that changed something begin again with the first rule,
  // instead of going on with the next one.
  bool restart = false;
};

// Sensible orders, each of which finds what another one destroys:
//  - that of the rule files;
//  - rules that recognise composites (recognize-...) first, and first again
//  after
//    each change;
//  - the same, and rules that only drop something (their right side is a
//    variable) last, for patterns may need what they drop.
std::vector<PassOrder> PassOrders(const std::vector<const Rule*>& rules);

// A program and its moves by rule, found again after each change.
class PassState {
 public:
  // `rules` outlive the state.
  PassState(TermProgram program, const std::vector<const Rule*>& rules);

  const TermProgram& program() const { return program_; }
  const Rewriter& rewriter() const { return *rewriter_; }
  // In the order of the program.
  absl::Span<const Move> MovesOf(size_t rule) const;
  // Moves of the rules before `first` are not looked for.
  void Replace(TermProgram program, size_t first);

 private:
  const std::vector<const Rule*>& rules_;
  TermProgram program_;
  std::unique_ptr<Rewriter> rewriter_;
  std::vector<Move> moves_;
};

// One pass for each rule: applies it wherever it matches and nobody else reads
// what its pattern covers, again and again until it matches no more; then all
// passes again, until none changes anything or ten rounds are over. Never asks
// for a price.
TermProgram RunPasses(TermProgram program, const PassOrder& order);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_PASSES_H_

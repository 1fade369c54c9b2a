// Foundedness: what is selected can be derived without a cycle.
#ifndef ESAT_EXTRACT_CDCL_UNFOUNDED_SETS_H_
#define ESAT_EXTRACT_CDCL_UNFOUNDED_SETS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "extract/cdcl/propagator.h"

namespace esat::cdcl {

// Atoms and rules. An atom that is true needs a true rule of its own whose
// atoms are true and need it neither directly nor by way of others. That a true
// atom has some true rule, and a true rule true atoms, are clauses' business;
// here is what is left: no set of atoms may stand by itself. Only atoms and
// rules on cycles need to be told of.
//
// Every atom that may be true has a *source*, a rule that is not false and
// whose atoms have sources without a cycle. When sources become false, others
// are sought; atoms for which there are none are an unfounded set, and its loop
// clause says that one of them needs a rule with no atom in the set.
class UnfoundedSets : public Propagator {
 public:
  using Atom = uint32_t;
  using Rule = uint32_t;
  static constexpr Rule kNoRule = UINT32_MAX;

  // An atom that is true where `literal` is.
  Atom AddAtom(Literal literal);
  // A rule for `head`, applicable where `literal` is true, over `body`.
  Rule AddRule(Atom head, Literal literal, std::span<const Atom> body);

  // The variables that the solver must report. Call it when all is added.
  std::vector<Variable> Watched() const;

  void OnTrue(Literal literal) override;
  void OnOpen(Literal literal) override;
  bool FindClause(std::vector<Literal>& clause) override;

  // The rule that founds an atom that is true, after FindClause found nothing;
  // kNoRule where it is false. Following sources never ends in a cycle.
  Rule source(Atom a) const { return atoms_[a].source; }
  int64_t sets_found() const { return sets_found_; }

 private:
  struct AtomState {
    Literal literal;
    Rule source = kNoRule;
    bool is_false = false;
    bool lost = false;    // In lost_: its source is to be looked at.
    bool in_set = false;  // Scratch of FindSet.
    std::vector<Rule> rules;
    std::vector<Rule> users;  // Rules with this in their body.
  };
  struct RuleState {
    Literal literal;
    Atom head = 0;
    bool is_false = false;
    uint32_t sourceless = 0;  // Atoms of the body without source.
    std::vector<Atom> body;
  };
  struct Meaning {  // Of a literal, by variable.
    std::vector<Atom> atoms;
    std::vector<Rule> rules;
  };

  void Lose(Atom a);
  void TakeSource(Atom a, Rule r);
  void DropSource(Atom a);
  void FindSources();
  void FindSet(Atom start);
  void SetFalse(Literal literal, bool is_false);

  std::vector<AtomState> atoms_;
  std::vector<RuleState> rules_;
  std::vector<Meaning> positive_;  // Atoms and rules true with the variable.
  std::vector<Meaning> negative_;
  std::vector<Atom> lost_;
  std::vector<Atom> sourceless_;  // Not false, after FindSources.
  std::vector<Atom> set_;
  std::vector<Atom> stack_;
  int64_t sets_found_ = 0;
};

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_UNFOUNDED_SETS_H_

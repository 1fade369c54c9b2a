// Source pointers: Simons, Niemela and Soininen (AIJ 138, 2002); loop clauses
// as reasons: Gebser, Kaufmann and Schaub (AIJ 187, 2012).
//
// Sources are not restored on backtracking. A source that was found deeper in
// the search is as good higher up, where less is false; only atoms that had
// none need a new look when they or their rules may be true again.
#include "extract/cdcl/unfounded_sets.h"

#include <algorithm>

namespace esat::cdcl {

UnfoundedSets::Atom UnfoundedSets::AddAtom(Literal literal) {
  const auto a = static_cast<Atom>(atoms_.size());
  atoms_.push_back({.literal = literal});
  auto& meanings = literal.negated() ? negative_ : positive_;
  if (meanings.size() <= literal.variable()) {
    meanings.resize(literal.variable() + 1);
  }
  meanings[literal.variable()].atoms.push_back(a);
  Lose(a);
  return a;
}

UnfoundedSets::Rule UnfoundedSets::AddRule(Atom head, Literal literal,
                                           std::span<const Atom> body) {
  const auto r = static_cast<Rule>(rules_.size());
  rules_.push_back({.literal = literal,
                    .head = head,
                    .sourceless = static_cast<uint32_t>(body.size()),
                    .body = {body.begin(), body.end()}});
  atoms_[head].rules.push_back(r);
  for (const Atom b : body) atoms_[b].users.push_back(r);
  auto& meanings = literal.negated() ? negative_ : positive_;
  if (meanings.size() <= literal.variable()) {
    meanings.resize(literal.variable() + 1);
  }
  meanings[literal.variable()].rules.push_back(r);
  return r;
}

std::vector<Variable> UnfoundedSets::Watched() const {
  std::vector<Variable> watched;
  for (const auto& a : atoms_) watched.push_back(a.literal.variable());
  for (const auto& r : rules_) watched.push_back(r.literal.variable());
  std::sort(watched.begin(), watched.end());
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  return watched;
}

void UnfoundedSets::Lose(Atom a) {
  if (atoms_[a].lost) return;
  atoms_[a].lost = true;
  lost_.push_back(a);
}

// What `literal` stands for becomes false, or open again.
void UnfoundedSets::SetFalse(Literal literal, bool is_false) {
  const auto& meanings = literal.negated() ? negative_ : positive_;
  if (meanings.size() <= literal.variable()) return;
  const Meaning& meaning = meanings[literal.variable()];
  for (const Atom a : meaning.atoms) {
    atoms_[a].is_false = is_false;
    if (!is_false && atoms_[a].source == kNoRule) Lose(a);
  }
  for (const Rule r : meaning.rules) {
    rules_[r].is_false = is_false;
    const Atom head = rules_[r].head;
    if (is_false ? atoms_[head].source == r : atoms_[head].source == kNoRule) {
      Lose(head);
    }
  }
}

void UnfoundedSets::OnTrue(Literal literal) { SetFalse(~literal, true); }
void UnfoundedSets::OnOpen(Literal literal) { SetFalse(~literal, false); }

void UnfoundedSets::TakeSource(Atom a, Rule r) {
  atoms_[a].source = r;
  for (const Rule user : atoms_[a].users) --rules_[user].sourceless;
}

void UnfoundedSets::DropSource(Atom a) {
  atoms_[a].source = kNoRule;
  for (const Rule user : atoms_[a].users) ++rules_[user].sourceless;
}

// Gives every lost atom that is not false a source, or puts it into
// sourceless_.
void UnfoundedSets::FindSources() {
  // Atoms whose source is false lose it, and with them what stands on them.
  size_t count = 0;
  for (const Atom a : lost_) {
    atoms_[a].lost = false;
    const Rule source = atoms_[a].source;
    if (source == kNoRule) {
      lost_[count++] = a;
    } else if (rules_[source].is_false) {
      DropSource(a);
      lost_[count++] = a;
    }
  }
  lost_.resize(count);
  for (size_t i = 0; i < lost_.size(); ++i) {
    for (const Rule user : atoms_[lost_[i]].users) {
      const Atom head = rules_[user].head;
      if (atoms_[head].source != user) continue;
      DropSource(head);
      lost_.push_back(head);
    }
  }
  stack_.clear();
  const auto found = [&](Atom a) {
    for (const Rule r : atoms_[a].rules) {
      if (rules_[r].is_false || rules_[r].sourceless != 0) continue;
      TakeSource(a, r);
      stack_.push_back(a);
      return;
    }
  };
  for (const Atom a : lost_) {
    if (atoms_[a].source == kNoRule && !atoms_[a].is_false) found(a);
    while (!stack_.empty()) {
      const Atom b = stack_.back();
      stack_.pop_back();
      for (const Rule user : atoms_[b].users) {
        const Atom head = rules_[user].head;
        if (rules_[user].sourceless != 0 || rules_[user].is_false ||
            atoms_[head].source != kNoRule || atoms_[head].is_false) {
          continue;
        }
        TakeSource(head, user);
        stack_.push_back(head);
      }
    }
  }
  sourceless_.clear();
  for (const Atom a : lost_) {
    if (atoms_[a].source == kNoRule && !atoms_[a].is_false) {
      sourceless_.push_back(a);
    }
  }
  lost_.clear();
}

// An unfounded set around `start`, as small as following one sourceless atom
// of each rule makes it.
void UnfoundedSets::FindSet(Atom start) {
  set_.assign(1, start);
  atoms_[start].in_set = true;
  for (size_t i = 0; i < set_.size(); ++i) {
    for (const Rule r : atoms_[set_[i]].rules) {
      const RuleState& rule = rules_[r];
      if (rule.is_false) continue;
      Atom next = UINT32_MAX;
      bool inside = false;
      for (const Atom b : rule.body) {
        if (atoms_[b].in_set) {
          inside = true;
          break;
        }
        if (next == UINT32_MAX && atoms_[b].source == kNoRule) next = b;
      }
      if (inside) continue;
      atoms_[next].in_set = true;
      set_.push_back(next);
    }
  }
}

bool UnfoundedSets::FindClause(std::vector<Literal>& clause) {
  if (lost_.empty()) return false;
  FindSources();
  if (sourceless_.empty()) return false;
  FindSet(sourceless_[0]);
  ++sets_found_;
  clause.clear();
  clause.push_back(~atoms_[sourceless_[0]].literal);
  for (const Atom a : set_) {
    for (const Rule r : atoms_[a].rules) {
      const RuleState& rule = rules_[r];
      if (!rule.is_false ||
          std::any_of(rule.body.begin(), rule.body.end(),
                      [&](Atom b) { return atoms_[b].in_set; })) {
        continue;
      }
      clause.push_back(rule.literal);
    }
  }
  std::sort(clause.begin() + 1, clause.end());
  clause.erase(std::unique(clause.begin() + 1, clause.end()), clause.end());
  for (const Atom a : set_) atoms_[a].in_set = false;
  for (const Atom a : sourceless_) Lose(a);
  return true;
}

}  // namespace esat::cdcl

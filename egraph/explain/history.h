// What a run must remember so that its equalities can be explained later.
#ifndef ESAT_EGRAPH_EXPLAIN_HISTORY_H_
#define ESAT_EGRAPH_EXPLAIN_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "egraph/enode.h"
#include "egraph/flat_array.h"
#include "egraph/ids.h"
#include "egraph/justification.h"
#include "egraph/match.h"

namespace esat {

class EGraph;

// One applied match, decoded.
//
// Class ids are *terms* everywhere in explain/: every class id was created for
// one e-node, and names that e-node's term for ever.
struct AppliedMatch {
  RuleId rule;

  // A match's bindings. A class variable's term is what it was bound to or, for
  // rewrites that read facts, the term that its class's fact came from.
  struct Member {
    std::vector<EClassId> classes;
    std::vector<AttrsId> attrs;
    std::vector<OpId> ops;
    std::vector<std::vector<EClassId>> lists;
    std::vector<EClassId> atoms;  // The terms of the e-nodes matched.
    std::vector<EClassId> roots;  // Callbacks only: as bound.
  };
  std::vector<Member> members;  // One, or a group of siblings.

  // A right-hand side as data: the term that each step found or made.
  std::vector<EClassId> steps;

  // A callback: each e-node that it asked for, in order.
  struct Call {
    EClassId returned;  // What the callback got.
    EClassId term;      // That of the e-node found or made.
    OpId op;
    AttrsId attrs;
    std::vector<EClassId> children;  // As given.
  };
  std::vector<Call> calls;
};

// Records terms, unions and applied matches in flat arrays, appending only.
// The e-graph owns it and calls the Note... members; readers want the rest.
//
// An *edge* is an effective union. Its index is its time: what held when it was
// made follows from the edges before it. Nothing is ever removed, whatever the
// e-graph prunes or merges.
//
// Threads. As the e-graph: Note... by its one writer, const members by many.
//
// Cost. O(1) amortised a word. 20 bytes a binary term (24 with an analysis), 20
// an edge, 40 to 60 a match that united something.
class History {
 public:
  // `facts`: there is an analysis.
  explicit History(bool facts) : facts_(facts) {}

  struct Edge {
    // As given for kGiven and kRule. The two rows' terms for kCongruence. For
    // kAnalysis the term that was evaluated (Justification::row, else where the
    // class's fact came from) and what was made of it.
    EClassId a;
    EClassId b;
    uint32_t detail = 0;  // kRule: the applied match. kAnalysis: evidence.
    Justification::Kind kind = Justification::Kind::kGiven;
    uint16_t pair = 0;  // kRule: which pair of the match's unions.
  };

  // ---- Reading

  size_t term_count() const { return heads_.size(); }
  // Children as they were given: terms, not leaders. All are older terms.
  ENode Term(EClassId term) const;
  // With a history every e-node is inserted with a class id of its own, in
  // step.
  static EClassId TermOf(ENodeId row) { return EClassId(row.value); }

  absl::Span<const Edge> edges() const {
    return {edges_.data(), edges_.size()};
  }

  size_t match_count() const { return matches_.size(); }
  RuleId RuleOf(uint32_t match) const { return matches_[match].rule; }
  // Requires: `shape` is that of the rewrite's pattern.
  AppliedMatch MatchAt(uint32_t match, const PatternShape& shape) const;

  // For a kAnalysis edge: the terms that the facts of the children of its `a`,
  // and then of its `b`, came from.
  absl::Span<const EClassId> EvidenceOf(const Edge& edge) const;

  // Bytes recorded, a function of the work done.
  size_t storage_bytes() const;

  // ---- Recording: the e-graph

  // The next class id is created for `node`; its children are as given.
  void NoteTerm(const ENode& node) {
    const uint32_t term = static_cast<uint32_t>(heads_.size());
    heads_.push_back(
        {node.op, node.attrs, static_cast<uint32_t>(children_.size())});
    children_.append(node.children.data(), node.children.size());
    if (facts_) fact_term_.push_back(EClassId(term));
  }

  // An Add ended: it found or made `row`.
  void NoteAdded(ENodeId row) { last_added_ = TermOf(row); }

  // Whether a callback is being applied: it wants NoteCall.
  bool in_callback() const { return open_ == Open::kCallback; }
  // The callback's Add of `node` ended and returns `id`.
  void NoteCall(const ENode& node, EClassId id);

  // The union of `a` and `b`, as given, is about to be made. Requires: leaders
  // are still those from before.
  void NoteUnion(const EGraph& egraph, EClassId a, EClassId b,
                 const Justification& why);

  // The next union, if it is one by congruence, is because of these rows.
  void NoteCongruence(ENodeId a, ENodeId b) {
    congruent_a_ = TermOf(a);
    congruent_b_ = TermOf(b);
  }

  // Analysis::Make changed the fact of leader `id` when it looked at `row`.
  void NoteFact(EClassId id, ENodeId row) {
    fact_term_[id.value] = TermOf(row);
  }
  // Analysis::Merge joined two facts.
  void NoteMergedFact(EClassId winner, EClassId loser, bool winner_changed,
                      bool loser_changed);

  // ---- Recording: the runner and ApplyRhs

  // A search for matches ended: facts as they are now are those that guards
  // saw, whatever is united while the matches are applied.
  void NoteSearched() { seen_facts_.clear(); }

  // A match of that search is about to be applied. With `facts`, variables are
  // recorded by the terms that their facts came from then.
  void BeginMatch(RuleId rule, const Match& match, bool callback, bool facts);
  // The step just added found or made the last e-node.
  void NoteStep() {
    if (open_ == Open::kData) words_.push_back(last_added_.value);
  }
  // The same for steps that were added before the match was begun.
  void NoteStep(EClassId term) { words_.push_back(term.value); }
  // The term of the e-node that the last Add found or made.
  EClassId last_added() const { return last_added_; }
  // Unions from here on are for this pair of the rewrite's.
  void NotePair(size_t pair) { pair_ = static_cast<uint16_t>(pair); }
  // Forgets the match if it united nothing.
  void EndMatch();

 private:
  enum class Open : uint8_t { kNone, kData, kCallback };
  struct Head {
    OpId op;
    AttrsId attrs;
    uint32_t begin;
  };
  struct MatchHead {
    RuleId rule;
    uint32_t begin;  // In words_.
    bool callback;
  };

  void NoteMember(const Match& match, bool callback, bool facts);
  // Where the fact of `id`, a leader when the search ended, came from then.
  EClassId SeenFact(EClassId id) const {
    const auto at = seen_facts_.find(id);
    return at != seen_facts_.end() ? at->second : FactTerm(id);
  }
  EClassId FactTerm(EClassId id) const {
    return facts_ ? fact_term_[id.value] : id;
  }
  EClassId EvaluatedIn(const EGraph& egraph, EClassId id, ENodeId row) const;
  void NoteEvidence(const EGraph& egraph, EClassId term);

  const bool facts_;
  FlatArray<Head> heads_;  // By term.
  FlatArray<EClassId> children_;
  FlatArray<EClassId> fact_term_;  // By leader: where its fact came from.
  // Of classes that have won a union since the search ended.
  absl::flat_hash_map<EClassId, EClassId> seen_facts_;
  FlatArray<Edge> edges_;
  FlatArray<EClassId> evidence_;
  FlatArray<MatchHead> matches_;
  FlatArray<uint32_t> words_;

  // Between two calls.
  Open open_ = Open::kNone;
  bool used_ = false;  // The open match united something.
  uint16_t pair_ = 0;
  EClassId last_added_;
  EClassId congruent_a_;
  EClassId congruent_b_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_HISTORY_H_

#include "egraph/explain/history.h"

#include "base/check.h"
#include "egraph/egraph.h"

namespace esat {
namespace {

// Reads a match's words back in the order in which they were written.
class Reader {
 public:
  explicit Reader(absl::Span<const uint32_t> words) : words_(words) {}

  bool done() const { return at_ == words_.size(); }
  uint32_t Word() { return words_[at_++]; }
  template <typename IdType>
  std::vector<IdType> Ids(size_t count) {
    std::vector<IdType> ids;
    ids.reserve(count);
    for (size_t i = 0; i < count; ++i) ids.push_back(IdType(Word()));
    return ids;
  }
  std::vector<EClassId> SizedIds() {
    const uint32_t count = Word();
    return Ids<EClassId>(count);
  }

 private:
  absl::Span<const uint32_t> words_;
  size_t at_ = 0;
};

AppliedMatch::Member ReadMember(const PatternShape& shape, bool callback,
                                Reader* reader) {
  AppliedMatch::Member member;
  member.classes = reader->Ids<EClassId>(shape.class_vars);
  member.attrs = reader->Ids<AttrsId>(shape.attr_vars);
  member.ops = reader->Ids<OpId>(shape.op_vars);
  for (int i = 0; i < shape.list_vars; ++i) {
    member.lists.push_back(reader->SizedIds());
  }
  member.atoms = reader->Ids<EClassId>(shape.atoms);
  if (callback) member.roots = reader->Ids<EClassId>(shape.roots);
  return member;
}

}  // namespace

ENode History::Term(EClassId term) const {
  const Head& head = heads_[term.value];
  const size_t end = term.value + 1 < heads_.size()
                         ? heads_[term.value + 1].begin
                         : children_.size();
  return {head.op, head.attrs,
          absl::MakeConstSpan(children_.data() + head.begin, end - head.begin)};
}

void History::NoteUnion(const EGraph& egraph, EClassId a, EClassId b,
                        const Justification& why) {
  Edge edge{a, b, 0, why.kind, 0};
  switch (why.kind) {
    case Justification::Kind::kGiven:
      break;
    case Justification::Kind::kRule:
      if (open_ == Open::kNone) {  // Applied by hand: nobody knows the match.
        edge.kind = Justification::Kind::kGiven;
        break;
      }
      edge.detail = static_cast<uint32_t>(matches_.size() - 1);
      edge.pair = pair_;
      used_ = true;
      break;
    case Justification::Kind::kCongruence:
      edge.a = congruent_a_;
      edge.b = congruent_b_;
      break;
    case Justification::Kind::kAnalysis:
      edge.a = EvaluatedIn(egraph, a, why.row);
      edge.b = EvaluatedIn(egraph, b, why.row);
      // `b` is what the analysis just added, as in AddTo.
      if (last_added_.valid() && egraph.Find(last_added_) == egraph.Find(b)) {
        edge.b = last_added_;
      }
      edge.detail = static_cast<uint32_t>(evidence_.size());
      NoteEvidence(egraph, edge.a);
      NoteEvidence(egraph, edge.b);
      break;
  }
  edges_.push_back(edge);
}

EClassId History::EvaluatedIn(const EGraph& egraph, EClassId id,
                              ENodeId row) const {
  const EClassId leader = egraph.Find(id);
  if (row.valid() && egraph.Find(TermOf(row)) == leader) return TermOf(row);
  return FactTerm(leader);
}

void History::NoteEvidence(const EGraph& egraph, EClassId term) {
  for (const EClassId child : Term(term).children) {
    evidence_.push_back(FactTerm(egraph.Find(child)));
  }
}

// Of two terms whose facts are the same the one with fewer children says more:
// a constant is its own evidence.
void History::NoteMergedFact(EClassId winner, EClassId loser,
                             bool winner_changed, bool loser_changed) {
  EClassId& kept = fact_term_[winner.value];
  const EClassId other = fact_term_[loser.value];
  const bool other_is_better =
      winner_changed != loser_changed
          ? winner_changed
          : Term(other).children.size() < Term(kept).children.size();
  if (!other_is_better) return;
  seen_facts_.emplace(winner, kept);
  kept = other;
}

void History::BeginMatch(RuleId rule, const Match& match, bool callback,
                         bool facts) {
  matches_.push_back({rule, static_cast<uint32_t>(words_.size()), callback});
  ESAT_CHECK(words_.size() < Id<void>::kNone) << "history over 2^32 words";
  open_ = callback ? Open::kCallback : Open::kData;
  used_ = false;
  pair_ = 0;
  if (!callback) return NoteMember(match, callback, facts);
  const size_t members = match.member_count();
  words_.push_back(static_cast<uint32_t>(members == 0 ? 1 : members));
  if (members == 0) NoteMember(match, callback, false);
  for (size_t i = 0; i < members; ++i) {
    NoteMember(match.member(i), callback, false);
  }
}

void History::NoteMember(const Match& match, bool callback, bool facts) {
  const PatternShape& shape = match.shape();
  const absl::Span<const uint32_t> words = match.words();
  if (!callback && !facts && shape.list_vars == 0) {
    // As the match has them: the e-nodes' rows are their terms.
    const size_t begin = static_cast<size_t>(shape.class_at());
    words_.append(words.data() + begin, words.size() - begin);
    return;
  }
  const auto note_class = [&](EClassId id) {
    words_.push_back(facts ? SeenFact(id).value : id.value);
  };
  for (int i = 0; i < shape.class_vars; ++i) {
    note_class(EClassId(words[shape.class_at() + i]));
  }
  words_.append(words.data() + shape.attr_at(),
                static_cast<size_t>(shape.list_at() - shape.attr_at()));
  for (int i = 0; i < shape.list_vars; ++i) {
    const auto items = match[ListVar(i)];
    words_.push_back(static_cast<uint32_t>(items.size()));
    for (const EClassId id : items) note_class(id);
  }
  for (int i = 0; i < shape.atoms; ++i) {
    words_.push_back(TermOf(match.node(i)).value);
  }
  if (!callback) return;
  words_.append(words.data(), static_cast<size_t>(shape.roots));
}

void History::NoteCall(const ENode& node, EClassId id) {
  words_.push_back(id.value);
  words_.push_back(last_added_.value);
  words_.push_back(node.op.value);
  words_.push_back(node.attrs.value);
  words_.push_back(static_cast<uint32_t>(node.children.size()));
  for (const EClassId child : node.children) words_.push_back(child.value);
}

void History::EndMatch() {
  open_ = Open::kNone;
  if (used_) return;
  const size_t last = matches_.size() - 1;
  words_.resize(matches_[last].begin);
  matches_.resize(last);
}

AppliedMatch History::MatchAt(uint32_t match, const PatternShape& shape) const {
  const MatchHead& head = matches_[match];
  const size_t end =
      match + 1 < matches_.size() ? matches_[match + 1].begin : words_.size();
  Reader reader(
      absl::MakeConstSpan(words_.data() + head.begin, end - head.begin));
  AppliedMatch applied;
  applied.rule = head.rule;
  const uint32_t members = head.callback ? reader.Word() : 1;
  for (uint32_t i = 0; i < members; ++i) {
    applied.members.push_back(ReadMember(shape, head.callback, &reader));
  }
  while (!reader.done()) {
    if (!head.callback) {
      applied.steps.push_back(EClassId(reader.Word()));
      continue;
    }
    AppliedMatch::Call call;
    call.returned = EClassId(reader.Word());
    call.term = EClassId(reader.Word());
    call.op = OpId(reader.Word());
    call.attrs = AttrsId(reader.Word());
    call.children = reader.SizedIds();
    applied.calls.push_back(std::move(call));
  }
  return applied;
}

absl::Span<const EClassId> History::EvidenceOf(const Edge& edge) const {
  return absl::MakeConstSpan(
      evidence_.data() + edge.detail,
      Term(edge.a).children.size() + Term(edge.b).children.size());
}

size_t History::storage_bytes() const {
  return heads_.size() * sizeof(Head) +
         (children_.size() + fact_term_.size() + evidence_.size()) *
             sizeof(EClassId) +
         edges_.size() * sizeof(Edge) + matches_.size() * sizeof(MatchHead) +
         words_.size() * sizeof(uint32_t);
}

}  // namespace esat

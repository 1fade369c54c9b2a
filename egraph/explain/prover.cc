// Proof-producing congruence closure (Nieuwenhuis and Oliveras, RTA 2005) over
// a history with applied matches.
//
// The effective unions form a forest over terms. The path between two terms is
// unique, and its youngest edge is the union that made them equal. Everything
// that an edge rests on was true before it: the equal children of a congruence;
// that the e-nodes of a match are its pattern under the substitution; that
// those that a right-hand side found or made are its instance. These are pairs
// of terms whose paths have only older edges, so the search ends. Goals (pairs
// and edges) are proved once each, from a stack of our own: a goal is rehearsed
// to see which other goals it lacks, and comes back when they are proved.
#include "egraph/explain/prover.h"

#include <algorithm>

#include "base/check.h"

namespace esat {
namespace {

ProofStep Leaf(ProofStep::Kind kind, ProofTermId lhs, ProofTermId rhs) {
  ProofStep step;
  step.kind = kind;
  step.lhs = lhs;
  step.rhs = rhs;
  return step;
}

}  // namespace

Prover::Prover(const History& history, const EqualityTimes& times,
               absl::Span<const Rewrite> rewrites)
    : history_(history), times_(times), rewrites_(rewrites), builder_(history) {
  for (const Rewrite& rewrite : rewrites) {
    shapes_.push_back(ShapeOf(rewrite.pattern));
  }
}

ProofLink Prover::Prove(EClassId a, EClassId b) {
  if (a == b) return {};
  std::vector<Goal> open = {{false, a.value, b.value}};
  while (!open.empty()) {
    const Goal goal = open.back();
    if (Known(goal)) {
      open.pop_back();
      continue;
    }
    if (goal.rehearsed) {
      missing_.clear();
      Try(goal);
      ESAT_CHECK(missing_.empty()) << "goal " << goal.a << " " << goal.b;
      open.pop_back();
      continue;
    }
    open.back().rehearsed = true;
    missing_.clear();
    builder_.SetDry(true);
    Try(goal);
    builder_.SetDry(false);
    open.insert(open.end(), missing_.begin(), missing_.end());
  }
  return Need(a, b, EqualityTimes::kNever);
}

bool Prover::Known(const Goal& goal) const {
  if (goal.is_edge) return edges_.contains(goal.a);
  const EClassId a(std::min(goal.a, goal.b));
  const EClassId b(std::max(goal.a, goal.b));
  return pairs_.contains({a, b});
}

void Prover::Try(const Goal& goal) {
  if (goal.is_edge) {
    std::vector<ProofLink> links = ProveEdge(goal.a);
    if (!builder_.dry()) edges_.emplace(goal.a, std::move(links));
    return;
  }
  const EClassId a(std::min(goal.a, goal.b));
  const EClassId b(std::max(goal.a, goal.b));
  const ProofLink link = ProvePair(a, b);
  if (!builder_.dry()) pairs_.emplace(std::pair(a, b), link);
}

ProofLink Prover::Need(EClassId a, EClassId b, uint32_t time) {
  if (a == b) return {};
  ESAT_CHECK(times_.EqualBefore(a, b, time))
      << "terms " << a << " and " << b << " are not equal before " << time;
  const auto at = pairs_.find({std::min(a, b), std::max(a, b)});
  if (at == pairs_.end()) {
    missing_.push_back({false, a.value, b.value});
    return {};
  }
  const ProofLink& link = at->second;
  return !link.valid() || a < b ? link : link.Flipped();
}

Prover::Ends Prover::EndsOf(uint32_t edge) {
  const auto at = ends_.find(edge);
  if (at != ends_.end()) return at->second;
  const History::Edge& e = history_.edges()[edge];
  const Ends ends =
      e.kind == Justification::Kind::kRule ? RuleEnds(e) : Ends{e.a, e.b};
  ends_.emplace(edge, ends);
  return ends;
}

// The e-nodes at the two sides of the pair, rather than the classes' leaders:
// the path then needs no detour through terms that the rule did not see.
Prover::Ends Prover::RuleEnds(const History::Edge& edge) {
  const RuleId rule = history_.RuleOf(edge.detail);
  const Rewrite& rewrite = rewrites_[rule.value];
  AppliedMatch applied = history_.MatchAt(edge.detail, shapes_[rule.value]);
  const auto need = [](EClassId, EClassId) { return ProofLink(); };
  const InstanceContext context{history_, times_, 0, builder_, need};
  if (rewrite.rhs) {
    PatternInstance pattern(context, rewrite.pattern,
                            std::move(applied.members[0]), !rewrite.guard);
    const RhsInstance rhs(context, *rewrite.rhs, applied.steps, &pattern);
    const auto& [a, b] = rewrite.rhs->unions[edge.pair];
    return {rhs.End(a), rhs.End(b)};
  }
  std::vector<PatternInstance> members;
  for (AppliedMatch::Member& member : applied.members) {
    members.emplace_back(context, rewrite.pattern, std::move(member), false);
  }
  const CallInstance calls(context, applied.calls);
  return {CallbackSide(members, calls, edge.a, true).end,
          CallbackSide(members, calls, edge.b, false).end};
}

std::vector<Prover::Hop> Prover::PathBetween(EClassId a, EClassId b) {
  std::vector<Hop> path;
  std::vector<Hop> open = {{a, b, kStretch, false}};
  while (!open.empty()) {
    const Hop hop = open.back();
    open.pop_back();
    if (hop.edge != kStretch) path.push_back(hop);
    if (hop.edge != kStretch || hop.from == hop.to) continue;
    const uint32_t time = times_.When(hop.from, hop.to);
    const auto [from, to] = EndsOf(time);
    const bool flipped = !times_.EqualBefore(hop.from, from, time);
    const EClassId near = flipped ? to : from;
    const EClassId far = flipped ? from : to;
    open.push_back({far, hop.to, kStretch, false});
    open.push_back({near, far, time, flipped});
    open.push_back({hop.from, near, kStretch, false});
  }
  return path;
}

ProofLink Prover::ProveCongruence(EClassId a, EClassId b, uint32_t time) {
  const auto x = history_.Term(a).children;
  const auto y = history_.Term(b).children;
  std::vector<ProofLink> links;
  for (size_t i = 0; i < x.size(); ++i) links.push_back(Need(x[i], y[i], time));
  return builder_.Congruence(builder_.Term(a), builder_.Term(b),
                             std::move(links), false);
}

ProofLink Prover::ProvePair(EClassId a, EClassId b) {
  if (builder_.Term(a) == builder_.Term(b)) return {};
  std::vector<ProofLink> links;
  for (const Hop& hop : PathBetween(a, b)) {
    const auto at = edges_.find(hop.edge);
    if (at == edges_.end()) {
      missing_.push_back({true, hop.edge, 0});
    } else if (!hop.flipped) {
      links.insert(links.end(), at->second.begin(), at->second.end());
    } else {
      for (auto i = at->second.rbegin(); i != at->second.rend(); ++i) {
        links.push_back(i->valid() ? i->Flipped() : *i);
      }
    }
  }
  return builder_.Chain(links);
}

std::vector<ProofLink> Prover::ProveEdge(uint32_t index) {
  const History::Edge& edge = history_.edges()[index];
  const auto need = [&](EClassId a, EClassId b) { return Need(a, b, index); };
  const InstanceContext context{history_, times_, index, builder_, need};
  switch (edge.kind) {
    case Justification::Kind::kGiven:
      return {builder_.Add(Leaf(ProofStep::Kind::kGiven, builder_.Term(edge.a),
                                builder_.Term(edge.b)))};
    case Justification::Kind::kCongruence:
      return {ProveCongruence(edge.a, edge.b, index)};
    case Justification::Kind::kAnalysis:
      return ProveAnalysis(context, edge);
    case Justification::Kind::kRule:
      break;
  }
  return rewrites_[history_.RuleOf(edge.detail).value].rhs
             ? ProveRule(context, edge)
             : ProveCallback(context, edge);
}

std::vector<ProofLink> Prover::ProveRule(const InstanceContext& context,
                                         const History::Edge& edge) {
  const RuleId rule = history_.RuleOf(edge.detail);
  const Rewrite& rewrite = rewrites_[rule.value];
  AppliedMatch applied = history_.MatchAt(edge.detail, shapes_[rule.value]);
  PatternInstance pattern(context, rewrite.pattern,
                          std::move(applied.members[0]), !rewrite.guard);
  RhsInstance rhs(context, *rewrite.rhs, applied.steps, &pattern);
  const auto& [a, b] = rewrite.rhs->unions[edge.pair];
  ProofStep step = Leaf(ProofStep::Kind::kRule, rhs.Term(a), rhs.Term(b));
  step.rule = rule;
  step.pair = edge.pair;
  step.matches.push_back(pattern.Match());
  const ProofLink before = rhs.ProofOf(a);
  const ProofLink after = rhs.ProofOf(b);
  return {before, builder_.Add(std::move(step)),
          after.valid() ? after.Flipped() : after};
}

Prover::Side Prover::CallbackSide(std::vector<PatternInstance>& members,
                                  const CallInstance& calls, EClassId id,
                                  bool root_first) {
  Side side{id};
  for (size_t m = 0; m < members.size() && side.member < 0; ++m) {
    const auto& roots = members[m].member().roots;
    const auto at = std::find(roots.begin(), roots.end(), id);
    if (at == roots.end()) continue;
    side.member = static_cast<int>(m);
    side.root = at - roots.begin();
  }
  side.call = calls.CallFor(id);
  if (side.member >= 0 && side.call >= 0) {
    (root_first ? side.call : side.member) = -1;
  }
  if (side.member >= 0) side.end = members[side.member].root(side.root);
  if (side.call >= 0) side.end = calls.End(side.call);
  return side;
}

std::vector<ProofLink> Prover::ProveCallback(const InstanceContext& context,
                                             const History::Edge& edge) {
  const RuleId rule = history_.RuleOf(edge.detail);
  const Rewrite& rewrite = rewrites_[rule.value];
  AppliedMatch applied = history_.MatchAt(edge.detail, shapes_[rule.value]);
  std::vector<PatternInstance> members;
  for (AppliedMatch::Member& member : applied.members) {
    members.emplace_back(context, rewrite.pattern, std::move(member), false);
  }
  CallInstance calls(context, applied.calls);
  ProofStep step;
  step.kind = ProofStep::Kind::kCallback;
  step.rule = rule;
  step.pair = edge.pair;
  std::vector<ProofLink> proofs;
  for (const bool first : {true, false}) {
    const Side side =
        CallbackSide(members, calls, first ? edge.a : edge.b, first);
    ProofTermId term = builder_.Term(side.end);
    ProofLink proof;
    if (side.member >= 0) {
      term = members[side.member].RootTerm(side.root);
      proof = members[side.member].RootProof(side.root);
    } else if (side.call >= 0) {
      term = calls.Term(side.call);
      proof = calls.ProofOf(side.call);
    }
    (first ? step.lhs : step.rhs) = term;
    proofs.push_back(proof);
  }
  for (PatternInstance& member : members) {
    step.matches.push_back(member.Match());
  }
  return {proofs[0], builder_.Add(std::move(step)),
          proofs[1].valid() ? proofs[1].Flipped() : proofs[1]};
}

// Each side's children are replaced by the terms that their facts came from, so
// that whoever judges the step needs to know no other facts.
std::vector<ProofLink> Prover::ProveAnalysis(const InstanceContext& context,
                                             const History::Edge& edge) {
  absl::Span<const EClassId> evidence = history_.EvidenceOf(edge);
  std::vector<ProofLink> proofs;
  std::vector<ProofTermId> terms;
  for (const EClassId end : {edge.a, edge.b}) {
    const ENode node = history_.Term(end);
    ProofTerm made{node.op, node.attrs, {}};
    std::vector<ProofLink> links;
    for (const EClassId child : node.children) {
      made.children.push_back(builder_.Term(evidence[0]));
      links.push_back(context.need(child, evidence[0]));
      evidence.remove_prefix(1);
    }
    terms.push_back(builder_.Intern(std::move(made)));
    proofs.push_back(builder_.Congruence(builder_.Term(end), terms.back(),
                                         std::move(links), false));
  }
  return {proofs[0],
          builder_.Add(Leaf(ProofStep::Kind::kAnalysis, terms[0], terms[1])),
          proofs[1].valid() ? proofs[1].Flipped() : proofs[1]};
}

}  // namespace esat

#include "egraph/explain/builder.h"

#include "base/check.h"

namespace esat {
namespace {

// Congruences inside congruences are merged this deep, then left apart: the
// one recursion here must not follow the terms.
constexpr int kMaxMergeDepth = 40;

}  // namespace

ProofTermId TermReader::Read(EClassId term) {
  std::vector<EClassId> open = {term};
  while (!open.empty()) {
    const EClassId id = open.back();
    if (known_.contains(id)) {
      open.pop_back();
      continue;
    }
    const ENode node = history_.Term(id);
    const size_t before = open.size();
    ProofTerm made{node.op, node.attrs, {}};
    for (const EClassId child : node.children) {
      const auto at = known_.find(child);
      if (at == known_.end()) {
        open.push_back(child);
      } else {
        made.children.push_back(at->second);
      }
    }
    if (open.size() > before) continue;
    known_.emplace(id, terms_->Intern(std::move(made)));
    open.pop_back();
  }
  return known_.at(term);
}

ProofLink ProofBuilder::Add(ProofStep step) {
  if (dry_ || step.lhs == step.rhs) return {};
  const auto known = known_.find({step.lhs, step.rhs});
  if (known != known_.end()) return {known->second, false};
  const auto flipped = known_.find({step.rhs, step.lhs});
  if (flipped != known_.end()) return {flipped->second, true};
  const ProofStepId id(static_cast<uint32_t>(proof_.steps.size()));
  known_.emplace(std::pair(step.lhs, step.rhs), id);
  proof_.steps.push_back(std::move(step));
  return {id, false};
}

ProofTermId ProofBuilder::Left(const ProofLink& link) const {
  const ProofStep& step = proof_[link.step];
  return link.flipped ? step.rhs : step.lhs;
}

// A chain's links are no chains, for they were flattened when it was made.
void ProofBuilder::Flatten(const ProofLink& link, Links* flat) const {
  const ProofStep& step = proof_[link.step];
  if (step.kind != ProofStep::Kind::kTransitivity) {
    flat->push_back(link);
  } else if (!link.flipped) {
    flat->insert(flat->end(), step.links.begin(), step.links.end());
  } else {
    for (auto i = step.links.rbegin(); i != step.links.rend(); ++i) {
      flat->push_back(i->Flipped());
    }
  }
}

ProofBuilder::Links ProofBuilder::WithoutLoops(const Links& links) const {
  Links kept;
  if (links.empty()) return kept;
  std::vector<ProofTermId> terms = {Left(links[0])};
  absl::flat_hash_map<ProofTermId, size_t> place = {{terms[0], 0}};
  for (const ProofLink& link : links) {
    ESAT_CHECK(Left(link) == terms.back()) << "step " << link.step;
    const ProofTermId next = Right(link);
    const auto [at, is_new] = place.emplace(next, terms.size());
    if (is_new) {
      terms.push_back(next);
      kept.push_back(link);
      continue;
    }
    for (; terms.size() > at->second + 1; terms.pop_back()) {
      place.erase(terms.back());
      kept.pop_back();
    }
  }
  return kept;
}

ProofBuilder::Links ProofBuilder::MergeCongruences(const Links& links) {
  Links merged;
  for (size_t i = 0; i < links.size();) {
    size_t end = i;
    while (end < links.size() && IsCongruence(links[end])) ++end;
    if (end - i < 2) {
      merged.push_back(links[i++]);
      continue;
    }
    const ProofLink one = Merge(absl::MakeConstSpan(links).subspan(i, end - i));
    if (one.valid()) Flatten(one, &merged);
    i = end;
  }
  return merged;
}

// Follows each child of the first term through all congruences.
ProofLink ProofBuilder::Merge(absl::Span<const ProofLink> run) {
  const size_t arity = proof_.terms[Left(run[0])].children.size();
  std::vector<Links> children(arity);
  bool swapped = false;
  for (const ProofLink& link : run) {
    const ProofStep& step = proof_[link.step];
    for (size_t i = 0; i < arity; ++i) {
      // Where child i of the first term is on the left of this congruence, and
      // which of the step's links speaks of it.
      const size_t left = swapped && i < 2 ? 1 - i : i;
      const bool crossed = link.flipped && step.swapped && left < 2;
      const ProofLink& child = step.links[crossed ? 1 - left : left];
      if (child.valid()) {
        children[i].push_back(link.flipped ? child.Flipped() : child);
      }
    }
    swapped ^= step.swapped;
  }
  std::vector<ProofLink> links;
  ++merge_depth_;
  for (const Links& child : children) links.push_back(Chain(child));
  --merge_depth_;
  return Congruence(Left(run.front()), Right(run.back()), std::move(links),
                    swapped);
}

ProofLink ProofBuilder::Chain(absl::Span<const ProofLink> links) {
  if (dry_) return {};
  Links flat;
  for (const ProofLink& link : links) {
    if (link.valid()) Flatten(link, &flat);
  }
  flat = WithoutLoops(flat);
  if (merge_depth_ < kMaxMergeDepth) {
    flat = WithoutLoops(MergeCongruences(flat));
  }
  if (flat.empty()) return {};
  if (flat.size() == 1) return flat[0];
  ProofStep step;
  step.kind = ProofStep::Kind::kTransitivity;
  step.lhs = Left(flat.front());
  step.rhs = Right(flat.back());
  step.links = std::move(flat);
  return Add(std::move(step));
}

ProofLink ProofBuilder::Congruence(ProofTermId lhs, ProofTermId rhs,
                                   std::vector<ProofLink> links, bool swapped) {
  ProofStep step;
  step.kind = ProofStep::Kind::kCongruence;
  step.lhs = lhs;
  step.rhs = rhs;
  step.links = std::move(links);
  step.swapped = swapped;
  return Add(std::move(step));
}

Proof ProofBuilder::Finish(ProofLink conclusion, ProofTermId term) {
  ProofStep last;
  if (!conclusion.valid()) {
    last.lhs = last.rhs = term;
  } else if (!conclusion.flipped) {
    return Compact(std::move(proof_), conclusion.step);
  } else {  // A chain of one link turns it round.
    last.kind = ProofStep::Kind::kTransitivity;
    last.lhs = Left(conclusion);
    last.rhs = Right(conclusion);
    last.links = {conclusion};
  }
  const ProofStepId id(static_cast<uint32_t>(proof_.steps.size()));
  proof_.steps.push_back(std::move(last));
  return Compact(std::move(proof_), id);
}

}  // namespace esat

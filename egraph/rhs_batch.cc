// A look-up of a big e-graph misses the cache twice: at the slot and at the
// row. Taking a block of matches through one step together, first hashing all
// keys, then touching all slots, then comparing all rows, lets the misses
// overlap.
//
// Unions wait for the end of the batch, so that keys stay canonical meanwhile
// and the look-ups of a step can be shared out to threads. Only an analysis can
// still unite classes in between; an e-node that is inserted under an old name
// is repaired by Rebuild with all others.
#include "egraph/rhs_batch.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/check.h"
#include "egraph/explain/history.h"

namespace esat {
namespace {

// Fewer matches than this are not worth waking other threads for.
constexpr size_t kMinParallel = 2048;

}  // namespace

void RhsBatch::Scratch::Prepare(size_t count, size_t steps) {
  if (keys.size() < count) {
    keys.resize(count);
    tags.resize(count);
    rows.resize(count);
  }
  result_stride = keys.size();
  if (results.size() < result_stride * steps) {
    results.resize(result_stride * steps);
  }
}

std::optional<RhsBatch> RhsBatch::Compile(EGraph& egraph, const Rhs& rhs,
                                          const PatternShape& shape) {
  const auto ref_of = [&](const RhsRef& ref) -> Ref {
    switch (ref.kind) {
      case RhsRef::Kind::kClass:
        return {false, static_cast<uint32_t>(shape.class_at()) + ref.index};
      case RhsRef::Kind::kRoot:
        return {false, ref.index};
      default:
        return {true, ref.index};
    }
  };
  RhsBatch block;
  for (const RhsStep& step : rhs.steps) {
    if (step.op_var.valid() || step.attr_var.valid() || step.compute_attrs ||
        step.children.size() > 2) {
      return std::nullopt;
    }
    Step compiled{};
    compiled.arity = static_cast<uint32_t>(step.children.size());
    compiled.symbol =
        egraph.InternSymbol({step.op, step.attrs, compiled.arity});
    for (uint32_t i = 0; i < 2 && i < compiled.arity; ++i) {
      if (step.children[i].kind == RhsRef::Kind::kList) return std::nullopt;
      compiled.child[i] = ref_of(step.children[i]);
    }
    block.steps_.push_back(compiled);
  }
  for (const auto& [a, b] : rhs.unions) {
    block.unions_.emplace_back(ref_of(a), ref_of(b));
  }
  if (block.unions_.size() == 1 && !block.steps_.empty()) {
    const auto& [to, from] = block.unions_[0];
    block.lands_ =
        !to.is_step && from.is_step && from.index + 1 == block.steps_.size();
  }
  return block;
}

// Canonical keys and tags of the matches [begin, end), with their slots on the
// way.
void RhsBatch::HashKeys(const EGraph& egraph, const Step& step,
                        const Matches& matches, size_t begin, size_t end,
                        Scratch* scratch) const {
  Scratch::Key* keys = scratch->keys.data();
  uint32_t* tags = scratch->tags.data();
  const UnionFind::View classes = egraph.classes_.view();
  const HashCons::View table = egraph.hashcons_.view();
  const uint32_t symbol = step.symbol;
  if (step.arity == 2) {
    const Column first = ColumnOf(step.child[0], matches, *scratch);
    const Column second = ColumnOf(step.child[1], matches, *scratch);
    for (size_t i = begin; i < end; ++i) {
      const EClassId a = classes.Find(first[i]);
      const EClassId b = classes.Find(second[i]);
      const uint32_t tag = HashCons::Tag2(symbol, a, b);
      keys[i] = {{a, b}};
      tags[i] = tag;
      table.PrefetchToWrite(tag);
    }
    return;
  }
  for (size_t i = begin; i < end; ++i) {
    keys[i] = Scratch::Key();
    if (step.arity == 1) {
      const Column child = ColumnOf(step.child[0], matches, *scratch);
      keys[i].child[0] = classes.Find(child[i]);
    }
    tags[i] = HashCons::Tag(symbol, {keys[i].child, step.arity});
    table.PrefetchToWrite(tags[i]);
  }
}

// The rows in the slots of the hashed keys.
void RhsBatch::PrefetchRows(const EGraph& egraph, size_t begin, size_t end,
                            const Scratch& scratch) {
  const HashCons::View table = egraph.hashcons_.view();
  for (size_t i = begin; i < end; ++i) {
    const ENodeId first = table.FirstBesideMarks(scratch.tags[i]);
    if (first.valid()) __builtin_prefetch(&egraph.rows_[first.value]);
  }
}

// The look-ups of one step, of the matches that are left.
struct RhsBatch::Probes {
  struct Probe {
    EClassId child[2];
    uint32_t tag;
    ENodeId row;
  };
  Probe at[kBlock];
  uint32_t match[kBlock];  // Which match of the block it is of.
};

// As ColumnOf, of the matches of a block that are looked up only.
RhsBatch::Column RhsBatch::FoundColumn(const Ref& ref, const Matches& matches,
                                       const EClassId* results) {
  if (!ref.is_step) return {matches.words + ref.index, matches.stride};
  return {&results[ref.index * kBlock].value, 1};
}

// Keeps those of the first `live` probes' matches whose e-node of step `s` is
// there, and returns how many; their results are leaders of the last rebuild.
size_t RhsBatch::FindStep(const EGraph& egraph, size_t s,
                          const Matches& matches, size_t live, Probes* probes,
                          EClassId* results) const {
  const Step& step = steps_[s];
  const UnionFind::View classes = egraph.classes_.view();
  const HashCons::View table = egraph.hashcons_.view();
  const Column first = FoundColumn(step.child[0], matches, results);
  const Column second = FoundColumn(step.child[1], matches, results);
  const uint32_t symbol = step.symbol;
  if (step.arity == 2) {
    for (size_t k = 0; k < live; ++k) {
      const uint32_t i = probes->match[k];
      const EClassId a = classes.Find(first[i]);
      const EClassId b = classes.Find(second[i]);
      const uint32_t tag = HashCons::Tag2(symbol, a, b);
      table.Prefetch(tag);
      probes->at[k] = {{a, b}, tag, ENodeId()};
    }
  } else {
    for (size_t k = 0; k < live; ++k) {
      Probes::Probe& probe = probes->at[k];
      probe = {};
      if (step.arity == 1) {
        probe.child[0] = classes.Find(first[probes->match[k]]);
      }
      probe.tag = HashCons::Tag(symbol, {probe.child, step.arity});
      table.Prefetch(probe.tag);
    }
  }
  const EGraph::Row* rows = egraph.rows_.data();
  size_t found = 0;
  for (size_t k = 0; k < live; ++k) {
    const ENodeId row = table.First(probes->at[k].tag);
    if (!row.valid()) continue;
    __builtin_prefetch(rows + row.value);
    Probes::Probe& probe = probes->at[found];
    probe = probes->at[k];
    probe.row = row;
    probes->match[found++] = probes->match[k];
  }
  size_t kept = 0;
  for (size_t k = 0; k < found; ++k) {
    const Probes::Probe& probe = probes->at[k];
    const EGraph::Row* row = rows + probe.row.value;
    if (row->symbol != step.symbol ||
        std::memcmp(row->child, probe.child, sizeof(row->child)) != 0) {
      const ENodeId other =
          egraph.FindRow(probe.tag, step.symbol, {probe.child, step.arity});
      if (!other.valid()) continue;
      row = rows + other.value;
    }
    const uint32_t i = probes->match[k];
    results[s * kBlock + i] = row->eclass;
    probes->match[kept++] = i;
  }
  return kept;
}

void RhsBatch::FindKnown(const EGraph& egraph, const Matches& matches,
                         bool* known, Scratch* scratch) const {
  ESAT_DCHECK(matches.count <= kBlock);
  if (scratch->results.size() < kBlock * steps_.size()) {
    scratch->results.resize(kBlock * steps_.size());
  }
  EClassId* results = scratch->results.data();
  Probes probes;
  std::iota(probes.match, probes.match + matches.count, 0);
  std::fill_n(known, matches.count, false);
  size_t live = matches.count;
  for (size_t s = 0; s < steps_.size() && live > 0; ++s) {
    live = FindStep(egraph, s, matches, live, &probes, results);
  }
  const UnionFind::View classes = egraph.classes_.view();
  for (const auto& [a, b] : unions_) {
    const Column to = FoundColumn(a, matches, results);
    const Column from = FoundColumn(b, matches, results);
    size_t kept = 0;
    for (size_t k = 0; k < live; ++k) {
      const uint32_t i = probes.match[k];
      probes.match[kept] = i;
      kept += classes.Find(to[i]) == classes.Find(from[i]);
    }
    live = kept;
  }
  for (size_t k = 0; k < live; ++k) known[probes.match[k]] = true;
}

// E-nodes [begin, end) of the step, each with a class of its own if it is new.
void RhsBatch::AddBlock(EGraph& egraph, size_t s, const Matches& matches,
                        size_t begin, size_t end, Scratch* scratch) const {
  const Step& step = steps_[s];
  History* const history = egraph.history();
  Column given[2] = {};
  for (uint32_t c = 0; c < step.arity; ++c) {
    given[c] = ColumnOf(step.child[c], matches, *scratch);
  }
  for (size_t i = begin; i < end; ++i) {
    EClassId as_given[2];
    for (uint32_t c = 0; c < step.arity; ++c) as_given[c] = given[c][i];
    const size_t at = s * scratch->result_stride + i;
    scratch->results[at] = egraph.AddCanonical(
        scratch->tags[i], step.symbol, {scratch->keys[i].child, step.arity},
        {as_given, step.arity});
    if (history != nullptr) scratch->terms[at] = history->last_added();
  }
}

// Tells the history of a match and of what its first `steps` steps found or
// made.
void RhsBatch::Record(RuleId rule, const Matches& matches, size_t i,
                      size_t steps, const Scratch& scratch,
                      History* history) const {
  const uint32_t* words = matches.words + i * matches.stride;
  history->BeginMatch(rule, Match(recording_.shape, words, nullptr), false,
                      recording_.facts);
  for (size_t s = 0; s < steps; ++s) {
    history->NoteStep(scratch.terms[s * scratch.result_stride + i]);
  }
}

// The match's last step makes an e-node in the class of `leader`, its only
// union. Tells the history and gives the e-node's term its id.
void RhsBatch::Land(EGraph& egraph, size_t s, const Matches& matches, size_t i,
                    EClassId leader, RuleId rule, Scratch* scratch) const {
  const Step& step = steps_[s];
  const EGraph::Symbol& symbol = egraph.symbols_[step.symbol];
  EClassId given[2];
  for (uint32_t c = 0; c < step.arity; ++c) {
    given[c] = ColumnOf(step.child[c], matches, *scratch)[i];
  }
  History* const history = egraph.history();
  history->NoteTerm({symbol.op, symbol.attrs, {given, step.arity}});
  Record(rule, matches, i, s, *scratch, history);
  const EClassId to = ColumnOf(unions_[0].first, matches, *scratch)[i];
  const EClassId term(static_cast<uint32_t>(egraph.class_ids()));
  history->NoteStep(term);
  history->NoteUnion(egraph, to, term, Justification::Rule(rule, 0));
  history->EndMatch();
  egraph.NewFollower(leader);
}

void RhsBatch::AddStep(EGraph& egraph, size_t s, const Matches& matches,
                       RuleId rule, size_t* merged, Scratch* scratch) const {
  const Step& step = steps_[s];
  const bool records = egraph.history() != nullptr;
  const bool direct = Lands(s) && egraph.AddsDirectly();
  for (size_t begin = 0; begin < matches.count; begin += kBlock) {
    const size_t end = std::min(matches.count, begin + kBlock);
    HashKeys(egraph, step, matches, begin, end, scratch);
    PrefetchRows(egraph, begin, end, *scratch);
    if (!direct) {
      AddBlock(egraph, s, matches, begin, end, scratch);
      continue;
    }
    const Column to = ColumnOf(unions_[0].first, matches, *scratch);
    EClassId* results = &scratch->results[s * scratch->result_stride];
    EClassId* terms =
        records ? &scratch->terms[s * scratch->result_stride] : nullptr;
    for (size_t i = begin; i < end; ++i) {
      const absl::Span<const EClassId> key(scratch->keys[i].child, step.arity);
      const uint32_t tag = scratch->tags[i];
      const ENodeId found = egraph.FindRow(tag, step.symbol, key);
      if (found.valid()) {
        results[i] = egraph.ClassOf(found);
        if (records) terms[i] = History::TermOf(found);
        continue;
      }
      results[i] = egraph.Find(to[i]);
      if (records) Land(egraph, s, matches, i, results[i], rule, scratch);
      egraph.InsertRow(tag, step.symbol, key, results[i]);
      ++*merged;
    }
  }
}

void RhsBatch::Unite(EGraph& egraph, const Matches& matches,
                     const Justification& first_why, size_t* merged,
                     size_t* refused, const Scratch& scratch) const {
  History* const history = egraph.history();
  for (size_t i = 0; i < matches.count; ++i) {
    Justification why = first_why;
    why.match += static_cast<uint32_t>(i);
    bool recorded = false;
    for (size_t pair = 0; pair < unions_.size(); ++pair) {
      const EClassId to = ColumnOf(unions_[pair].first, matches, scratch)[i];
      const EClassId from = ColumnOf(unions_[pair].second, matches, scratch)[i];
      if (to == from) continue;
      if (history != nullptr) {
        if (egraph.Find(to) == egraph.Find(from)) continue;
        if (!recorded) {
          Record(why.rule, matches, i, steps_.size(), scratch, history);
        }
        recorded = true;
        history->NotePair(pair);
      }
      const UnionResult result = egraph.Union(to, from, why);
      *merged += result == UnionResult::kMerged;
      *refused += result == UnionResult::kRefused;
    }
    if (recorded) history->EndMatch();
  }
}

void RhsBatch::Apply(EGraph& egraph, const Matches& matches, ThreadPool* pool,
                     const Justification& first_why, size_t* merged,
                     size_t* refused, Scratch* scratch) const {
  ESAT_CHECK(matches.count <= kMaxBatch) << matches.count;
  scratch->Prepare(matches.count, steps_.size());
  if (egraph.history() != nullptr) {
    ESAT_CHECK(recording_.shape != nullptr) << "the history wants the matches";
    scratch->terms.resize(scratch->results.size());
  }
  const bool parallel = pool != nullptr && pool->thread_count() > 1 &&
                        matches.count >= kMinParallel &&
                        egraph.AddsDirectly() && egraph.history() == nullptr;
  // Without analysis and history nobody reads lists meanwhile.
  egraph.defers_links_ = egraph.AddsDirectly() && egraph.history() == nullptr;
  for (size_t s = 0; s < steps_.size(); ++s) {
    // Here, for it may not depend on who inserts.
    egraph.hashcons_.Reserve(matches.count, parallel ? pool : nullptr);
    if (parallel) {
      AddStepInParallel(egraph, s, matches, pool, merged, scratch);
    } else {
      AddStep(egraph, s, matches, first_why.rule, merged, scratch);
    }
  }
  egraph.defers_links_ = false;
  const auto unite = [&] {
    Unite(egraph, matches, first_why, merged, refused, *scratch);
  };
  if (!parallel) {
    egraph.LinkNewRows();
    return unite();
  }
  // Without an analysis a union touches neither rows nor lists.
  pool->ParallelFor(2, 1, [&](int64_t piece, int64_t, int64_t) {
    if (piece == 0) {
      unite();
    } else {
      egraph.LinkNewRows();
    }
  });
}

}  // namespace esat

// Plain right-hand sides over batches of matches: look-ups overlap, and threads
// share them.
#ifndef ESAT_EGRAPH_RHS_BATCH_H_
#define ESAT_EGRAPH_RHS_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "egraph/egraph.h"
#include "egraph/match.h"
#include "egraph/rhs.h"

namespace esat {

// A right-hand side whose steps have fixed ops and attributes and at most two
// children, resolved to symbols and to places in a match.
class RhsBatch {
 public:
  // Matches whose cache misses overlap: a block's columns stay in the
  // first-level cache.
  static constexpr size_t kBlock = 64;

  // The most matches that Apply takes.
  static constexpr size_t kMaxBatch = size_t{1} << 14;

  // Nothing if `rhs` is not as above.
  static std::optional<RhsBatch> Compile(EGraph& egraph, const Rhs& rhs,
                                         const PatternShape& shape);

  size_t step_count() const { return steps_.size(); }

  // Matches laid one after the other, `stride` words each.
  struct Matches {
    const uint32_t* words;
    size_t stride;
    size_t count;
  };

  // Columns over the matches of a batch, kept from call to call. One thread's.
  struct Scratch {
    struct Key {
      EClassId child[2];
    };
    std::vector<Key> keys;
    std::vector<uint32_t> tags;
    std::vector<ENodeId> rows;
    std::vector<EClassId> results;  // [step * result_stride + match].
    std::vector<EClassId> terms;    // The same, if a history is kept.
    size_t result_stride = 0;

    // For sharing out the insertions, see rhs_insert.cc.
    std::vector<uint32_t> slots;  // By match without a row: where its mark is,
    std::vector<char> first;      // and whether it is the first with its key.
    std::vector<int32_t> counts;  // By piece of the matches: how
    std::vector<std::vector<uint32_t>> misses;  // many first; those without.

    void Prepare(size_t count, size_t steps);
  };

  // known[i] says whether every e-node of match i is there and every pair is
  // equal. Requires: count <= kBlock. Thread-safe.
  void FindKnown(const EGraph& egraph, const Matches& matches, bool* known,
                 Scratch* scratch) const;

  // Applies the matches step by step: first one e-node of each, then the second
  // ones, and so on, and the unions at the end. `merged` and `refused` count
  // unions. Match i is justified as first_why + i. The result is the same for
  // any pool, or none. Requires: count <= kMaxBatch.
  void Apply(EGraph& egraph, const Matches& matches, ThreadPool* pool,
             const Justification& first_why, size_t* merged, size_t* refused,
             Scratch* scratch) const;

  // What the e-graph's history, if it keeps one, is to know of the matches.
  struct Recording {
    const PatternShape* shape = nullptr;  // With atoms, without lists.
    bool facts = false;                   // The rewrite reads them.
  };
  void SetRecording(const Recording& recording) { recording_ = recording; }

 private:
  // A word of the match, or the result of an earlier step.
  struct Ref {
    bool is_step;
    uint32_t index;
  };
  struct Step {
    uint32_t symbol;
    uint32_t arity;
    Ref child[2];
  };

  // What a Ref means to the matches of a batch, one after the other.
  struct Column {
    const uint32_t* first;
    size_t stride;
    EClassId operator[](size_t i) const { return EClassId(first[i * stride]); }
  };
  static Column ColumnOf(const Ref& ref, const Matches& matches,
                         const Scratch& scratch) {
    if (!ref.is_step) return {matches.words + ref.index, matches.stride};
    return {&scratch.results[ref.index * scratch.result_stride].value, 1};
  }
  // Whether the step's e-node goes straight to the class it is united with.
  bool Lands(size_t step) const { return lands_ && step + 1 == steps_.size(); }

  void HashKeys(const EGraph& egraph, const Step& step, const Matches& matches,
                size_t begin, size_t end, Scratch* scratch) const;
  static void PrefetchRows(const EGraph& egraph, size_t begin, size_t end,
                           const Scratch& scratch);
  struct Probes;
  static Column FoundColumn(const Ref& ref, const Matches& matches,
                            const EClassId* results);
  size_t FindStep(const EGraph& egraph, size_t step, const Matches& matches,
                  size_t live, Probes* probes, EClassId* results) const;
  void AddStep(EGraph& egraph, size_t step, const Matches& matches, RuleId rule,
               size_t* merged, Scratch* scratch) const;
  void AddBlock(EGraph& egraph, size_t step, const Matches& matches,
                size_t begin, size_t end, Scratch* scratch) const;
  void Land(EGraph& egraph, size_t step, const Matches& matches, size_t i,
            EClassId leader, RuleId rule, Scratch* scratch) const;
  void Record(RuleId rule, const Matches& matches, size_t i, size_t steps,
              const Scratch& scratch, History* history) const;
  void Unite(EGraph& egraph, const Matches& matches,
             const Justification& first_why, size_t* merged, size_t* refused,
             const Scratch& scratch) const;

  // In rhs_insert.cc.
  void AddStepInParallel(EGraph& egraph, size_t step, const Matches& matches,
                         ThreadPool* pool, size_t* merged,
                         Scratch* scratch) const;
  class Insertion;

  std::vector<Step> steps_;
  std::vector<std::pair<Ref, Ref>> unions_;
  Recording recording_;
  bool lands_ = false;  // The only pair is (a class of the match, last step).
};

}  // namespace esat

#endif  // ESAT_EGRAPH_RHS_BATCH_H_

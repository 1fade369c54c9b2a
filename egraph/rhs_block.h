// Plain right-hand sides over blocks of matches: look-ups overlap.
#ifndef ESAT_EGRAPH_RHS_BLOCK_H_
#define ESAT_EGRAPH_RHS_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "egraph/egraph.h"
#include "egraph/match.h"
#include "egraph/rhs.h"

namespace esat {

// A right-hand side whose steps have fixed ops and attributes and at most two
// children, resolved to symbols and to places in a match.
class RhsBlock {
 public:
  // Matches a block holds at most: their columns stay in the first-level cache.
  static constexpr size_t kSize = 64;

  // Nothing if `rhs` is not as above.
  static std::optional<RhsBlock> Compile(EGraph& egraph, const Rhs& rhs,
                                         const PatternShape& shape);

  size_t step_count() const { return steps_.size(); }

  // Memory that calls can share, one thread's.
  struct Scratch {
    EClassId keys[kSize][2];
    uint32_t tags[kSize];
    ENodeId rows[kSize];
    uint32_t alive[kSize];
    std::vector<EClassId> results;  // [step * kSize + match].
  };

  // known[i] says whether every e-node of match i, at words + i * stride, is
  // there and every pair is equal. Requires: count <= kSize. Thread-safe.
  void FindKnown(const EGraph& egraph, const uint32_t* words, size_t stride,
                 size_t count, bool* known, Scratch* scratch) const;

  // Applies the matches step by step: first all of the block, then all its
  // second e-nodes, and so on. `merged` and `refused` count unions. Match i is
  // justified as first_why + i.
  void Apply(EGraph& egraph, const uint32_t* words, size_t stride, size_t count,
             const Justification& first_why, size_t* merged, size_t* refused,
             Scratch* scratch) const;

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
  struct Block;

  void HashKeys(const EGraph& egraph, const Step& step, const Block& block,
                const uint32_t* which, size_t count) const;
  void ApplyStep(EGraph& egraph, size_t step, const Justification& first_why,
                 const Block& block, size_t* merged, size_t* refused) const;

  std::vector<Step> steps_;
  std::vector<std::pair<Ref, Ref>> unions_;
  // The last step's e-node goes straight to the class it is united with.
  bool lands_ = false;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_RHS_BLOCK_H_

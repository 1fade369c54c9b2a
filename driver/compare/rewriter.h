// Destructive rewriting of one program by the rules of saturation.
#ifndef ESAT_DRIVER_COMPARE_REWRITER_H_
#define ESAT_DRIVER_COMPARE_REWRITER_H_

#include <optional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "driver/compare/term_program.h"
#include "egraph/match.h"
#include "egraph/rewrite.h"
#include "rules/compile.h"
#include "tensor/tensor_graph.h"

namespace esat {

// One application of one rule: each first class of `pairs` is to be replaced by
// the second. Ids are good for the rewriter that made it.
struct Move {
  size_t rule = 0;  // Index among the rewriter's rules.
  size_t rewrite = 0;
  UnionList pairs;
  std::vector<EClassId> touched;   // Of the e-nodes that the match rests on.
  std::vector<EClassId> interior;  // Of these, those that are not replaced.
};

// All ways to rewrite one program by one step. The rules' patterns, guards and
// right-hand sides are the very ones that saturation runs; only what is done
// with a match differs: a value takes the place of another, in all its uses,
// and what nothing reads any more is gone.
//
// Threads. Const members may run concurrently while no other member runs.
//
// Cost. Construction is O(program + rules), milliseconds for a thousand nodes;
// rules that know an op that the program has not are not even compiled.
class Rewriter {
 public:
  // `program` and the rules outlive the rewriter.
  Rewriter(const TermProgram* program, const std::vector<const Rule*>& rules);
  Rewriter(const Rewriter&) = delete;
  Rewriter& operator=(const Rewriter&) = delete;

  const Rewrite& rewrite(const Move& move) const {
    return compiled_.rewrites[move.rewrite];
  }

  // The moves of the rules from the index `first` on: in the order of the
  // rules, then of the program. Those that change nothing, or values that
  // depend on constants alone, are left out.
  std::vector<Move> Moves(size_t first = 0);

  // Whether all that the move's match read within the program, other than what
  // it replaces, is read by the match alone: if not, those values stay.
  bool IsExclusive(const Move& move) const;

  // A subset of `moves` no two of which touch the same e-node, first come first
  // served: what one pass over the program could apply.
  static std::vector<const Move*> Disjoint(absl::Span<const Move> moves);

  // The program after these moves, all at once. Nothing if the values would
  // need themselves, or if types contradict each other. No moves: the program
  // with equal nodes merged and unread ones gone.
  std::optional<TermProgram> Apply(absl::Span<const Move* const> moves) const;

 private:
  void MarkProgram();
  bool InProgram(EClassId id) const;
  // Matches of one rewrite; siblings are grouped.
  void AddMoves(size_t rewrite, const PatternShape& shape,
                const std::vector<MatchBuffer>& pieces,
                std::vector<Move>* moves);
  void AddMove(size_t rewrite, const Match& match, std::vector<Move>* moves);
  // Adds the right-hand side's terms and says what equals what, but unions
  // nothing.
  UnionList Build(const Rewrite& rewrite, const Match& match);
  // Drops pairs that say nothing; false if none is left or one cannot be.
  bool Settle(Move* move) const;

  const TermProgram& program_;
  TensorGraph graph_;
  CompiledRules compiled_;
  std::vector<size_t> rules_;    // By rewrite: its rule's index.
  std::vector<int> use_counts_;  // By class id; -1: not in the program.
};

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_REWRITER_H_

// The order and the habits are those of ONNX Runtime's graph transformers
// (onnxruntime/core/optimizer/graph_transformer_utils.cc): one pass a rule,
// levels one after the other, at most ten rounds a level, and no rewrite whose
// pattern covers a value that somebody else reads. Where ONNX Runtime's authors
// decided by hand whether a rewrite pays, the price is asked, which makes this
// baseline stronger than a fixed list.
#include "driver/compare/greedy.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "driver/compare/rewriter.h"

namespace esat {
namespace {

constexpr int kRounds = 10;

// Moves of a program by rewrite, found again after each change.
class PassState {
 public:
  PassState(TermProgram program, const std::vector<const Rule*>& rules)
      : rules_(rules), program_(std::move(program)) {
    Search(0);
  }

  const TermProgram& program() const { return program_; }
  const Rewriter& rewriter() const { return *rewriter_; }

  // Of one rewrite, in the order of the program.
  absl::Span<const Move> MovesOf(size_t rewrite) const {
    size_t begin = 0;
    while (begin < moves_.size() && moves_[begin].rewrite < rewrite) ++begin;
    size_t end = begin;
    while (end < moves_.size() && moves_[end].rewrite == rewrite) ++end;
    return {moves_.data() + begin, end - begin};
  }

  // The moves of the rewrites before `first` are not looked for.
  void Replace(TermProgram program, size_t first) {
    program_ = std::move(program);
    Search(first);
  }

 private:
  void Search(size_t first) {
    rewriter_ = std::make_unique<Rewriter>(&program_, rules_);
    std::vector<size_t> wanted;
    for (size_t i = first; i < rewriter_->rewrite_count(); ++i) {
      wanted.push_back(i);
    }
    moves_ = rewriter_->Moves(wanted);
  }

  const std::vector<const Rule*>& rules_;
  TermProgram program_;
  std::unique_ptr<Rewriter> rewriter_;
  std::vector<Move> moves_;
};

// The rewrite at all places that do not overlap and whose pattern nobody else
// reads; nothing if there are none.
std::optional<TermProgram> ApplyEverywhere(const PassState& state,
                                           size_t rewrite) {
  std::vector<Move> exclusive;
  for (const Move& move : state.MovesOf(rewrite)) {
    if (state.rewriter().IsExclusive(move)) exclusive.push_back(move);
  }
  const std::vector<const Move*> batch = Rewriter::Disjoint(exclusive);
  if (batch.empty()) return std::nullopt;
  std::optional<TermProgram> next = state.rewriter().Apply(batch);
  if (next || batch.size() == 1) return next;
  return state.rewriter().Apply({batch[0]});  // Together they make a cycle.
}

class GreedySearch {
 public:
  GreedySearch(const std::vector<const Rule*>& rules, SearchLog* log)
      : simplify_(RulesWithTag(rules, "simplify")),
        explore_(RulesWithTag(rules, "explore")),
        fuse_(RulesWithTag(rules, "fuse")),
        log_(*log) {}

  void Run(const TermProgram& source) {
    log_.Price(source);
    current_ = RunPasses(source, simplify_);
    cost_ = log_.Price(current_);
    for (int round = 0; round < kRounds && !log_.Spent(); ++round) {
      const double before = cost_;
      RunLevel(explore_);
      RunLevel(fuse_);
      if (!(cost_ < before)) return;
    }
  }

 private:
  void RunLevel(const std::vector<const Rule*>& rules) {
    if (rules.empty()) return;
    PassState state(current_, rules);
    for (size_t r = 0; r < state.rewriter().rewrite_count(); ++r) {
      while (!log_.Spent() && Improve(state, r)) state.Replace(current_, r);
    }
  }

  bool Improve(const PassState& state, size_t rewrite) {
    const absl::Span<const Move> moves = state.MovesOf(rewrite);
    const std::vector<const Move*> batch = Rewriter::Disjoint(moves);
    if (batch.empty()) return false;
    if (Accept(state.rewriter().Apply(batch))) return true;
    if (moves.size() == 1) return false;
    for (const Move& move : moves) {
      if (log_.Spent()) return false;
      if (Accept(state.rewriter().Apply({&move}))) return true;
    }
    return false;
  }

  bool Accept(std::optional<TermProgram> next) {
    if (!next) return false;
    TermProgram cleaned = RunPasses(*std::move(next), simplify_);
    const double cost = log_.Price(cleaned);
    if (!(cost < cost_)) return false;
    current_ = std::move(cleaned);
    cost_ = cost;
    return true;
  }

  const std::vector<const Rule*> simplify_, explore_, fuse_;
  SearchLog& log_;
  TermProgram current_;
  double cost_ = 0;
};

}  // namespace

std::vector<const Rule*> RulesWithTag(const std::vector<const Rule*>& rules,
                                      std::string_view tag) {
  std::vector<const Rule*> found;
  for (const Rule* rule : rules) {
    if (Rulebook::HasTag(*rule, tag)) found.push_back(rule);
  }
  return found;
}

TermProgram RunPasses(TermProgram program,
                      const std::vector<const Rule*>& rules) {
  if (rules.empty()) return program;
  // A rule and its inverse must not chase each other.
  absl::flat_hash_set<uint64_t> seen = {HashProgram(program)};
  PassState state(std::move(program), rules);
  for (int round = 0; round < kRounds; ++round) {
    bool changed = false;
    for (size_t r = 0; r < state.rewriter().rewrite_count(); ++r) {
      while (std::optional<TermProgram> next = ApplyEverywhere(state, r)) {
        if (!seen.insert(HashProgram(*next)).second) break;
        changed = true;
        state.Replace(*std::move(next), r);
      }
    }
    if (!changed) break;
    state.Replace(state.program(), 0);
  }
  return state.program();
}

void SearchGreedily(const TermProgram& source,
                    const std::vector<const Rule*>& rules, SearchLog* log) {
  GreedySearch(rules, log).Run(source);
}

}  // namespace esat

// The habits are those of ONNX Runtime's graph transformers
// (onnxruntime/core/optimizer/graph_transformer_utils.cc): one pass a rule, at
// most ten rounds, and no rewrite whose pattern covers a value that somebody
// else reads.
#include "driver/compare/passes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "rules/lang/ast.h"

namespace esat {
namespace {

constexpr int kRounds = 10;
// Against rules that grow a program without end.
constexpr size_t kMaxPasses = 2000;

// The rule at all places that do not overlap and whose pattern nobody else
// reads; nothing if there are none.
std::optional<TermProgram> ApplyEverywhere(const PassState& state,
                                           size_t rule) {
  std::vector<Move> exclusive;
  for (const Move& move : state.MovesOf(rule)) {
    if (state.rewriter().IsExclusive(move)) exclusive.push_back(move);
  }
  const std::vector<const Move*> batch = Rewriter::Disjoint(exclusive);
  if (batch.empty()) return std::nullopt;
  std::optional<TermProgram> next = state.rewriter().Apply(batch);
  if (next || batch.size() == 1) return next;
  return state.rewriter().Apply({batch[0]});  // Together they make a cycle.
}

}  // namespace

std::vector<const Rule*> RulesWithTag(const std::vector<const Rule*>& rules,
                                      std::string_view tag) {
  std::vector<const Rule*> found;
  for (const Rule* rule : rules) {
    if (Rulebook::HasTag(*rule, tag)) found.push_back(rule);
  }
  return found;
}

std::vector<PassOrder> PassOrders(const std::vector<const Rule*>& rules) {
  const auto recognizes = [](const Rule* rule) {
    return rule->name.starts_with("recognize-");
  };
  const auto drops = [](const Rule* rule) {
    return rule->right.size() == 1 &&
           rule->right[0].term.kind == ExprKind::kVariable;
  };
  const PassOrder by_file{.rules = rules};
  PassOrder recognizers{.rules = rules, .restart = true};
  std::stable_partition(recognizers.rules.begin(), recognizers.rules.end(),
                        recognizes);
  PassOrder droppers_last = recognizers;
  std::stable_partition(
      droppers_last.rules.begin(), droppers_last.rules.end(),
      [&](const Rule* rule) { return recognizes(rule) || !drops(rule); });
  return {by_file, recognizers, droppers_last};
}

PassState::PassState(TermProgram program, const std::vector<const Rule*>& rules)
    : rules_(rules) {
  Replace(std::move(program), 0);
}

absl::Span<const Move> PassState::MovesOf(size_t rule) const {
  const auto [begin, end] = std::equal_range(
      moves_.begin(), moves_.end(), Move{.rule = rule},
      [](const Move& a, const Move& b) { return a.rule < b.rule; });
  return {moves_.data() + (begin - moves_.begin()),
          static_cast<size_t>(end - begin)};
}

void PassState::Replace(TermProgram program, size_t first) {
  program_ = std::move(program);
  rewriter_ = std::make_unique<Rewriter>(&program_, rules_);
  moves_ = rewriter_->Moves(first);
}

TermProgram RunPasses(TermProgram program, const PassOrder& order) {
  if (order.rules.empty()) return program;
  // A rule and its inverse must not chase each other.
  absl::flat_hash_set<uint64_t> seen = {HashProgram(program)};
  PassState state(std::move(program), order.rules);
  for (int round = 0; round < kRounds; ++round) {
    bool changed = false;
    for (size_t r = 0; r < order.rules.size();) {
      std::optional<TermProgram> next = ApplyEverywhere(state, r);
      if (!next || seen.size() > kMaxPasses ||
          !seen.insert(HashProgram(*next)).second) {
        ++r;
        continue;
      }
      changed = true;
      if (order.restart) r = 0;
      state.Replace(*std::move(next), r);
    }
    if (!changed || order.restart) break;
    state.Replace(state.program(), 0);
  }
  return state.program();
}

}  // namespace esat

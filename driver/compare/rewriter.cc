// Matching needs an e-graph, destruction must not have one. Both are served by
// an e-graph without unions: the program is encoded, so that a class is a term
// (and a constant that the analysis folded), all matches are found at once, and
// their right-hand sides are added as further terms. A rewritten program is
// then what the outputs reach when one term stands for another; see emit.cc.
#include "driver/compare/rewriter.h"

#include <algorithm>

#include "base/check.h"
#include "driver/compare/emit.h"
#include "egraph/rhs.h"
#include "egraph/search.h"
#include "egraph/siblings.h"
#include "rules/lang/ast.h"

namespace esat {
namespace {

bool Contains(const std::vector<EClassId>& sorted, EClassId id) {
  return std::binary_search(sorted.begin(), sorted.end(), id);
}

// Whether the e-graph has all ops that the term names.
bool HasOps(const Expr& term, const EGraph& egraph) {
  if (term.kind == ExprKind::kOp) {
    const std::optional<Op> op = FindOp(term.name);
    if (op && egraph.CountOfOp(ToOpId(*op)) == 0) return false;
  }
  return std::all_of(
      term.operands.begin(), term.operands.end(),
      [&](const Expr& operand) { return HasOps(operand, egraph); });
}

bool HasOps(const std::vector<Root>& roots, const EGraph& egraph) {
  return std::all_of(roots.begin(), roots.end(), [&](const Root& root) {
    return HasOps(root.term, egraph);
  });
}

bool MayMatch(const Rule& rule, const EGraph& egraph) {
  return HasOps(rule.left, egraph) ||
         (rule.both_directions && HasOps(rule.right, egraph));
}

void SortUnique(std::vector<EClassId>* ids) {
  std::sort(ids->begin(), ids->end());
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
}

}  // namespace

Rewriter::Rewriter(const TermProgram* program,
                   const std::vector<const Rule*>& rules)
    : program_(*program) {
  graph_.Encode(program_.graph);
  std::vector<const Rule*> possible;
  std::vector<size_t> indexes;
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!MayMatch(*rules[i], graph_.egraph())) continue;
    possible.push_back(rules[i]);
    indexes.push_back(i);
  }
  compiled_ = CompileRules(possible, &graph_);
  for (size_t i = 0; i < possible.size(); ++i) {
    rules_.push_back(indexes[i]);
    if (possible[i]->both_directions) rules_.push_back(indexes[i]);
  }
  ESAT_CHECK(rules_.size() == compiled_.rewrites.size());
  graph_.egraph().Rebuild();
  MarkProgram();
}

void Rewriter::MarkProgram() {
  const EGraph& egraph = graph_.egraph();
  use_counts_.assign(egraph.class_ids(), -1);
  std::vector<EClassId> stack;
  const auto read = [&](EClassId id) {
    id = egraph.Find(id);
    int& count = use_counts_[id.value];
    if (count < 0) {
      count = 0;
      stack.push_back(id);
    }
    ++count;
  };
  for (const EClassId output : graph_.OutputClasses()) read(output);
  while (!stack.empty()) {
    const EClassId id = stack.back();
    stack.pop_back();
    if (graph_.analysis().constant(id) != nullptr) continue;
    for (const EClassId child : egraph.Node(ProgramNode(graph_, id)).children) {
      read(child);
    }
  }
}

bool Rewriter::InProgram(EClassId id) const {
  id = graph_.egraph().Find(id);
  return id.value < use_counts_.size() && use_counts_[id.value] >= 0;
}

std::vector<Move> Rewriter::Moves(size_t first) {
  EGraph& egraph = graph_.egraph();
  std::vector<size_t> rewrites;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i] >= first) rewrites.push_back(i);
  }
  std::vector<CompiledRewrite> searched;
  searched.reserve(rewrites.size());  // Pointed to.
  std::vector<SearchRequest> requests;
  for (const size_t i : rewrites) {
    searched.push_back(CompileRewrite(compiled_.rewrites[i], egraph, true));
    requests.push_back({.rule = RuleId(static_cast<uint32_t>(i)),
                        .rewrite = &searched.back()});
  }
  std::vector<SearchResult> results;
  Search(
      egraph, requests, nullptr, [](double) { return false; }, &results);
  std::vector<Move> moves;
  for (size_t i = 0; i < rewrites.size(); ++i) {
    AddMoves(rewrites[i], searched[i].shape, results[i].pieces, &moves);
  }
  egraph.Rebuild();
  std::erase_if(moves, [&](Move& move) { return !Settle(&move); });
  return moves;
}

void Rewriter::AddMoves(size_t index, const PatternShape& shape,
                        const std::vector<MatchBuffer>& pieces,
                        std::vector<Move>* moves) {
  const auto in_program = [&](const Match& match) {
    for (int i = 0; i < shape.roots; ++i) {
      if (!InProgram(match.root(i))) return false;
    }
    return true;
  };
  const MatchBuffer all = Concatenate(shape, pieces);
  const std::optional<Siblings>& siblings = compiled_.rewrites[index].siblings;
  if (siblings) {
    const SiblingGroups groups(*siblings);
    for (const SiblingGroups::Group& group :
         groups.Undelivered(shape, all, [&](ENodeId row) {
           return !InProgram(graph_.egraph().ClassOf(row));
         })) {
      AddMove(index, Match(&shape, all.lists.data(), group), moves);
    }
    return;
  }
  for (size_t i = 0; i < all.count(shape); ++i) {
    const Match match = all.at(shape, i);
    if (in_program(match)) AddMove(index, match, moves);
  }
}

void Rewriter::AddMove(size_t index, const Match& match,
                       std::vector<Move>* moves) {
  Move move{.rule = rules_[index],
            .rewrite = index,
            .pairs = Build(compiled_.rewrites[index], match)};
  const auto touch = [&](const Match& member) {
    for (int atom = 0; atom < match.shape().atoms; ++atom) {
      move.touched.push_back(graph_.egraph().ClassOf(member.node(atom)));
    }
  };
  if (match.member_count() == 0) touch(match);
  for (size_t i = 0; i < match.member_count(); ++i) touch(match.member(i));
  moves->push_back(std::move(move));
}

UnionList Rewriter::Build(const Rewrite& rewrite, const Match& match) {
  EGraph& egraph = graph_.egraph();
  if (rewrite.rhs) {
    return AddRhs(egraph, *rewrite.rhs, match).value_or(UnionList());
  }
  UnionList pairs;
  rewrite.applier(egraph, match, &pairs);
  return pairs;
}

bool Rewriter::Settle(Move* move) const {
  const EGraph& egraph = graph_.egraph();
  const TensorAnalysis& analysis = graph_.analysis();
  for (auto& [a, b] : move->pairs) {
    a = egraph.Find(a);
    b = egraph.Find(b);
  }
  std::erase_if(move->pairs, [&](const auto& pair) {
    return pair.first == pair.second || analysis.is_constant(pair.first);
  });
  for (EClassId& id : move->touched) id = egraph.Find(id);
  SortUnique(&move->touched);
  move->interior = move->touched;
  for (const auto& [a, b] : move->pairs) {
    std::erase(move->interior, a);
    // As the e-graph does: no equality of sizes is a rule's to claim.
    const TypeMeet meet = Meet(analysis.type(a), analysis.type(b));
    if (meet.conflict || !meet.learned.empty()) return false;
  }
  return !move->pairs.empty();
}

bool Rewriter::IsExclusive(const Move& move) const {
  const EGraph& egraph = graph_.egraph();
  for (const EClassId id : move.interior) {
    if (graph_.analysis().is_constant(id)) continue;
    int reads = 0;
    for (const EClassId user : move.touched) {
      for (const EClassId child :
           egraph.Node(ProgramNode(graph_, user)).children) {
        reads += egraph.Find(child) == id;
      }
    }
    if (use_counts_[id.value] > reads) return false;
  }
  return true;
}

std::vector<const Move*> Rewriter::Disjoint(absl::Span<const Move> moves) {
  std::vector<const Move*> chosen;
  std::vector<EClassId> taken;
  for (const Move& move : moves) {
    const bool free =
        std::none_of(move.touched.begin(), move.touched.end(),
                     [&](EClassId id) { return Contains(taken, id); });
    if (!free) continue;
    chosen.push_back(&move);
    taken.insert(taken.end(), move.touched.begin(), move.touched.end());
    SortUnique(&taken);
  }
  return chosen;
}

std::optional<TermProgram> Rewriter::Apply(
    absl::Span<const Move* const> moves) const {
  Substitution substitution;
  for (const Move* move : moves) {
    for (const auto& [a, b] : move->pairs) substitution.try_emplace(a, b);
  }
  return EmitProgram(graph_, program_, substitution);
}

}  // namespace esat

#include "rules/compile.h"

#include <utility>

#include "base/check.h"
#include "rules/compile/left.h"
#include "rules/compile/right.h"

namespace esat {
namespace {

// The facts of a tensor e-graph, by any id of a class.
class GraphFacts : public TermFacts {
 public:
  explicit GraphFacts(const TensorGraph* graph) : graph_(graph) {}

  Type TypeOf(EClassId term) const override {
    return graph_->analysis().type(graph_->egraph().Find(term));
  }
  bool IsConstant(EClassId term) const override {
    return graph_->analysis().is_constant(graph_->egraph().Find(term));
  }
  const Literal* ConstantOf(EClassId term) const override {
    return graph_->analysis().constant(graph_->egraph().Find(term));
  }
  std::optional<double> SplatOf(EClassId term) const override {
    auto splat = graph_->analysis().splat(graph_->egraph().Find(term));
    if (!splat || !IsComputable(splat->dtype())) return std::nullopt;
    return NumberOf(*splat);
  }

 private:
  const TensorGraph* graph_;
};

bool IsListed(const Expr& expr, const std::string& name, bool in_spread) {
  if (expr.kind == ExprKind::kVariable) {
    return in_spread && expr.name == name;
  }
  for (const Expr& operand : expr.operands) {
    if (IsListed(operand, name, in_spread || expr.kind == ExprKind::kSpread)) {
      return true;
    }
  }
  return false;
}

// Members agree in all term variables but the root and those that the right
// side lists, in all attributes and in all op variables.
Siblings KeysOf(const Rule& rule, const LeftSide& left) {
  Siblings siblings;
  for (const auto& [name, var] : left.named_classes()) {
    bool listed = name == rule.left[0].name;
    for (const Root& root : rule.right) {
      listed = listed || IsListed(root.term, name, false);
    }
    for (const auto& [let, value] : left.term_lets()) {
      listed = listed || IsListed(*value, name, false);
    }
    if (!listed) siblings.classes.push_back(var);
  }
  for (uint32_t i = 0; i < left.attr_var_count(); ++i) {
    siblings.attrs.push_back(AttrVar(i));
  }
  for (const auto& [slot, var] : left.op_vars()) siblings.ops.push_back(var);
  return siblings;
}

// The applier of a siblings rule: each member's root equals its own instance.
auto SiblingsApplier(const std::shared_ptr<const LeftSide>& left,
                     const std::shared_ptr<const RightSide>& right,
                     const std::shared_ptr<const TermFacts>& facts) {
  return [left, right, facts](EGraph&, const Match& match, UnionList* unions) {
    std::vector<Frame> group;
    std::vector<EClassId> roots;
    for (size_t i = 0; i < match.member_count(); ++i) {
      auto frame = left->Fill(*facts, match.member(i));
      if (!frame) return;
      group.push_back(*std::move(frame));
      roots.push_back(match.member(i).root());
    }
    for (size_t i = 0; i < group.size(); ++i) {
      group[i].group = &group;
      group[i].member = i;
    }
    UnionList pairs;
    for (size_t i = 0; i < group.size(); ++i) {
      auto built = right->Build(0, group[i]);
      if (!built) return;
      pairs.emplace_back(roots[i], *built);
    }
    unions->insert(unions->end(), pairs.begin(), pairs.end());
  };
}

auto Applier(const std::shared_ptr<const LeftSide>& left,
             const std::shared_ptr<const RightSide>& right,
             const std::shared_ptr<const TermFacts>& facts) {
  return [left, right, facts](EGraph&, const Match& match, UnionList* unions) {
    auto frame = left->Fill(*facts, match);
    if (!frame) return;
    UnionList pairs;
    for (size_t i = 0; i < right->root_count(); ++i) {
      auto built = right->Build(i, *frame);
      if (!built) return;
      pairs.emplace_back(match.root(static_cast<int>(i)), *built);
    }
    unions->insert(unions->end(), pairs.begin(), pairs.end());
  };
}

// Rewriting a term whose value is at hand gains nothing, and constants would
// breed: sums and products of all of a model's constants are endless. A class
// can only become folded, so a match that this drops is never missed; where it
// is false now and true later, the match was merely taken early.
bool IsFolded(const TensorGraph& graph, const EGraph& egraph,
              const Match& match) {
  for (int i = 0; i < match.shape().roots; ++i) {
    if (graph.analysis().constant(egraph.Find(match.root(i))) == nullptr) {
      return false;
    }
  }
  return true;
}

Rewrite CompileDirection(const Rule& rule, const std::vector<Root>& from,
                         const std::vector<Root>& to,
                         const std::shared_ptr<const TermFacts>& facts,
                         TensorGraph* graph) {
  auto left = std::make_shared<LeftSide>(rule, from, graph);
  auto right = std::make_shared<RightSide>(rule, from, to, *left, graph);
  Rewrite rewrite;
  rewrite.name = rule.name;
  for (const Tag& tag : rule.tags) rewrite.tags.push_back(tag.name);
  rewrite.pattern = left->TakePattern();
  if (rule.siblings) rewrite.siblings = KeysOf(rule, *left);
  const bool guarded = left->is_guarded();
  rewrite.guard = [left, facts, graph, guarded](const EGraph& egraph,
                                                const Match& match) {
    return !IsFolded(*graph, egraph, match) &&
           (!guarded || left->Holds(*facts, match));
  };
  if (rule.siblings) {
    rewrite.applier = SiblingsApplier(left, right, facts);
    return rewrite;
  }
  auto data = right->AsData(left, facts);
  if (!data) {
    rewrite.applier = Applier(left, right, facts);
    return rewrite;
  }
  rewrite.reads_facts = guarded || !data->steps.empty();
  if (!data->steps.empty()) {
    rewrite.guard = [left, facts, graph, guarded, rhs = *data](
                        const EGraph& egraph, const Match& match) {
      return !IsFolded(*graph, egraph, match) &&
             (!guarded || left->Holds(*facts, match)) &&
             IsWellTyped(*graph, egraph, rhs, match);
    };
  }
  rewrite.rhs = *std::move(data);
  return rewrite;
}

}  // namespace

CompiledRules CompileRules(const std::vector<const Rule*>& rules,
                           TensorGraph* graph) {
  CompiledRules compiled;
  auto facts = std::make_shared<const GraphFacts>(graph);
  auto add = [&](const Rule& rule, Rewrite rewrite) {
    compiled.rewrites.push_back(std::move(rewrite));
    compiled.rules.push_back(&rule);
    compiled.licences.push_back(LicencesOf(rule));
  };
  for (const Rule* rule : rules) {
    add(*rule, CompileDirection(*rule, rule->left, rule->right, facts, graph));
    if (!rule->both_directions) continue;
    Rewrite reverse =
        CompileDirection(*rule, rule->right, rule->left, facts, graph);
    reverse.name += "~";
    add(*rule, std::move(reverse));
  }
  return compiled;
}

}  // namespace esat

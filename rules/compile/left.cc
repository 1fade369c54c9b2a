// Each op term becomes a pattern term. What the pattern language can say it
// says there (ops, equal classes, literal attributes as a predicate); the rest
// is kept as small programs over the attribute records that the match binds:
// bind, then compute the lets, then compare, then ask the conditions.
#include "rules/compile/left.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/check.h"
#include "rules/lang/check.h"
#include "rules/lang/op_sets.h"

namespace esat {
namespace {

bool IsLiteral(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kInt:
    case ExprKind::kFloat:
    case ExprKind::kString:
    case ExprKind::kDType:
      return true;
    case ExprKind::kList:
      return std::all_of(expr.operands.begin(), expr.operands.end(), IsLiteral);
    default:
      return false;
  }
}

bool IsNegative(const Expr& expr) {
  return expr.kind == ExprKind::kInt && expr.int_value < 0;
}

bool HasNegative(const Expr& expr) {
  return IsNegative(expr) ||
         (expr.kind == ExprKind::kList &&
          std::any_of(expr.operands.begin(), expr.operands.end(), IsNegative));
}

bool ProjectsVariable(const Expr& expr, const std::string& name) {
  const bool projects = expr.kind == ExprKind::kProject ||
                        (expr.kind == ExprKind::kOp && expr.name == "Proj" &&
                         !expr.operands.empty());
  if (projects && expr.operands[0].kind == ExprKind::kVariable &&
      expr.operands[0].name == name) {
    return true;
  }
  return std::any_of(
      expr.operands.begin(), expr.operands.end(),
      [&](const Expr& operand) { return ProjectsVariable(operand, name); });
}

bool IsTermLet(const Expr& value,
               const std::map<std::string, const Expr*>& term_lets) {
  switch (value.kind) {
    case ExprKind::kOp:
    case ExprKind::kOpVariable:
    case ExprKind::kSplat:
    case ExprKind::kProject:
      return true;
    case ExprKind::kVariable:
      return term_lets.contains(value.name);
    default:
      return false;
  }
}

void CollectNames(const Expr& expr, std::vector<std::string>& names) {
  if (expr.kind == ExprKind::kVariable) names.push_back(expr.name);
  for (const Expr& operand : expr.operands) CollectNames(operand, names);
  for (const Attribute& attribute : expr.attributes) {
    CollectNames(attribute.value, names);
  }
}

// Four units in the last place, relative, for `~v`.
double ToleranceOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return std::ldexp(1.0, -50);
    case DType::kF32:
      return std::ldexp(1.0, -21);
    case DType::kF16:
      return std::ldexp(1.0, -8);
    case DType::kBF16:
      return std::ldexp(1.0, -5);
    default:
      return 0;
  }
}

AttrRecord WithoutNames(const AttrRecord& record,
                        const std::vector<std::string>& names) {
  AttrRecord rest;
  for (const auto& [name, value] : record.entries()) {
    if (!std::binary_search(names.begin(), names.end(), name)) {
      rest.Set(name, value);
    }
  }
  return rest;
}

}  // namespace

LeftSide::LeftSide(const Rule& rule, const std::vector<Root>& roots,
                   TensorGraph* graph)
    : rule_(&rule), graph_(graph) {
  for (const auto* side : {&rule.left, &rule.right}) {
    for (const Root& root : *side) FindOffsetAxes(root.term);
  }
  for (const Clause& clause : rule.clauses) {
    if (clause.kind == ClauseKind::kLet) FindOffsetAxes(clause.let.value);
  }
  for (const Root& root : roots) {
    const bool is_tuple = !root.name.empty() && UsedAsTuple(root.name);
    PatternTerm term = LowerTerm(root.term, is_tuple);
    if (!root.name.empty()) term.var = ClassVarOf(root.name);
    pattern_.roots.push_back(std::move(term));
  }
  AddLets(rule);
  AddConditions(rule);
}

bool LeftSide::is_guarded() const {
  return !attributes_.empty() || !splats_.empty() || !conditions_.empty() ||
         rests_.size() > whole_rests_.size();
}

void LeftSide::FindOffsetAxes(const Expr& expr) {
  for (const Expr& operand : expr.operands) {
    FindOffsetAxes(operand);
    if (expr.kind != ExprKind::kOp || expr.name != "Concat" ||
        operand.kind != ExprKind::kSpread ||
        operand.operands[0].kind != ExprKind::kVariable) {
      continue;
    }
    for (const Attribute& attribute : expr.attributes) {
      if (attribute.name == "axis") {
        offset_axes_[operand.operands[0].name] = &attribute.value;
      }
    }
  }
}

bool LeftSide::UsedAsTuple(const std::string& name) const {
  for (const auto* side : {&rule_->left, &rule_->right}) {
    for (const Root& root : *side) {
      if (ProjectsVariable(root.term, name)) return true;
    }
  }
  for (const Clause& clause : rule_->clauses) {
    if (ProjectsVariable(clause.condition, name) ||
        ProjectsVariable(clause.let.value, name)) {
      return true;
    }
  }
  return false;
}

// ---- Lowering ---------------------------------------------------------------

ClassVar LeftSide::ClassVarOf(const std::string& name) {
  const Slot slot = slots_.Of(name);
  auto [it, is_new] = class_vars_.try_emplace(slot);
  if (is_new) {
    it->second = FreshClassVar();
    named_classes_.emplace_back(name, it->second);
  }
  return it->second;
}

ClassVar LeftSide::NameOf(PatternTerm& term) {
  if (!term.var.valid()) term.var = FreshClassVar();
  return term.var;
}

PatternTerm LeftSide::LowerTerm(const Expr& expr, bool is_tuple) {
  switch (expr.kind) {
    case ExprKind::kVariable:
      return Var(ClassVarOf(expr.name));
    case ExprKind::kWildcard:
    case ExprKind::kSplat:
      return Var(FreshClassVar());
    case ExprKind::kProject:
      return LowerProject(expr);
    default:
      return LowerOp(expr, is_tuple);
  }
}

PatternTerm LeftSide::LowerProject(const Expr& expr) {
  AttrsPattern index;
  index.exact =
      AttrsId(graph_->attrs().Intern(AttrRecord{{"index", expr.int_value}}));
  return Apply(ToOpId(Op::kProj),
               {LowerTerm(expr.operands[0], /*is_tuple=*/true)}, index);
}

PatternTerm LeftSide::LowerOp(const Expr& expr, bool is_tuple) {
  PatternTerm term;
  if (expr.kind == ExprKind::kOp) {
    term.ops.push_back(ToOpId(*FindOp(expr.name)));
  } else {
    const Expr* site = FindTraitSite(*rule_, expr.name);
    ESAT_CHECK(site != nullptr) << expr.name;
    for (Op op : OpsOf(*site)) term.ops.push_back(ToOpId(op));
    auto [it, is_new] = op_vars_.try_emplace(slots_.Of(expr.name));
    if (is_new) it->second = OpVar(op_count_++);
    term.op_var = it->second;
  }
  LowerOperands(expr, term);
  LowerAttributes(expr, term, is_tuple);
  LowerSplats(expr, term);
  return term;
}

void LeftSide::LowerOperands(const Expr& expr, PatternTerm& term) {
  for (size_t i = 0; i < OperandCount(expr); ++i) {
    const Expr& operand = expr.operands[i];
    if (operand.kind != ExprKind::kSpread) {
      term.children.push_back(
          LowerTerm(operand, /*is_tuple=*/expr.name == "Proj"));
      continue;
    }
    term.rest = ListVar(list_count_++);
    if (operand.operands[0].kind == ExprKind::kVariable) {
      list_vars_[slots_.Of(operand.operands[0].name)] = term.rest;
    }
  }
}

void LeftSide::LowerAttributes(const Expr& expr, PatternTerm& term,
                               bool is_tuple) {
  std::vector<std::pair<std::string, RuleValue>> literals;
  std::vector<std::string> written;
  AttrVar record;
  auto bind_record = [&] {
    if (!record.valid()) record = AttrVar(attr_count_++);
    return record;
  };
  for (const Attribute& attribute : expr.attributes) {
    written.push_back(attribute.name);
    const Expr& value = attribute.value;
    const bool is_axis = IsAxisAttribute(attribute.name);
    if (IsLiteral(value) && !(is_axis && HasNegative(value))) {
      literals.emplace_back(
          attribute.name,
          Evaluate(CompileExpr(value, slots_, &offset_axes_), Frame{}));
      continue;
    }
    PatternTerm& axis_of = expr.name == "Unsqueeze" || term.children.empty()
                               ? term
                               : term.children[0];
    attributes_.push_back(
        {bind_record(), attribute.name, LowerValue(value, is_axis, axis_of)});
  }
  if (expr.rest && !expr.rest->name.empty()) {
    const Slot slot = slots_.Of(expr.rest->name);
    std::sort(written.begin(), written.end());
    rests_.push_back({bind_record(), written, slot});
    const bool first =
        std::none_of(rests_.begin(), rests_.end() - 1,
                     [&](const RestMatch& r) { return r.slot == slot; });
    if (first && written.empty()) whole_rests_[slot] = record;
  }
  term.attrs.bind = record;
  bool many_results = false;
  for (OpId op : term.ops) {
    many_results = many_results || GetOp(ToOp(op)).max_results() != 1;
  }
  if (literals.empty() && !many_results) return;
  const AttrTable* table = &graph_->attrs();
  term.attrs.predicate = [table, literals, many_results, is_tuple](OpId,
                                                                   AttrsId id) {
    const AttrRecord& attrs = table->Get(id.value);
    if (many_results && attrs.Has("num_outputs") != is_tuple) return false;
    for (const auto& [name, wanted] : literals) {
      const AttrValue* value = attrs.Find(name);
      if (value == nullptr ||
          !IsTrue(EqualValues(FromAttribute(*value), wanted))) {
        return false;
      }
    }
    return true;
  };
}

ValuePattern LeftSide::LowerValue(const Expr& expr, bool is_axis,
                                  PatternTerm& axis_of) {
  ValuePattern out;
  if (expr.kind == ExprKind::kWildcard) return out;
  if (is_axis && IsNegative(expr)) {
    out.kind = ValuePattern::Kind::kAxis;
    out.axis = expr.int_value;
    out.term = NameOf(axis_of);
    return out;
  }
  if (expr.kind == ExprKind::kList) {
    out.kind = ValuePattern::Kind::kList;
    for (const Expr& element : expr.operands) {
      out.elements.push_back(LowerValue(element, is_axis, axis_of));
    }
    return out;
  }
  const bool is_let = std::any_of(
      rule_->clauses.begin(), rule_->clauses.end(), [&](const Clause& clause) {
        return clause.kind == ClauseKind::kLet && clause.let.name == expr.name;
      });
  if (expr.kind == ExprKind::kVariable && !is_let) {
    out.kind = ValuePattern::Kind::kBind;
    out.slot = slots_.Of(expr.name);
    return out;
  }
  out.kind = ValuePattern::Kind::kEqual;
  out.expr = CompileExpr(expr, slots_, &offset_axes_);
  return out;
}

void LeftSide::LowerSplats(const Expr& expr, PatternTerm& term) {
  std::vector<ClassVar> others;
  std::vector<SplatMatch> found;
  for (size_t i = 0; i < term.children.size(); ++i) {
    const Expr& operand = expr.operands[i];
    if (IsNone(operand)) continue;
    const ClassVar var = NameOf(term.children[i]);
    if (operand.kind != ExprKind::kSplat) {
      others.push_back(var);
      continue;
    }
    SplatMatch splat;
    splat.splat = var;
    const Expr* value = &operand.operands[0];
    if (value->kind == ExprKind::kTolerance) {
      splat.tolerant = true;
      value = &value->operands[0];
    }
    if (value->kind == ExprKind::kVariable) {
      splat.slot = slots_.Of(value->name);
    } else if (value->kind == ExprKind::kInt) {
      splat.value = static_cast<double>(value->int_value);
    } else if (value->kind == ExprKind::kFloat) {
      splat.value = value->float_value;
    }
    found.push_back(splat);
  }
  if (found.empty()) return;
  for (SplatMatch& splat : found) {
    splat.result = NameOf(term);
    splat.others = others;
    splats_.push_back(splat);
  }
}

void LeftSide::AddLets(const Rule& rule) {
  std::map<std::string, const Expr*> values;
  for (const Clause& clause : rule.clauses) {
    if (clause.kind == ClauseKind::kLet) {
      values[clause.let.name] = &clause.let.value;
    }
  }
  std::vector<std::string> done;
  std::function<void(const std::string&)> add = [&](const std::string& name) {
    if (!values.contains(name) ||
        std::find(done.begin(), done.end(), name) != done.end()) {
      return;
    }
    done.push_back(name);
    const Expr& value = *values[name];
    std::vector<std::string> needs;
    CollectNames(value, needs);
    for (const std::string& need : needs) add(need);
    if (IsTermLet(value, term_lets_)) {
      term_lets_[name] = &value;
    } else {
      lets_.emplace_back(slots_.Of(name),
                         CompileExpr(value, slots_, &offset_axes_));
    }
  };
  for (const auto& [name, value] : values) add(name);
}

void LeftSide::AddConditions(const Rule& rule) {
  std::vector<const Expr*> conjuncts;
  auto collect = [&](const Expr& condition) {
    for (const Expr* conjunct : Conjuncts(condition)) {
      conjuncts.push_back(conjunct);
    }
  };
  if (rule.sibling_condition) collect(*rule.sibling_condition);
  for (const Clause& clause : rule.clauses) {
    if (clause.kind == ClauseKind::kWhere) collect(clause.condition);
  }
  for (const Expr* conjunct : conjuncts) {
    if (conjunct->kind != ExprKind::kMatches) {
      conditions_.push_back(CompileExpr(*conjunct, slots_, &offset_axes_));
      continue;
    }
    const std::string& subject = conjunct->operands[0].name;
    PatternTerm term = LowerTerm(conjunct->operands[1], UsedAsTuple(subject));
    term.var = ClassVarOf(subject);
    pattern_.roots.push_back(std::move(term));
  }
}

// ---- Matching ---------------------------------------------------------------

std::optional<Frame> LeftSide::Fill(const TermFacts& facts,
                                    const Match& match) const {
  Frame frame;
  frame.facts = &facts;
  frame.values.resize(slots_.size());
  for (const auto& [slot, var] : class_vars_) frame.values[slot] = match[var];
  for (const auto& [slot, var] : op_vars_) {
    frame.values[slot] = Dim(static_cast<int64_t>(match[var].value));
  }
  for (const auto& [slot, var] : list_vars_) {
    const auto list = match[var];
    frame.values[slot] = std::vector<EClassId>(list.begin(), list.end());
  }
  if (!FillAttributes(match, frame, /*binding=*/true)) return std::nullopt;
  if (!FillSplats(match, frame)) return std::nullopt;
  for (const auto& [slot, value] : lets_) {
    frame.values[slot] = Evaluate(value, frame);
  }
  return frame;
}

bool LeftSide::Holds(const TermFacts& facts, const Match& match) const {
  auto frame = Fill(facts, match);
  if (!frame || !FillAttributes(match, *frame, /*binding=*/false)) return false;
  for (const SplatMatch& splat : splats_) {
    if (!SplatFits(splat, match, facts)) return false;
  }
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const CompiledExpr& condition) {
                       return esat::Holds(condition, *frame);
                     });
}

// Binds variables (`binding`), or compares with expressions over them.
bool LeftSide::Bind(const ValuePattern& pattern, const RuleValue& value,
                    const Match& match, Frame& frame, bool binding) const {
  switch (pattern.kind) {
    case ValuePattern::Kind::kAny:
      return true;
    case ValuePattern::Kind::kBind:
      if (!binding) return true;
      if (IsUnknown(frame.values[pattern.slot])) {
        frame.values[pattern.slot] = value;
        return true;
      }
      return IsTrue(EqualValues(frame.values[pattern.slot], value));
    case ValuePattern::Kind::kEqual:
      return binding ||
             IsTrue(EqualValues(Evaluate(pattern.expr, frame), value));
    case ValuePattern::Kind::kAxis: {
      if (binding) return true;
      const Type type = frame.facts->TypeOf(match[pattern.term]);
      return type.is_tensor() && type.ranked &&
             IsTrue(EqualValues(Dim(type.rank() + pattern.axis), value));
    }
    case ValuePattern::Kind::kList: {
      const auto* list = std::get_if<std::vector<Dim>>(&value);
      if (list == nullptr || list->size() != pattern.elements.size()) {
        return false;
      }
      for (size_t i = 0; i < list->size(); ++i) {
        if (!Bind(pattern.elements[i], (*list)[i], match, frame, binding)) {
          return false;
        }
      }
      return true;
    }
  }
  return false;
}

bool LeftSide::FillAttributes(const Match& match, Frame& frame,
                              bool binding) const {
  const AttrTable& table = graph_->attrs();
  for (const AttributeMatch& attribute : attributes_) {
    const AttrValue* value =
        table.Get(match[attribute.record].value).Find(attribute.name);
    if (value == nullptr || !Bind(attribute.pattern, FromAttribute(*value),
                                  match, frame, binding)) {
      return false;
    }
  }
  if (!binding) return true;
  for (const RestMatch& rest : rests_) {
    AttrRecord record =
        WithoutNames(table.Get(match[rest.record].value), rest.written);
    RuleValue& slot = frame.values[rest.slot];
    if (IsUnknown(slot)) {
      slot = std::move(record);
    } else if (!(std::get<AttrRecord>(slot) == record)) {
      return false;
    }
  }
  return true;
}

bool LeftSide::FillSplats(const Match& match, Frame& frame) const {
  for (const SplatMatch& splat : splats_) {
    if (splat.slot < 0) continue;
    auto value = frame.facts->SplatOf(match[splat.splat]);
    if (!value) return false;
    RuleValue& slot = frame.values[splat.slot];
    if (IsUnknown(slot)) {
      slot = *value;
    } else if (!IsTrue(EqualValues(slot, *value))) {
      return false;
    }
  }
  return true;
}

bool LeftSide::SplatFits(const SplatMatch& splat, const Match& match,
                         const TermFacts& facts) const {
  const auto value = facts.SplatOf(match[splat.splat]);
  if (!value) return false;
  const Type type = facts.TypeOf(match[splat.splat]);
  if (splat.value) {
    // The number as the dtype writes it: 0.1 is the f32 nearest to it.
    const bool rounds = IsFloat(type.dtype) && IsComputable(type.dtype);
    const double wanted =
        rounds ? Literal::ScalarOf(type.dtype, *splat.value).ElementAsDouble(0)
               : *splat.value;
    const double slack = splat.tolerant && rounds
                             ? ToleranceOf(type.dtype) * std::abs(wanted)
                             : 0;
    if (!(std::abs(*value - wanted) <= slack) && *value != wanted) return false;
  }
  if (type.ranked && type.rank() == 0) return !splat.others.empty();
  // Without the splat, would the result have the same shape?
  std::optional<Shape> shape;
  for (ClassVar other : splat.others) {
    const Type operand = facts.TypeOf(match[other]);
    if (!operand.is_tensor() || !operand.ranked) return false;
    shape = shape ? BroadcastShapes(*shape, operand.shape) : operand.shape;
    if (!shape) return false;
  }
  const Type result = facts.TypeOf(match[splat.result]);
  return shape && result.is_tensor() && result.ranked &&
         IsTrue(EqualValues(*shape, result.shape));
}

}  // namespace esat

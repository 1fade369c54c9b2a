// Two ways to build one plan. DataLowering turns it into an Rhs, which the
// engine applies in batches and drops where its result is known; that works
// when every attribute follows from the match. Builder walks the plan and adds
// e-nodes one by one, asking the facts of what it has just built: for ranks
// behind negative axes, dtypes of splats, and lists.
#include "rules/compile/right.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "base/check.h"
#include "rules/lang/op_sets.h"

namespace esat {
namespace {

bool IsNegative(const Expr& expr) {
  return expr.kind == ExprKind::kInt && expr.int_value < 0;
}

bool HasNegative(const Expr& expr) {
  return IsNegative(expr) ||
         (expr.kind == ExprKind::kList &&
          std::any_of(expr.operands.begin(), expr.operands.end(), IsNegative));
}

// Adds `rank` to what is negative.
RuleValue FromTheEnd(RuleValue value, int64_t rank) {
  auto fix = [&](Dim& dim) {
    if (dim.is_constant() && dim.constant() < 0) dim = dim + Dim(rank);
  };
  if (Dim* dim = std::get_if<Dim>(&value)) fix(*dim);
  if (auto* list = std::get_if<std::vector<Dim>>(&value)) {
    for (Dim& dim : *list) fix(dim);
  }
  return value;
}

int64_t AxisCount(const RuleValue& value) {
  const auto* list = std::get_if<std::vector<Dim>>(&value);
  return list == nullptr ? 1 : static_cast<int64_t>(list->size());
}

// A scalar of `dtype`; nothing if the dtype cannot hold the number.
std::optional<Literal> ScalarLiteral(const RuleValue& value, DType dtype) {
  double number = 0;
  if (const double* d = std::get_if<double>(&value)) {
    number = *d;
  } else if (const Dim* dim = std::get_if<Dim>(&value);
             dim != nullptr && dim->is_constant()) {
    number = static_cast<double>(dim->constant());
  } else {
    return std::nullopt;
  }
  if (!IsComputable(dtype)) return std::nullopt;
  if (!IsFloat(dtype) && std::trunc(number) != number) return std::nullopt;
  if (IsInteger(dtype) && !IsSigned(dtype) && number < 0) return std::nullopt;
  return Literal::ScalarOf(dtype, number);
}

// The record of an op: `rest` and the planned attributes; nullopt if one is not
// known. `rank` is that of the first operand, -1 if not known.
std::optional<AttrRecord> MakeRecord(const TermPlan& plan, Op op,
                                     const Frame& frame, int64_t rank) {
  AttrRecord record;
  if (plan.rest >= 0) {
    const auto* rest = std::get_if<AttrRecord>(&frame.values[plan.rest]);
    if (rest == nullptr) return std::nullopt;
    record = *rest;
    if (!plan.is_tuple) record.Erase("num_outputs");
  }
  const OpDef& def = GetOp(op);
  for (const TermPlan::AttributePlan& attribute : plan.attributes) {
    const AttrDef* schema = def.FindAttribute(attribute.name);
    if (schema == nullptr) return std::nullopt;
    RuleValue value = Evaluate(attribute.value, frame);
    if (attribute.negative) {
      if (rank < 0) return std::nullopt;
      const int64_t added = op == Op::kUnsqueeze ? AxisCount(value) : 0;
      value = FromTheEnd(std::move(value), rank + added);
    }
    auto converted = ToAttribute(value, schema->kind);
    if (!converted) return std::nullopt;
    record.Set(attribute.name, *std::move(converted));
  }
  if (plan.is_tuple && !record.Has("num_outputs")) {
    const AttrValue* sizes = record.Find("split");
    if (sizes == nullptr || sizes->kind() != AttrValue::kDims) {
      return std::nullopt;
    }
    record.Set("num_outputs", static_cast<int64_t>(sizes->as_dims().size()));
  }
  return record;
}

// Inference as the analysis does it. False if the operands contradict the op.
bool InferStep(Op op, const AttrRecord& record,
               const std::vector<ValueInfo>& operands, ValueInfo& result,
               std::vector<ValueInfo>& members) {
  const int64_t count = record.IntOr("num_outputs", 1);
  std::vector<ValueInfo> results(static_cast<size_t>(count));
  if (op == Op::kProj) return true;
  AttrRecord attrs = record;
  if (count > 1) attrs.Erase("num_outputs");
  if (!Infer(op, attrs, operands, absl::MakeSpan(results)).ok()) return false;
  if (count == 1) {
    result = std::move(results[0]);
  } else {
    result.type = Type::Tuple({});
    members = std::move(results);
  }
  return true;
}

// Whether a splat may take its dtype from operand `i`.
bool SharesDType(Op op, size_t i) { return op != Op::kWhere || i > 0; }

}  // namespace

// ---- Planning ---------------------------------------------------------------

RightSide::RightSide(const Rule& rule, const std::vector<Root>& left_roots,
                     const std::vector<Root>& roots, LeftSide& left,
                     TensorGraph* graph)
    : left_(left), graph_(graph), siblings_(rule.siblings) {
  for (const Root& wanted : left_roots) {
    for (const Root& root : roots) {
      if (root.name == wanted.name) {
        roots_.push_back(Plan(root.term, /*is_tuple=*/false));
      }
    }
  }
}

TermPlan RightSide::Plan(const Expr& expr, bool is_tuple) {
  TermPlan plan;
  switch (expr.kind) {
    case ExprKind::kVariable: {
      auto let = left_.term_lets().find(expr.name);
      if (let == left_.term_lets().end()) {
        plan.slot = left_.slots().Of(expr.name);
        return plan;
      }
      plan.kind = TermPlan::Kind::kLet;
      auto known = std::find(let_names_.begin(), let_names_.end(), expr.name);
      plan.index = known - let_names_.begin();
      if (known == let_names_.end()) {
        let_names_.push_back(expr.name);
        lets_.emplace_back();
        TermPlan value = Plan(*let->second, /*is_tuple=*/is_tuple);
        lets_[plan.index] = std::move(value);
      }
      return plan;
    }
    case ExprKind::kCall:
      plan.kind = TermPlan::Kind::kValue;
      plan.expr = CompileExpr(expr, left_.slots(), left_.offset_axes());
      return plan;
    case ExprKind::kSplat:
      plan.kind = TermPlan::Kind::kSplat;
      plan.expr =
          CompileExpr(expr.operands[0], left_.slots(), left_.offset_axes());
      for (const Attribute& attribute : expr.attributes) {
        plan.dtype =
            CompileExpr(attribute.value, left_.slots(), left_.offset_axes());
      }
      return plan;
    case ExprKind::kProject:
      plan.kind = TermPlan::Kind::kProject;
      plan.index = expr.int_value;
      plan.operands.push_back(Plan(expr.operands[0], /*is_tuple=*/true));
      return plan;
    case ExprKind::kSpread:
      return PlanSpread(expr);
    default:
      return PlanOp(expr, is_tuple);
  }
}

TermPlan RightSide::PlanOp(const Expr& expr, bool is_tuple) {
  TermPlan plan;
  plan.kind = TermPlan::Kind::kOp;
  plan.is_tuple = is_tuple;
  if (expr.kind == ExprKind::kOp) {
    plan.op = *FindOp(expr.name);
  } else {
    plan.op_slot = left_.slots().Of(expr.name);
  }
  for (size_t i = 0; i < OperandCount(expr); ++i) {
    plan.operands.push_back(
        Plan(expr.operands[i], /*is_tuple=*/plan.op == Op::kProj));
  }
  PlanAttributes(expr, plan);
  return plan;
}

void RightSide::PlanAttributes(const Expr& expr, TermPlan& plan) {
  for (const Attribute& attribute : expr.attributes) {
    TermPlan::AttributePlan out;
    out.name = attribute.name;
    out.value =
        CompileExpr(attribute.value, left_.slots(), left_.offset_axes());
    out.negative =
        IsAxisAttribute(attribute.name) && HasNegative(attribute.value);
    plan.attributes.push_back(std::move(out));
  }
  if (expr.rest) plan.rest = left_.slots().Of(expr.rest->name);
}

TermPlan RightSide::PlanSpread(const Expr& expr) {
  TermPlan plan;
  plan.kind = TermPlan::Kind::kSpread;
  FindLists(expr.operands[0], plan.lists);
  plan.operands.push_back(Plan(expr.operands[0], /*is_tuple=*/false));
  return plan;
}

void RightSide::FindLists(const Expr& expr, std::vector<Slot>& lists) const {
  if (expr.kind == ExprKind::kVariable) {
    const Slot slot = left_.slots().Of(expr.name);
    if (left_.list_vars().contains(slot)) lists.push_back(slot);
  }
  for (const Expr& operand : expr.operands) FindLists(operand, lists);
}

// ---- Building e-node by e-node ----------------------------------------------

class RightSide::Builder {
 public:
  Builder(const RightSide& right, const Frame& frame)
      : right_(right), frame_(frame), graph_(*right.graph_) {}

  std::optional<EClassId> Term(const TermPlan& plan) {
    switch (plan.kind) {
      case TermPlan::Kind::kMatched:
        return AsClass(frame_.values[plan.slot]);
      case TermPlan::Kind::kValue:
        return AsClass(Evaluate(plan.expr, frame_));
      case TermPlan::Kind::kLet:
        return Let(plan.index);
      case TermPlan::Kind::kOp:
        return Apply(plan);
      case TermPlan::Kind::kSplat:
        return Splat(plan, DType::kUndefined);
      case TermPlan::Kind::kProject:
        return Project(plan);
      case TermPlan::Kind::kSpread:
        break;
    }
    return std::nullopt;
  }

 private:
  static std::optional<EClassId> AsClass(const RuleValue& value) {
    const EClassId* id = std::get_if<EClassId>(&value);
    return id == nullptr ? std::nullopt : std::optional<EClassId>(*id);
  }

  std::optional<EClassId> Let(int64_t index) {
    auto known = lets_.find(index);
    if (known != lets_.end()) return known->second;
    auto value = Term(right_.lets_[index]);
    if (value) lets_[index] = *value;
    return value;
  }

  Op OpOf(const TermPlan& plan) const {
    if (plan.op) return *plan.op;
    return static_cast<Op>(
        std::get<Dim>(frame_.values[plan.op_slot]).constant());
  }

  std::optional<EClassId> Apply(const TermPlan& plan) {
    const Op op = OpOf(plan);
    std::vector<EClassId> children;
    std::vector<std::pair<size_t, const TermPlan*>> splats;
    DType dtype = DType::kUndefined;
    for (size_t i = 0; i < plan.operands.size(); ++i) {
      const TermPlan& operand = plan.operands[i];
      if (operand.kind == TermPlan::Kind::kSplat) {
        splats.emplace_back(children.size(), &operand);
        children.emplace_back();
        continue;
      }
      if (operand.kind == TermPlan::Kind::kSpread) {
        if (!Spread(operand, children)) return std::nullopt;
        continue;
      }
      auto child = Term(operand);
      if (!child) return std::nullopt;
      children.push_back(*child);
      const Type type = frame_.facts->TypeOf(*child);
      if (dtype == DType::kUndefined && type.is_tensor() &&
          SharesDType(op, i)) {
        dtype = type.dtype;
      }
    }
    for (auto [position, splat] : splats) {
      auto child = Splat(*splat, dtype);
      if (!child) return std::nullopt;
      children[position] = *child;
    }
    return Add(plan, op, children);
  }

  std::optional<EClassId> Add(const TermPlan& plan, Op op,
                              const std::vector<EClassId>& children) {
    int64_t rank = -1;
    if (!children.empty()) {
      const Type type = frame_.facts->TypeOf(children[0]);
      if (type.is_tensor() && type.ranked) rank = type.rank();
    }
    auto record = MakeRecord(plan, op, frame_, rank);
    if (!record || !WellTyped(op, *record, children)) return std::nullopt;
    return graph_.AddOp(op, *record, children);
  }

  // A term that inference refuses is not built: the rule does not apply.
  bool WellTyped(Op op, const AttrRecord& record,
                 const std::vector<EClassId>& children) const {
    std::vector<ValueInfo> operands;
    for (EClassId child : children) {
      operands.push_back(
          graph_.analysis().fact(graph_.egraph().Find(child)).info);
    }
    ValueInfo result;
    std::vector<ValueInfo> members;
    return InferStep(op, record, operands, result, members);
  }

  std::optional<EClassId> Splat(const TermPlan& plan, DType dtype) {
    if (plan.dtype) {
      const RuleValue wanted = Evaluate(*plan.dtype, frame_);
      const DType* known = std::get_if<DType>(&wanted);
      if (known == nullptr) return std::nullopt;
      dtype = *known;
    }
    auto literal = ScalarLiteral(Evaluate(plan.expr, frame_), dtype);
    if (!literal) return std::nullopt;
    return graph_.AddConstant(*literal);
  }

  std::optional<EClassId> Project(const TermPlan& plan) {
    auto tuple = Term(plan.operands[0]);
    if (!tuple) return std::nullopt;
    const Type type = frame_.facts->TypeOf(*tuple);
    if (type.kind != Type::kTuple)
      return plan.index == 0 ? tuple : std::nullopt;
    return graph_.AddOp(Op::kProj, AttrRecord{{"index", plan.index}}, {*tuple});
  }

  bool Spread(const TermPlan& plan, std::vector<EClassId>& children) {
    if (right_.siblings_ && plan.lists.empty()) {
      for (const Frame& member : *frame_.group) {
        auto child = Builder(right_, member).Term(plan.operands[0]);
        if (!child) return false;
        children.push_back(*child);
      }
      return true;
    }
    size_t count = 0;
    for (Slot slot : plan.lists) {
      const auto& list = std::get<std::vector<EClassId>>(frame_.values[slot]);
      if (slot != plan.lists[0] && list.size() != count) return false;
      count = list.size();
    }
    for (size_t i = 0; i < count; ++i) {
      Frame element = frame_;
      for (Slot slot : plan.lists) {
        element.values[slot] =
            std::get<std::vector<EClassId>>(frame_.values[slot])[i];
      }
      auto child = Builder(right_, element).Term(plan.operands[0]);
      if (!child) return false;
      children.push_back(*child);
    }
    return true;
  }

  const RightSide& right_;
  const Frame& frame_;
  TensorGraph& graph_;
  std::map<int64_t, EClassId> lets_;
};

std::optional<EClassId> RightSide::Build(size_t root,
                                         const Frame& frame) const {
  return Builder(*this, frame).Term(roots_[root]);
}

// ---- As data ----------------------------------------------------------------

class RightSide::DataLowering {
 public:
  DataLowering(const RightSide& right, std::shared_ptr<const LeftSide> left,
               std::shared_ptr<const TermFacts> facts)
      : right_(right), left_(std::move(left)), facts_(std::move(facts)) {}

  std::optional<RhsRef> Term(const TermPlan& plan) {
    switch (plan.kind) {
      case TermPlan::Kind::kMatched: {
        auto var = left_->class_vars().find(plan.slot);
        if (var == left_->class_vars().end()) return std::nullopt;
        return RhsRef::Class(var->second);
      }
      case TermPlan::Kind::kLet: {
        auto known = lets_.find(plan.index);
        if (known != lets_.end()) return known->second;
        auto ref = Term(right_.lets_[plan.index]);
        if (ref) lets_.emplace(plan.index, *ref);
        return ref;
      }
      case TermPlan::Kind::kOp:
        return Apply(plan);
      case TermPlan::Kind::kSplat:
        if (plan.dtype) return Splat(plan, nullptr);
        return std::nullopt;
      case TermPlan::Kind::kProject:
        return Project(plan);
      default:
        return std::nullopt;
    }
  }

  std::vector<RhsStep> TakeSteps() { return std::move(steps_); }

 private:
  RhsRef Push(RhsStep step) {
    steps_.push_back(std::move(step));
    return RhsRef::Step(static_cast<uint32_t>(steps_.size() - 1));
  }

  // The matched variable that has the dtype of what `plan` builds.
  const TermPlan* DTypeSource(const TermPlan& plan) const {
    if (plan.kind == TermPlan::Kind::kMatched) {
      return left_->class_vars().contains(plan.slot) ? &plan : nullptr;
    }
    if (plan.kind == TermPlan::Kind::kLet) {
      return DTypeSource(right_.lets_[plan.index]);
    }
    if (plan.kind != TermPlan::Kind::kOp || !plan.op) return nullptr;
    const OpDef& def = GetOp(*plan.op);
    const bool keeps =
        (def.Has(kElementwise) && !def.Has(kCompare) && plan.op != Op::kCast &&
         plan.op != Op::kIsNaN && plan.op != Op::kIsInf) ||
        def.Has(kView) || def.Has(kContraction) || plan.op == Op::kTranspose ||
        plan.op == Op::kSlice || plan.op == Op::kExpand;
    if (!keeps) return nullptr;
    for (size_t i = 0; i < plan.operands.size(); ++i) {
      if (!SharesDType(*plan.op, i)) continue;
      if (const TermPlan* source = DTypeSource(plan.operands[i])) {
        return source;
      }
    }
    return nullptr;
  }

  std::optional<RhsRef> Apply(const TermPlan& plan) {
    RhsStep step;
    if (plan.op) {
      step.op = ToOpId(*plan.op);
    } else {
      step.op_var = left_->op_vars().at(plan.op_slot);
    }
    for (const TermPlan& operand : plan.operands) {
      auto child = Operand(plan, operand);
      if (!child) return std::nullopt;
      step.children.push_back(*child);
    }
    if (!LowerAttributes(plan, step)) return std::nullopt;
    return Push(std::move(step));
  }

  std::optional<RhsRef> Operand(const TermPlan& parent,
                                const TermPlan& operand) {
    if (operand.kind == TermPlan::Kind::kSpread) {
      const TermPlan& element = operand.operands[0];
      if (element.kind != TermPlan::Kind::kMatched) return std::nullopt;
      auto list = left_->list_vars().find(element.slot);
      if (list == left_->list_vars().end()) return std::nullopt;
      return RhsRef::List(list->second);
    }
    if (operand.kind != TermPlan::Kind::kSplat || operand.dtype) {
      return Term(operand);
    }
    for (size_t i = 0; i < parent.operands.size(); ++i) {
      if (parent.op && !SharesDType(*parent.op, i)) continue;
      if (const TermPlan* source = DTypeSource(parent.operands[i])) {
        return Splat(operand, source);
      }
    }
    return std::nullopt;
  }

  // A Constant step whose value is `plan.expr` in the dtype of `source`, or of
  // plan.dtype.
  std::optional<RhsRef> Splat(const TermPlan& plan, const TermPlan* source) {
    RhsStep step;
    step.op = ToOpId(Op::kConstant);
    const Slot slot = source == nullptr ? -1 : source->slot;
    step.compute_attrs = [left = left_, facts = facts_, value = plan.expr,
                          dtype = plan.dtype, slot, graph = right_.graph_](
                             const EGraph&, const Match& match) -> AttrsId {
      auto frame = left->Fill(*facts, match);
      if (!frame) return AttrsId();
      DType wanted = DType::kUndefined;
      if (slot >= 0) {
        wanted = facts->TypeOf(std::get<EClassId>(frame->values[slot])).dtype;
      } else {
        const RuleValue given = Evaluate(*dtype, *frame);
        if (const DType* known = std::get_if<DType>(&given)) wanted = *known;
      }
      auto literal = ScalarLiteral(Evaluate(value, *frame), wanted);
      if (!literal) return AttrsId();
      return AttrsId(graph->attrs().Intern(AttrRecord{{"value", *literal}}));
    };
    return Push(std::move(step));
  }

  std::optional<RhsRef> Project(const TermPlan& plan) {
    auto tuple = Term(plan.operands[0]);
    // One output makes no tuple; only the builder can tell.
    if (!tuple || plan.operands[0].kind == TermPlan::Kind::kOp) {
      return std::nullopt;
    }
    RhsStep step;
    step.op = ToOpId(Op::kProj);
    step.attrs = AttrsId(
        right_.graph_->attrs().Intern(AttrRecord{{"index", plan.index}}));
    step.children.push_back(*tuple);
    return Push(std::move(step));
  }

  bool LowerAttributes(const TermPlan& plan, RhsStep& step) {
    if (plan.attributes.empty() && plan.rest < 0 && !plan.is_tuple) {
      return true;
    }
    if (plan.attributes.empty() && plan.rest >= 0) {
      auto whole = left_->whole_rests().find(plan.rest);
      if (whole != left_->whole_rests().end() && !plan.is_tuple) {
        step.attr_var = whole->second;
        return true;
      }
    }
    const bool negative = std::any_of(
        plan.attributes.begin(), plan.attributes.end(),
        [](const TermPlan::AttributePlan& a) { return a.negative; });
    Slot ranked = -1;
    if (negative) {
      if (plan.operands.empty() ||
          plan.operands[0].kind != TermPlan::Kind::kMatched ||
          !left_->class_vars().contains(plan.operands[0].slot)) {
        return false;
      }
      ranked = plan.operands[0].slot;
    }
    step.compute_attrs = [left = left_, facts = facts_, plan, ranked,
                          graph = right_.graph_](
                             const EGraph&, const Match& match) -> AttrsId {
      auto frame = left->Fill(*facts, match);
      if (!frame) return AttrsId();
      int64_t rank = -1;
      if (ranked >= 0) {
        const Type type =
            facts->TypeOf(std::get<EClassId>(frame->values[ranked]));
        if (type.is_tensor() && type.ranked) rank = type.rank();
      }
      const Op op =
          plan.op ? *plan.op
                  : static_cast<Op>(
                        std::get<Dim>(frame->values[plan.op_slot]).constant());
      auto record = MakeRecord(plan, op, *frame, rank);
      if (!record) return AttrsId();
      return AttrsId(graph->attrs().Intern(*std::move(record)));
    };
    return true;
  }

  const RightSide& right_;
  std::shared_ptr<const LeftSide> left_;
  std::shared_ptr<const TermFacts> facts_;
  std::vector<RhsStep> steps_;
  std::map<int64_t, RhsRef> lets_;
};

std::optional<Rhs> RightSide::AsData(
    std::shared_ptr<const LeftSide> left,
    std::shared_ptr<const TermFacts> facts) const {
  if (siblings_) return std::nullopt;
  DataLowering lowering(*this, std::move(left), std::move(facts));
  Rhs rhs;
  for (size_t i = 0; i < roots_.size(); ++i) {
    auto ref = lowering.Term(roots_[i]);
    if (!ref) return std::nullopt;
    rhs.unions.emplace_back(RhsRef::Root(static_cast<uint32_t>(i)), *ref);
  }
  rhs.steps = lowering.TakeSteps();
  return rhs;
}

// ---- Types of what data builds ----------------------------------------------

namespace {

// What is known of one step before it is built.
struct StepInfo {
  ValueInfo info;
  std::vector<ValueInfo> members;
};

class StepTypes {
 public:
  StepTypes(const TensorGraph& graph, const EGraph& egraph, const Rhs& rhs,
            const Match& match)
      : graph_(graph), egraph_(egraph), rhs_(rhs), match_(match) {}

  bool Check() {
    for (const RhsStep& step : rhs_.steps) {
      if (!CheckStep(step)) return false;
    }
    return true;
  }

 private:
  const ClassFact& Fact(EClassId id) const {
    return graph_.analysis().fact(egraph_.Find(id));
  }

  void AddOperand(const RhsRef& ref, std::vector<ValueInfo>& operands) const {
    switch (ref.kind) {
      case RhsRef::Kind::kClass:
        operands.push_back(Fact(match_[ClassVar(ref.index)]).info);
        return;
      case RhsRef::Kind::kRoot:
        operands.push_back(Fact(match_.root(static_cast<int>(ref.index))).info);
        return;
      case RhsRef::Kind::kStep:
        operands.push_back(steps_[ref.index].info);
        return;
      case RhsRef::Kind::kList:
        for (EClassId id : match_[ListVar(ref.index)]) {
          operands.push_back(Fact(id).info);
        }
    }
  }

  // The outputs of the tuple that a Proj step reads.
  const std::vector<ValueInfo>& Members(const RhsRef& ref) const {
    if (ref.kind == RhsRef::Kind::kStep) return steps_[ref.index].members;
    return Fact(match_[ClassVar(ref.index)]).members;
  }

  bool CheckStep(const RhsStep& step) {
    const Op op = ToOp(step.op_var.valid() ? match_[step.op_var] : step.op);
    AttrsId attrs = step.attrs;
    if (step.attr_var.valid()) attrs = match_[step.attr_var];
    if (step.compute_attrs) attrs = step.compute_attrs(egraph_, match_);
    if (!attrs.valid()) return false;
    const AttrRecord& record = graph_.attrs().Get(attrs.value);
    StepInfo& out = steps_.emplace_back();
    if (op == Op::kProj) {
      const auto& members = Members(step.children[0]);
      const auto index = static_cast<size_t>(record.Int("index"));
      if (index < members.size()) out.info = members[index];
      return true;
    }
    std::vector<ValueInfo> operands;
    for (const RhsRef& child : step.children) AddOperand(child, operands);
    return InferStep(op, record, operands, out.info, out.members);
  }

  const TensorGraph& graph_;
  const EGraph& egraph_;
  const Rhs& rhs_;
  const Match& match_;
  std::deque<StepInfo> steps_;
};

}  // namespace

bool IsWellTyped(const TensorGraph& graph, const EGraph& egraph, const Rhs& rhs,
                 const Match& match) {
  return StepTypes(graph, egraph, rhs, match).Check();
}

}  // namespace esat

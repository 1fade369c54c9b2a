// Facts form the lattice of ir/type.h with constants on top of it. Joining is
// meeting of statements: each e-node of a class makes a true statement about
// the same value, so the class's fact is all of them together.
//
// Constants. Two e-nodes may compute one constant with different rounding; the
// first is kept, for the order of unions is the same on any number of threads.
// Anything farther apart than ConstantTolerance is no rounding but a wrong
// rule, and the union is refused and recorded.

#include "tensor/facts.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "eval/evaluate.h"
#include "tensor/language.h"

namespace esat {
namespace {

// Relative to the largest magnitude of the tensor: far above the rounding of
// any licensed reassociation of a folded term, far below any wrong rule.
// The narrow floats round at 2^-11 and 2^-8 already.
double ConstantTolerance(DType dtype) {
  if (dtype == DType::kBF16) return 6e-2;
  return dtype == DType::kF16 ? 1e-2 : 1e-3;
}

bool CloseConstants(const Literal& a, const Literal& b) {
  if (Identical(a, b)) return true;
  if (a.dtype() != b.dtype() || a.shape() != b.shape() || !IsFloat(a.dtype())) {
    return false;
  }
  double largest = 0;
  double difference = 0;
  for (int64_t i = 0; i < a.element_count(); ++i) {
    const double x = a.ElementAsDouble(i), y = b.ElementAsDouble(i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    if (!std::isfinite(x) || !std::isfinite(y)) return false;
    largest = std::max({largest, std::abs(x), std::abs(y)});
    difference = std::max(difference, std::abs(x - y));
  }
  return difference <= ConstantTolerance(a.dtype()) * largest;
}

// An integer tensor whose elements are all known is a constant.
void CompleteFromElements(ValueInfo* info) {
  if (info->constant || !info->elements || !info->type.is_static()) return;
  if (!IsInteger(info->type.dtype)) return;
  std::vector<int64_t> values;
  for (const Dim& d : *info->elements) {
    if (!d.is_constant()) return;
    values.push_back(d.constant());
  }
  const Literal wide =
      Literal::Of<int64_t>({static_cast<int64_t>(values.size())}, values);
  if (ElementCount(info->type.static_shape()) != wide.element_count()) return;
  Literal literal =
      Literal::Allocate(info->type.dtype, info->type.static_shape());
  DispatchDType(info->type.dtype, [&](auto tag) {
    using T = decltype(tag);
    auto out = literal.mutable_data<T>();
    for (size_t i = 0; i < values.size(); ++i) {
      if constexpr (std::is_integral_v<T>) out[i] = static_cast<T>(values[i]);
    }
  });
  info->constant = std::move(literal);
}

// Joins `b` into `a`; returns whether `a` changed.
bool JoinInfo(const ValueInfo& b, ValueInfo* a) {
  bool changed = false;
  TypeMeet meet = Meet(a->type, b.type);
  if (!meet.conflict && !(meet.type == a->type)) {
    a->type = std::move(meet.type);
    changed = true;
  }
  if (!a->constant && b.constant) {
    a->constant = b.constant;
    changed = true;
  }
  if (!a->elements && b.elements) {
    a->elements = b.elements;
    changed = true;
  } else if (a->elements && b.elements &&
             a->elements->size() == b.elements->size()) {
    for (size_t i = 0; i < a->elements->size(); ++i) {
      Dim& mine = (*a->elements)[i];
      const Dim& other = (*b.elements)[i];
      if (mine == other || mine.is_constant()) continue;
      if (mine.is_unknown() || other.is_constant()) {
        mine = other;
        changed = true;
      }
    }
  }
  if (changed) CompleteFromElements(a);
  return changed;
}

bool JoinFact(const ClassFact& b, ClassFact* a) {
  bool changed = JoinInfo(b.info, &a->info);
  for (size_t i = 0; i < b.members.size(); ++i) {
    if (i == a->members.size()) {
      a->members.push_back(b.members[i]);
      changed = true;
    } else {
      changed |= JoinInfo(b.members[i], &a->members[i]);
    }
  }
  if (!a->constant_node.valid() && b.constant_node.valid()) {
    a->constant_node = b.constant_node;
    changed = true;
  }
  a->approximate |= b.approximate;
  return changed;
}

int64_t CountOrMax(const Type& type) {
  return type.is_static() ? ElementCount(type.static_shape()) : INT64_MAX;
}

AttrRecord WithoutCount(AttrRecord attrs) {
  attrs.Erase("num_outputs");
  return attrs;
}

}  // namespace

std::vector<ValueInfo> OperandInfos(const TensorAnalysis& analysis,
                                    const EGraph& egraph, const ENode& node) {
  std::vector<ValueInfo> operands;
  operands.reserve(node.children.size());
  for (EClassId child : node.children) {
    operands.push_back(analysis.fact(egraph.Find(child)).info);
  }
  return operands;
}

const Literal* TensorAnalysis::constant(EClassId id) const {
  const std::optional<Literal>& value = fact(id).info.constant;
  return value ? &*value : nullptr;
}

bool TensorAnalysis::is_constant(EClassId id) const {
  return fact(id).constant_node.valid();
}

std::optional<Literal> TensorAnalysis::splat(EClassId id) const {
  const Literal* value = constant(id);
  if (value == nullptr || !IsComputable(value->dtype())) return std::nullopt;
  if (!value->AllEqual()) return std::nullopt;
  const size_t width = BitWidth(value->dtype()) / 8;
  return Literal::View(value->dtype(), {}, value->bytes().subspan(0, width),
                       std::make_shared<Literal>(*value));
}

const std::vector<Dim>* TensorAnalysis::elements(EClassId id) const {
  const auto& elements = fact(id).info.elements;
  return elements ? &*elements : nullptr;
}

void TensorAnalysis::Fold(const EGraph& egraph, const ENode& node,
                          const AttrRecord& attrs, ClassFact* fact) const {
  const Op op = ToOp(node.op);
  if (!HasKernel(op) || fact->info.constant || !fact->members.empty()) return;
  if (CountOrMax(fact->info.type) > kFoldedElements) return;
  std::vector<const Literal*> operands;
  int64_t read = 0;
  for (EClassId child : node.children) {
    const EClassId id = egraph.Find(child);
    if (type(id).kind == Type::kNone) {
      operands.push_back(nullptr);
      continue;
    }
    operands.push_back(constant(id));
    if (operands.back() == nullptr) return;
    read += operands.back()->element_count();
  }
  if (read > kFoldedOperandElements) return;
  absl::StatusOr<std::vector<Literal>> value =
      EvalNode(op, attrs, operands, /*result_count=*/1, EvalOptions());
  if (!value.ok() || value->size() != 1) return;
  Literal& literal = (*value)[0];
  if (Meet(fact->info.type, ValueInfo::Of(literal).type).conflict) return;
  JoinInfo(ValueInfo::Of(literal), &fact->info);
}

ClassFact TensorAnalysis::Evaluate(const EGraph& egraph, ENodeId node_id,
                                   const ENode& node) {
  ClassFact fact;
  const Op op = ToOp(node.op);
  const OpDef& def = GetOp(op);
  const AttrRecord& record = attrs_->Get(node.attrs.value);
  if (op == Op::kProj) {
    const ClassFact& tuple = facts_[egraph.Find(node.children[0]).value];
    const auto index = static_cast<size_t>(record.Int("index"));
    if (index < tuple.members.size()) fact.info = tuple.members[index];
  } else {
    const int64_t count = record.IntOr("num_outputs", 1);
    const AttrRecord attrs = count > 1 ? WithoutCount(record) : record;
    std::vector<ValueInfo> results(count);
    // A failed inference leaves the results unknown: the e-node says nothing.
    // Rules cannot make one, because they check the types of what they build.
    if (!Infer(op, attrs, OperandInfos(*this, egraph, node),
               absl::MakeSpan(results))
             .ok()) {
      results.assign(count, ValueInfo());
    }
    if (count == 1) {
      fact.info = std::move(results[0]);
    } else {
      fact.info.type = Type::Tuple({});
      fact.members = std::move(results);
    }
  }
  const bool pure =
      !def.Has(kEffect) && op != Op::kInput && !record.has_symbols();
  bool constant = pure;
  for (EClassId child : node.children) {
    const ClassFact& operand = facts_[egraph.Find(child).value];
    constant &= operand.constant_node.valid() || operand.info.is_none();
  }
  if (constant && op != Op::kNone) {
    fact.constant_node = node_id;
    if (op != Op::kConstant && op != Op::kProj && !def.Has(kControl)) {
      Fold(egraph, node, record, &fact);
    }
  }
  CompleteFromElements(&fact.info);
  return fact;
}

void TensorAnalysis::EndRestoring(std::vector<ClassFact> facts) {
  restoring_ = false;
  facts_ = std::move(facts);
  unresolved_.resize(facts_.size());
}

bool TensorAnalysis::Make(const EGraph& egraph, EClassId id, ENodeId node_id,
                          const ENode& node) {
  if (restoring_) return false;
  const bool fresh = id.value >= facts_.size();
  ClassFact made = Evaluate(egraph, node_id, node);
  if (fresh) {
    facts_.resize(id.value + 1);
    unresolved_.resize(id.value + 1);
    if (declared_ != nullptr) {
      if (made.members.empty() && !declared_->empty()) {
        JoinInfo({.type = (*declared_)[0]}, &made.info);
      }
      for (size_t i = 0; i < made.members.size() && i < declared_->size();
           ++i) {
        JoinInfo({.type = (*declared_)[i]}, &made.members[i]);
      }
    }
  }
  bool resolvable = false;
  if (GetOp(ToOp(node.op)).is_dynamic) {
    const auto& known = unresolved_[id.value];
    if (std::find(known.begin(), known.end(), node_id) == known.end()) {
      unresolved_[id.value].push_back(node_id);
    }
    resolvable = true;
  }
  if (fresh) {
    facts_[id.value] = std::move(made);
    return true;
  }
  return JoinFact(made, &facts_[id.value]) || resolvable;
}

bool TensorAnalysis::CanMerge(const EGraph&, EClassId a, EClassId b,
                              MergeCause cause) {
  const ClassFact &x = facts_[a.value], &y = facts_[b.value];
  const auto conflict = [&](std::string text) {
    conflicts_.push_back({a, b, std::move(text)});
    return false;
  };
  const auto compatible = [&](const ValueInfo& p, const ValueInfo& q) {
    const TypeMeet meet = Meet(p.type, q.type);
    if (meet.conflict) {
      return conflict(
          absl::StrCat(p.type.ToString(), " against ", q.type.ToString()));
    }
    // An equality of two expressions that no proof gave: not a rule's to claim.
    return cause == MergeCause::kCongruence || meet.learned.empty();
  };
  if (x.members.size() != y.members.size() || !compatible(x.info, y.info)) {
    return false;
  }
  for (size_t i = 0; i < x.members.size(); ++i) {
    if (!compatible(x.members[i], y.members[i])) return false;
  }
  if (x.info.constant && y.info.constant &&
      !CloseConstants(*x.info.constant, *y.info.constant)) {
    return conflict(
        absl::StrCat("constants ", AttrValue(*x.info.constant).ToString(),
                     " and ", AttrValue(*y.info.constant).ToString()));
  }
  return true;
}

MergeEffect TensorAnalysis::Merge(EClassId winner, EClassId loser) {
  ClassFact& kept = facts_[winner.value];
  const ClassFact gone = facts_[loser.value];
  if (kept.info.constant && gone.info.constant &&
      !Identical(*kept.info.constant, *gone.info.constant)) {
    kept.approximate = true;
  }
  MergeEffect effect;
  ClassFact other = gone;
  effect.loser_changed = JoinFact(kept, &other);
  effect.winner_changed = JoinFact(gone, &kept);
  auto& pending = unresolved_[winner.value];
  for (ENodeId node : unresolved_[loser.value]) {
    pending.push_back(node);
    effect.winner_changed = true;
  }
  unresolved_[loser.value].clear();
  return effect;
}

void TensorAnalysis::AddStaticForm(EGraph& egraph, EClassId id,
                                   ENodeId node_id) {
  const ENode node = egraph.Node(node_id);
  const AttrRecord& record = attrs_->Get(node.attrs.value);
  const int64_t count = record.IntOr("num_outputs", 1);
  const absl::StatusOr<std::optional<StaticForm>> form =
      ResolveHow(ToOp(node.op), WithoutCount(record),
                 OperandInfos(*this, egraph, node), static_cast<int>(count));
  if (!form.ok() || !*form) return;
  std::vector<EClassId> children;
  for (int i : (*form)->operands) children.push_back(node.children[i]);
  AttrRecord attrs = (*form)->attrs;
  if (count > 1) attrs.Set("num_outputs", count);
  const AttrsId attrs_id(attrs_->Intern(std::move(attrs)));
  egraph.AddTo(egraph.Find(id), {ToOpId((*form)->op), attrs_id, children},
               Justification::Analysis(node_id));
}

void TensorAnalysis::Modify(EGraph& egraph, EClassId id) {
  std::vector<ENodeId> dynamic;
  std::swap(dynamic, unresolved_[id.value]);
  for (ENodeId node : dynamic) AddStaticForm(egraph, id, node);
  const ClassFact& fact = facts_[egraph.Find(id).value];
  if (!fact.info.constant || !fact.constant_node.valid()) return;
  if (fact.info.constant->element_count() > kFoldedElements) return;
  if (ToOp(egraph.OpOf(fact.constant_node)) == Op::kConstant) return;
  const AttrsId attrs(attrs_->Intern({{"value", *fact.info.constant}}));
  const EClassId leader = egraph.Find(id);
  if (egraph.Lookup(ToOpId(Op::kConstant), attrs, {}) == leader) return;
  egraph.AddTo(leader, {ToOpId(Op::kConstant), attrs, {}},
               Justification::Analysis(fact.constant_node));
}

}  // namespace esat

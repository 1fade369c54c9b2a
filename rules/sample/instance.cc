// Random choice with retry, from the leaves up: operands that are ops or are
// bound come first, then the free leaves get shapes that fit them, then the
// attributes are chosen, then inference says whether it all fits. A try costs
// microseconds, so no choice needs to be clever; a rule that asks for a rare
// coincidence (equal axes, a matching channel count) is served by moods that
// the whole try shares: one dtype, one favourite axis, one kernel size, all
// sizes equal.
#include "rules/sample/instance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "eval/evaluate.h"
#include "ir/infer.h"
#include "rules/compile/frame.h"
#include "rules/lang/check.h"
#include "rules/lang/op_sets.h"
#include "rules/rulebook.h"
#include "rules/sample/attributes.h"
#include "rules/sample/shapes.h"

namespace esat {
namespace {

// Facts of the graph under construction; terms are value ids.
class BuildFacts : public TermFacts {
 public:
  explicit BuildFacts(const Graph* graph) : graph_(graph) {}
  Type TypeOf(EClassId term) const override {
    return graph_->value(static_cast<ValueId>(term.value)).type;
  }
  bool IsConstant(EClassId term) const override {
    return ConstantOf(term) != nullptr;
  }
  const Literal* ConstantOf(EClassId term) const override {
    return graph_->constant(static_cast<ValueId>(term.value));
  }
  std::optional<double> SplatOf(EClassId term) const override {
    const Literal* literal = ConstantOf(term);
    if (literal == nullptr || !literal->AllEqual()) return std::nullopt;
    return NumberOf(*literal);
  }

 private:
  const Graph* graph_;
};

EClassId AsTerm(ValueId value) {
  return EClassId(static_cast<uint32_t>(value));
}

bool IsLogical(Op op) {
  return op == Op::kAnd || op == Op::kOr || op == Op::kXor || op == Op::kNot;
}
bool IsBitwise(Op op) {
  return op == Op::kBitwiseAnd || op == Op::kBitwiseOr ||
         op == Op::kBitwiseXor || op == Op::kBitwiseNot;
}

class Maker {
 public:
  Maker(const Rule& rule, const std::vector<Root>& left, Random& random)
      : rule_(rule), left_(left), random_(random), facts_(&instance_.graph) {}

  std::optional<Instance> Make() {
    ChooseMood();
    ReadConditions();
    for (const Root& root : left_) ChooseOps(root.term);
    for (const auto& [name, term] : matches_) ChooseOps(*term);
    const int64_t members = rule_.siblings ? random_.Int(2, 3) : 1;
    for (int64_t i = 0; i < members; ++i) {
      if (i > 0) ForgetMember();
      for (const Root& root : left_) {
        auto value = Term(root.term, std::nullopt, IsTuple(root.name));
        if (!value) return std::nullopt;
        if (!root.name.empty()) terms_[root.name] = *value;
        outputs_.push_back(*value);
      }
    }
    for (ValueId output : outputs_) instance_.graph.AddOutput(output);
    return std::move(instance_);
  }

 private:
  using Hint = std::optional<Sizes>;

  // ---- Choices for the whole try ----

  void ChooseMood() {
    static const auto* const kDTypes = new std::vector<DType>{
        DType::kF32,  DType::kF32, DType::kF32, DType::kF32,
        DType::kF64,  DType::kF16, DType::kI32, DType::kI64,
        DType::kBF16, DType::kI8,  DType::kU8};
    mood_.dtype = random_.Pick(*kDTypes);
    mood_.axis = random_.Int(0, 3);
    mood_.kernel = random_.Int(1, 3);
    mood_.square = random_.Chance(30);
    mood_.size = random_.Int(1, 3);
  }

  void ReadConditions() {
    auto read = [&](const Expr& condition) {
      for (const Expr* conjunct : Conjuncts(condition)) {
        if (conjunct->kind == ExprKind::kMatches) {
          matches_[conjunct->operands[0].name] = &conjunct->operands[1];
        } else if (conjunct->kind == ExprKind::kCall &&
                   (conjunct->name == "constant" ||
                    conjunct->name == "differs")) {
          constants_.insert(conjunct->operands[0].name);
        }
      }
    };
    if (rule_.sibling_condition) read(*rule_.sibling_condition);
    for (const Clause& clause : rule_.clauses) {
      if (clause.kind == ClauseKind::kWhere) read(clause.condition);
      if (clause.kind == ClauseKind::kLet) {
        lets_[clause.let.name] = &clause.let.value;
      }
    }
  }

  // Op variables and what the ops say about dtypes.
  void ChooseOps(const Expr& expr) {
    if (expr.kind == ExprKind::kOpVariable && !ops_.contains(expr.name)) {
      std::vector<Op> ops = OpsOf(*FindTraitSite(rule_, expr.name));
      std::erase_if(ops, [](Op op) { return !HasKernel(op); });
      if (!ops.empty()) ops_[expr.name] = random_.Pick(ops);
    }
    if (auto op = OpOf(expr)) {
      if (IsLogical(*op)) mood_.dtype = DType::kBool;
      if (IsBitwise(*op)) mood_.dtype = DType::kI32;
      if (*op == Op::kBitShift) mood_.dtype = DType::kU32;
    }
    for (const Expr& operand : expr.operands) ChooseOps(operand);
  }

  std::optional<Op> OpOf(const Expr& expr) const {
    if (expr.kind == ExprKind::kOp) return FindOp(expr.name);
    auto it = ops_.find(expr.name);
    if (expr.kind != ExprKind::kOpVariable || it == ops_.end()) {
      return std::nullopt;
    }
    return it->second;
  }

  // What differs between siblings is chosen anew: the variables listed on the
  // right.
  void ForgetMember() {
    std::set<std::string> listed;
    for (const Root& root : rule_.right) FindListed(root.term, false, listed);
    for (const auto& [name, let] : lets_) FindListed(*let, false, listed);
    for (const std::string& name : listed) terms_.erase(name);
  }

  static void FindListed(const Expr& expr, bool in_spread,
                         std::set<std::string>& listed) {
    if (in_spread && expr.kind == ExprKind::kVariable) listed.insert(expr.name);
    for (const Expr& operand : expr.operands) {
      FindListed(operand, in_spread || expr.kind == ExprKind::kSpread, listed);
    }
  }

  // How many outputs of the variable the rule reads, 0 if it is no tuple.
  int64_t OutputsOf(const std::string& name) const {
    int64_t most = 0;
    auto visit = [&](auto&& self, const Expr& expr) -> void {
      if (!expr.operands.empty() &&
          expr.operands[0].kind == ExprKind::kVariable &&
          expr.operands[0].name == name) {
        if (expr.kind == ExprKind::kProject) {
          most = std::max(most, expr.int_value + 1);
        } else if (expr.kind == ExprKind::kOp && expr.name == "Proj") {
          most = std::max<int64_t>(most, 3);
        }
      }
      for (const Expr& operand : expr.operands) self(self, operand);
    };
    for (const Root& root : rule_.left) visit(visit, root.term);
    for (const Root& root : rule_.right) visit(visit, root.term);
    return most;
  }
  int64_t IsTuple(const std::string& name) const {
    return name.empty() ? 0 : OutputsOf(name);
  }

  // ---- Terms ----

  std::optional<Sizes> SizesOf(ValueId value) const {
    if (value == kNoValue) return std::nullopt;
    const Type& type = instance_.graph.value(value).type;
    if (!type.is_tensor() || !type.is_static()) return std::nullopt;
    return type.static_shape();
  }

  bool IsReady(const Expr& expr) const {
    switch (expr.kind) {
      case ExprKind::kVariable:
        return terms_.contains(expr.name) || matches_.contains(expr.name);
      case ExprKind::kWildcard:
      case ExprKind::kSplat:
      case ExprKind::kSpread:
        return false;
      default:
        return true;
    }
  }

  // A term; `outputs` > 0 asks for a tuple with at least that many.
  std::optional<ValueId> Term(const Expr& expr, const Hint& hint,
                              int64_t outputs) {
    switch (expr.kind) {
      case ExprKind::kVariable: {
        auto known = terms_.find(expr.name);
        if (known != terms_.end()) return known->second;
        auto match = matches_.find(expr.name);
        if (match == matches_.end()) return std::nullopt;
        auto value = Term(*match->second, hint, OutputsOf(expr.name));
        if (value) terms_[expr.name] = *value;
        return value;
      }
      case ExprKind::kProject: {
        auto tuple = Term(expr.operands[0], hint, expr.int_value + 1);
        return tuple ? Output(*tuple, expr.int_value) : std::nullopt;
      }
      default:
        if (expr.kind == ExprKind::kOp && expr.name == "Proj") {
          return Proj(expr);
        }
        return Apply(expr, hint, outputs);
    }
  }

  // Output `index` of the node that makes `value`, its first output.
  std::optional<ValueId> Output(ValueId value, int64_t index) const {
    const NodeId node = instance_.graph.value(value).producer;
    if (node == kNoNode) return std::nullopt;
    const auto& outputs = instance_.graph.node(node).outputs;
    if (index >= static_cast<int64_t>(outputs.size())) return std::nullopt;
    return outputs[index];
  }

  std::optional<ValueId> Proj(const Expr& expr) {
    auto tuple = Term(expr.operands[0], std::nullopt, 3);
    if (!tuple) return std::nullopt;
    const NodeId node = instance_.graph.value(*tuple).producer;
    if (node == kNoNode) return std::nullopt;
    const int64_t count =
        static_cast<int64_t>(instance_.graph.node(node).outputs.size());
    const int64_t index = random_.Int(0, count - 1);
    for (const Attribute& attribute : expr.attributes) {
      if (attribute.value.kind == ExprKind::kVariable) {
        values_[attribute.value.name] = Dim(index);
      }
    }
    return Output(*tuple, index);
  }

  std::optional<ValueId> Apply(const Expr& expr, const Hint& hint,
                               int64_t outputs) {
    auto op = OpOf(expr);
    if (!op) return std::nullopt;
    std::vector<ValueId> operands;
    if (!Operands(expr, *op, hint, operands)) return std::nullopt;
    while (!operands.empty() && operands.back() == kNoValue) {
      operands.pop_back();
    }
    std::vector<Type> types;
    for (ValueId operand : operands) {
      types.push_back(operand == kNoValue
                          ? Type::None()
                          : instance_.graph.value(operand).type);
    }
    auto attrs = Attributes(expr, *op, types, outputs);
    if (!attrs) return std::nullopt;
    return Add(*op, *attrs, operands, types, outputs > 0);
  }

  std::optional<ValueId> Add(Op op, const AttrRecord& attrs,
                             const std::vector<ValueId>& operands,
                             const std::vector<Type>& types, bool is_tuple) {
    std::vector<ValueInfo> infos;
    for (size_t i = 0; i < operands.size(); ++i) {
      ValueInfo info;
      if (operands[i] == kNoValue) {
        info = ValueInfo::None();
      } else if (const Literal* literal =
                     instance_.graph.constant(operands[i])) {
        info = ValueInfo::Of(*literal);
      } else {
        info.type = types[i];
      }
      infos.push_back(std::move(info));
    }
    int count = 1;
    if (is_tuple) {
      const AttrValue* split = attrs.Find("split");
      count = split != nullptr ? static_cast<int>(split->as_dims().size())
                               : GetOp(op).max_results();
      if (count < 2) return std::nullopt;
    }
    std::vector<ValueInfo> results(count);
    if (!Infer(op, attrs, infos, absl::MakeSpan(results)).ok()) {
      return std::nullopt;
    }
    for (const ValueInfo& result : results) {
      if (!result.type.is_tensor() || !result.type.is_static() ||
          !IsComputable(result.type.dtype) ||
          result.type.element_count().constant() > 2000) {
        return std::nullopt;
      }
    }
    const NodeId node = instance_.graph.AddNode(op, attrs, operands, count);
    for (int i = 0; i < count; ++i) {
      const ValueId value = instance_.graph.node(node).outputs[i];
      instance_.graph.value(value).type = results[i].type;
      mood_.shapes.push_back(results[i].type.shape);
    }
    return instance_.graph.node(node).outputs[0];
  }

  // ---- Operands ----

  bool Operands(const Expr& expr, Op op, const Hint& hint,
                std::vector<ValueId>& operands) {
    operands.assign(expr.operands.size(), kNoValue);
    std::vector<std::optional<Sizes>> shapes(
        std::max<size_t>(expr.operands.size(), 2));
    const bool one_group = WantsOneGroup(expr);
    std::vector<bool> done(expr.operands.size());
    for (bool leaves : {false, true}) {
      for (size_t i = 0; i < expr.operands.size(); ++i) {
        const Expr& operand = expr.operands[i];
        if (IsNone(operand) || operand.kind == ExprKind::kSpread || done[i] ||
            (!leaves && !IsReady(operand))) {
          continue;
        }
        done[i] = true;
        const OperandSite site{op, i, shapes, hint, one_group};
        // A leaf may have been bound by an operand made since.
        auto value = IsReady(operand) ? Term(operand, HintFor(site), 0)
                                      : Leaf(operand, site, operands);
        if (!value) return false;
        operands[i] = *value;
        shapes[i] = SizesOf(*value);
      }
    }
    return List(expr, op, hint, shapes, operands);
  }

  // The shape that an operand which is itself an op should come out with.
  Hint HintFor(const OperandSite& site) {
    if (GetOp(site.op).Has(kElementwise)) {
      return site.hint;
    }
    if (site.op == Op::kConv || site.op == Op::kConvTranspose ||
        GetOp(site.op).Has(kPool)) {
      return SampleShape(site, mood_, random_);
    }
    if (site.op == Op::kBatchNormalization && site.index == 0) {
      return std::nullopt;
    }
    return std::nullopt;
  }

  static bool WantsOneGroup(const Expr& expr) {
    return std::any_of(expr.attributes.begin(), expr.attributes.end(),
                       [](const Attribute& attribute) {
                         return attribute.name == "group" &&
                                attribute.value.kind == ExprKind::kInt;
                       });
  }

  // The operands of a list variable, which stands last.
  bool List(const Expr& expr, Op op, const Hint& hint,
            std::vector<std::optional<Sizes>>& shapes,
            std::vector<ValueId>& operands) {
    if (expr.operands.empty() ||
        expr.operands.back().kind != ExprKind::kSpread) {
      return true;
    }
    operands.pop_back();
    const std::string& name = expr.operands.back().operands[0].name;
    auto known = lists_.find(name);
    if (known == lists_.end()) {
      std::vector<ValueId> list;
      const int64_t low = operands.empty() ? 1 : 0;
      const int64_t count = random_.Int(low, 3);
      for (int64_t i = 0; i < count; ++i) {
        const OperandSite site{op, operands.size() + list.size(), shapes, hint,
                               false};
        auto sizes = SampleShape(site, mood_, random_);
        if (!sizes) return false;
        list.push_back(NewLeaf("", *sizes, mood_.dtype, false));
        if (!shapes[0]) shapes[0] = sizes;
      }
      known = lists_.emplace(name, std::move(list)).first;
    }
    operands.insert(operands.end(), known->second.begin(), known->second.end());
    return true;
  }

  DType DTypeFor(const OperandSite& site,
                 const std::vector<ValueId>& operands) const {
    if (site.op == Op::kWhere && site.index == 0) return DType::kBool;
    for (size_t i = 0; i < operands.size(); ++i) {
      if (operands[i] == kNoValue || (site.op == Op::kWhere && i == 0)) {
        continue;
      }
      return instance_.graph.value(operands[i]).type.dtype;
    }
    return mood_.dtype;
  }

  std::optional<ValueId> Leaf(const Expr& operand, const OperandSite& site,
                              const std::vector<ValueId>& operands) {
    const DType dtype = DTypeFor(site, operands);
    if (operand.kind == ExprKind::kSplat) return Splat(operand, site, dtype);
    auto sizes = SampleShape(site, mood_, random_);
    if (!sizes) return std::nullopt;
    if (operand.kind == ExprKind::kWildcard) {
      return NewLeaf("", *sizes, dtype, false);
    }
    const bool positive = site.op == Op::kBatchNormalization && site.index == 4;
    const ValueId value = NewLeaf(operand.name, *sizes, dtype, positive);
    terms_[operand.name] = value;
    return value;
  }

  std::optional<ValueId> Splat(const Expr& operand, const OperandSite& site,
                               DType dtype) {
    const Expr* wanted = &operand.operands[0];
    if (wanted->kind == ExprKind::kTolerance) wanted = &wanted->operands[0];
    double number = SampleNumber(random_);
    if (wanted->kind == ExprKind::kInt) {
      number = static_cast<double>(wanted->int_value);
    } else if (wanted->kind == ExprKind::kFloat) {
      number = wanted->float_value;
    } else if (wanted->kind == ExprKind::kVariable) {
      number = BoundNumber(wanted->name, number);
    }
    if (!IsFloat(dtype) &&
        (number != std::trunc(number) ||
         (!IsSigned(dtype) && (number < 0 || dtype == DType::kBool)))) {
      if (dtype != DType::kBool || (number != 0 && number != 1)) {
        return std::nullopt;
      }
    }
    Sizes shape;
    if (random_.Chance(30)) {
      for (const auto& sibling : site.siblings) {
        if (sibling) shape = *sibling;
      }
      if (random_.Chance(50)) shape.assign(shape.size(), 1);
    }
    const Literal element = Literal::ScalarOf(dtype, number);
    if (wanted->kind == ExprKind::kVariable) {
      values_[wanted->name] = element.ElementAsDouble(0);
    }
    return NewConstant(Literal::Splat(element, shape).Dense());
  }

  double BoundNumber(const std::string& name, double otherwise) {
    auto known = values_.find(name);
    if (known != values_.end()) {
      if (const double* d = std::get_if<double>(&known->second)) return *d;
    }
    // A count of elements, for means written as sums.
    if (!mood_.shapes.empty() && random_.Chance(30)) {
      const Shape& shape = random_.Pick(mood_.shapes);
      if (!shape.empty()) {
        return static_cast<double>(random_.Pick(shape).constant());
      }
    }
    return otherwise;
  }

  ValueId NewConstant(const Literal& literal) {
    const ValueId value = instance_.graph.AddConstant(literal);
    instance_.graph.value(value).type = ValueInfo::Of(literal).type;
    return value;
  }

  ValueId NewLeaf(const std::string& name, const Sizes& sizes, DType dtype,
                  bool positive) {
    // Folding would compute with them, and compare what it folds.
    const bool constant = constants_.contains(name) ||
                          (name.empty() && random_.Chance(30)) ||
                          (!rule_.siblings && random_.Chance(5));
    Literal literal =
        RandomLiteral(sizes, dtype, positive,
                      /*special=*/!positive && !constant && random_.Chance(8));
    mood_.shapes.push_back(Shape(sizes.begin(), sizes.end()));
    if (constant) return NewConstant(literal);
    std::string label =
        name.empty() ? "in" + std::to_string(instance_.inputs.size()) : name;
    if (rule_.siblings) label += std::to_string(instance_.inputs.size());
    const ValueId value = instance_.graph.AddInput(
        label, Type::Tensor(dtype, Shape(sizes.begin(), sizes.end())));
    instance_.inputs.push_back(std::move(literal));
    return value;
  }

  // `special`: infinities and NaN too.
  Literal RandomLiteral(const Sizes& sizes, DType dtype, bool positive,
                        bool special) {
    Literal literal = Literal::Allocate(dtype, sizes);
    if (random_.Chance(6) && literal.element_count() > 0) {
      // All equal, as a bias or mask often is.
      return Literal::Splat(
                 Literal::ScalarOf(dtype, RandomNumber(dtype, positive, false)),
                 sizes)
          .Dense();
    }
    std::vector<double> numbers(static_cast<size_t>(literal.element_count()));
    for (double& number : numbers) {
      number = RandomNumber(dtype, positive, special);
    }
    return FromNumbers(dtype, sizes, numbers);
  }

  static Literal FromNumbers(DType dtype, const Sizes& sizes,
                             const std::vector<double>& numbers) {
    Literal literal = Literal::Allocate(dtype, sizes);
    DispatchDType(dtype, [&](auto tag) {
      using T = decltype(tag);
      auto out = literal.mutable_data<T>();
      for (size_t i = 0; i < numbers.size(); ++i) {
        out[i] = Literal::ScalarOf(dtype, numbers[i]).template data<T>()[0];
      }
    });
    return literal;
  }

  double RandomNumber(DType dtype, bool positive, bool special) {
    if (positive) return 0.5 + random_.Real();
    if (dtype == DType::kBool) return random_.Chance(50) ? 1 : 0;
    if (!IsFloat(dtype)) {
      return static_cast<double>(random_.Int(IsSigned(dtype) ? -4 : 0, 5));
    }
    if (special && random_.Chance(20)) {
      const double inf = std::numeric_limits<double>::infinity();
      return random_.Chance(40)   ? std::nan("")
             : random_.Chance(50) ? inf
                                  : -inf;
    }
    if (random_.Chance(8)) return random_.Chance(50) ? 0.0 : -0.0;
    if (random_.Chance(10)) return SampleNumber(random_);
    return 4 * random_.Real() - 2;
  }

  // ---- Attributes ----

  std::optional<AttrRecord> Attributes(const Expr& expr, Op op,
                                       const std::vector<Type>& types,
                                       int64_t outputs) {
    const OpDef& def = GetOp(op);
    AttrRecord record;
    if (expr.rest && rests_.contains(expr.rest->name)) {
      record = rests_[expr.rest->name];
    }
    std::vector<const AttrDef*> order;
    for (const AttrDef& schema : def.attributes) {
      if (!schema.dynamic_only) order.push_back(&schema);
    }
    // Axes before what is chosen for them, beginnings before ends.
    auto rank = [](const AttrDef* schema) {
      if (schema->name == "axes" || schema->name == "axis") return 0;
      return schema->name == "starts" ? 1 : 2;
    };
    std::stable_sort(
        order.begin(), order.end(),
        [&](const AttrDef* a, const AttrDef* b) { return rank(a) < rank(b); });
    for (const AttrDef* schema : order) {
      if (record.Has(schema->name)) continue;
      const Expr* pattern = nullptr;
      for (const Attribute& attribute : expr.attributes) {
        if (attribute.name == schema->name) pattern = &attribute.value;
      }
      if (pattern == nullptr && schema->optional) continue;
      AttributeSite site{op,
                         schema->name,
                         schema->kind,
                         types,
                         record,
                         std::nullopt,
                         std::max<int64_t>(outputs, 1)};
      auto value = pattern == nullptr ? SampleAttribute(site, mood_, random_)
                                      : FromPattern(*pattern, site);
      if (!value) return std::nullopt;
      record.Set(schema->name, *std::move(value));
    }
    if (expr.rest && !expr.rest->name.empty()) {
      AttrRecord rest = record;
      for (const Attribute& attribute : expr.attributes) {
        rest.Erase(attribute.name);
      }
      rests_[expr.rest->name] = rest;
    }
    return record;
  }

  std::optional<AttrValue> FromPattern(const Expr& pattern,
                                       AttributeSite site) {
    if (pattern.kind == ExprKind::kWildcard) {
      return SampleAttribute(site, mood_, random_);
    }
    if (pattern.kind == ExprKind::kList && !pattern.operands.empty()) {
      return FromListPattern(pattern, site);
    }
    if (pattern.kind == ExprKind::kVariable && !lets_.contains(pattern.name) &&
        !values_.contains(pattern.name)) {
      auto value = SampleAttribute(site, mood_, random_);
      if (value) values_[pattern.name] = FromAttribute(*value);
      return value;
    }
    return ToAttribute(FixAxis(Value(pattern), site), site.kind);
  }

  std::optional<AttrValue> FromListPattern(const Expr& pattern,
                                           AttributeSite& site) {
    site.list_size = pattern.operands.size();
    auto sampled = SampleAttribute(site, mood_, random_);
    if (!sampled) return std::nullopt;
    RuleValue value = FromAttribute(*sampled);
    auto* list = std::get_if<std::vector<Dim>>(&value);
    if (list == nullptr || list->size() != pattern.operands.size()) {
      return std::nullopt;
    }
    for (size_t i = 0; i < list->size(); ++i) {
      const Expr& element = pattern.operands[i];
      if (element.kind == ExprKind::kWildcard) continue;
      if (element.kind == ExprKind::kVariable &&
          !lets_.contains(element.name) && !values_.contains(element.name)) {
        values_[element.name] = (*list)[i];
        continue;
      }
      const RuleValue fixed = FixAxis(Value(element), site);
      const Dim* dim = std::get_if<Dim>(&fixed);
      if (dim == nullptr) return std::nullopt;
      (*list)[i] = *dim;
    }
    return ToAttribute(value, site.kind);
  }

  // A negative axis counts from the end.
  static RuleValue FixAxis(RuleValue value, const AttributeSite& site) {
    if (!IsAxisAttribute(site.name) || site.operands.empty()) return value;
    int64_t rank = site.operands[0].rank();
    if (Dim* dim = std::get_if<Dim>(&value);
        dim != nullptr && dim->is_constant() && dim->constant() < 0) {
      *dim = *dim + Dim(rank);
    }
    return value;
  }

  // The value of an expression over what is bound so far.
  RuleValue Value(const Expr& expr) {
    SlotTable slots;
    const CompiledExpr compiled = CompileExpr(expr, slots, nullptr);
    Frame frame;
    frame.facts = &facts_;
    std::vector<std::pair<std::string, Slot>> names;
    CollectSlots(expr, slots, names);
    frame.values.resize(slots.size());
    for (const auto& [name, slot] : names) {
      if (auto let = lets_.find(name); let != lets_.end()) {
        frame.values[slot] = Value(*let->second);
      } else if (auto term = terms_.find(name); term != terms_.end()) {
        frame.values[slot] = AsTerm(term->second);
      } else if (auto value = values_.find(name); value != values_.end()) {
        frame.values[slot] = value->second;
      }
    }
    return Evaluate(compiled, frame);
  }

  static void CollectSlots(const Expr& expr, SlotTable& slots,
                           std::vector<std::pair<std::string, Slot>>& names) {
    if (expr.kind == ExprKind::kVariable) {
      names.emplace_back(expr.name, slots.Of(expr.name));
    }
    for (const Expr& operand : expr.operands) {
      CollectSlots(operand, slots, names);
    }
  }

  const Rule& rule_;
  const std::vector<Root>& left_;
  Random& random_;
  Instance instance_;
  BuildFacts facts_;
  SampleMood mood_;
  std::vector<ValueId> outputs_;
  std::map<std::string, ValueId> terms_;
  std::map<std::string, std::vector<ValueId>> lists_;
  std::map<std::string, RuleValue> values_;
  std::map<std::string, AttrRecord> rests_;
  std::map<std::string, Op> ops_;
  std::map<std::string, const Expr*> matches_;
  std::map<std::string, const Expr*> lets_;
  std::set<std::string> constants_;
};

}  // namespace

std::optional<Instance> TryInstance(const Rule& rule,
                                    const std::vector<Root>& left,
                                    Random& random) {
  return Maker(rule, left, random).Make();
}

}  // namespace esat

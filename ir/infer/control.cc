// Control flow: subgraphs are inferred on copies, with the operands' types on
// their inputs.
//
// A carried value of Loop and Scan may change its shape from one iteration to
// the next. Its type is the least that covers the initial value and the body's
// own answer for it: found by iterating from the initial type and joining,
// which ends because a join only forgets (abstract interpretation on a lattice
// of finite height: Cousot & Cousot 1977).
//
// Symbols that a body gives to its own unknown dims mean nothing outside and
// are unknown there.

#include <algorithm>
#include <set>

#include "ir/infer/join.h"
#include "ir/infer/registry.h"
#include "ir/infer/subgraph.h"
#include "ir/infer/util.h"

namespace esat {

namespace {

void CollectTypeSymbols(const Type& type, std::vector<std::string>* names) {
  for (const Dim& d : type.shape) d.CollectSymbols(names);
  for (const Type& t : type.elements) CollectTypeSymbols(t, names);
}

}  // namespace

void CollectSymbols(const ValueInfo& info, std::vector<std::string>* names) {
  CollectTypeSymbols(info.type, names);
  if (info.elements) {
    for (const Dim& d : *info.elements) d.CollectSymbols(names);
  }
}

namespace {

constexpr int kRoundsBeforeForgettingRanks = 8;

// The symbols that mean something outside of the node's subgraphs.
class OuterSymbols {
 public:
  explicit OuterSymbols(const InferContext& context) {
    std::vector<std::string> names;
    for (const ValueInfo& info : context.operands) CollectSymbols(info, &names);
    known_.insert(names.begin(), names.end());
  }

  Dim Keep(const Dim& d) const {
    std::vector<std::string> names;
    d.CollectSymbols(&names);
    for (const std::string& name : names) {
      if (known_.count(name) == 0) return Dim();
    }
    return d;
  }

  Type Keep(Type type) const {
    for (Dim& d : type.shape) d = Keep(d);
    for (Type& t : type.elements) t = Keep(t);
    return type;
  }

  ValueInfo Keep(ValueInfo info) const {
    info.type = Keep(std::move(info.type));
    if (info.elements) {
      for (Dim& d : *info.elements) d = Keep(d);
    }
    return info;
  }

 private:
  std::set<std::string> known_;
};

// What is known of a subgraph's outputs when its inputs are `inputs`; leaves
// the annotated copy where the context wants it.
absl::StatusOr<std::vector<ValueInfo>> InferBody(
    const InferContext& context, const char* attribute,
    const std::vector<ValueInfo>& inputs) {
  const GraphRef& body = context.attrs.Get(attribute).as_graph();
  if (body == nullptr) return OpError(context, "no graph '", attribute, "'");
  auto copy = std::make_shared<Graph>(*body);
  absl::StatusOr<std::vector<ValueInfo>> infos =
      InferGraphOn(copy.get(), inputs);
  if (!infos.ok()) {
    return OpError(context, attribute, ": ",
                   std::string(infos.status().message()));
  }
  std::vector<ValueInfo> outputs;
  for (ValueId output : copy->outputs()) outputs.push_back((*infos)[output]);
  if (context.annotated != nullptr) {
    context.annotated->Set(attribute, GraphRef(std::move(copy)));
  }
  return outputs;
}

// What holds of one value and of another.
absl::StatusOr<ValueInfo> JoinInfo(const InferContext& context, int output,
                                   const ValueInfo& a, const ValueInfo& b) {
  std::optional<Type> type = Join(a.type, b.type);
  if (!type) {
    return OpError(context, "output ", output, " is ", a.type.ToString(),
                   " or ", b.type.ToString(), ", expected one type");
  }
  ValueInfo joined{.type = std::move(*type)};
  if (a.elements && b.elements && *a.elements == *b.elements) {
    joined.elements = a.elements;
  }
  return joined;
}

absl::Status ExpectOutputs(const InferContext& context, size_t found,
                           size_t expected) {
  if (found >= expected) return absl::OkStatus();
  return OpError(context, "the subgraph has ", found, " outputs, expected ",
                 expected);
}

// A tensor of one element may be declared as [] or as [1].
absl::Status ExpectCondition(const InferContext& context, int i) {
  const ValueInfo& info = context.operand(i);
  if (info.is_none()) return absl::OkStatus();
  ESAT_RETURN_IF_ERROR(ExpectBool(context, i));
  if (!IsFalse(Equal(info.type.element_count(), Dim(1)))) {
    return absl::OkStatus();
  }
  return OpError(context, OperandName(context, i), " is ", info.type.ToString(),
                 ", expected one element");
}

}  // namespace

absl::Status InferIf(const InferContext& context,
                     absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectCondition(context, 0));
  const OuterSymbols outer(context);
  const std::vector<ValueInfo> captured(context.operands.begin() + 1,
                                        context.operands.end());
  auto taken = InferBody(context, "then_branch", captured);
  auto other = InferBody(context, "else_branch", captured);
  // Exporters guard what would not fit by a condition; a branch that cannot
  // run is never taken.
  if (!taken.ok() && !other.ok()) return taken.status();
  const Dim condition = ScalarElement(context, 0);
  if (!taken.ok() || (other.ok() && condition == Dim(0))) taken = other;
  if (!other.ok() || (condition.is_constant() && condition != Dim(0))) {
    other = taken;
  }
  ESAT_RETURN_IF_ERROR(ExpectOutputs(context, taken->size(), results.size()));
  ESAT_RETURN_IF_ERROR(ExpectOutputs(context, other->size(), results.size()));
  for (size_t i = 0; i < results.size(); ++i) {
    ESAT_ASSIGN_OR_RETURN(
        results[i], JoinInfo(context, static_cast<int>(i),
                             outer.Keep((*taken)[i]), outer.Keep((*other)[i])));
  }
  return absl::OkStatus();
}

namespace {

// The number of operands that are the node's own.
absl::StatusOr<int> OwnCount(const InferContext& context) {
  const int64_t captures = context.attrs.IntOr("captures", 0);
  if (captures >= 0 && captures <= context.operand_count()) {
    return context.operand_count() - static_cast<int>(captures);
  }
  return OpError(context, "attribute 'captures' is ", captures,
                 ", expected at most the ", context.operand_count(),
                 " operands");
}

// A body that is repeated with carried values.
struct Repetition {
  std::vector<ValueInfo> before;   // Body inputs before the carried ones.
  std::vector<ValueInfo> carried;  // Initial values in, fixpoint out.
  std::vector<ValueInfo> after;    // Body inputs after them.
  size_t first_carried_output;
  std::vector<ValueInfo> outputs;  // All outputs of the body at the fixpoint.
};

// One round; true when nothing changed.
absl::StatusOr<bool> Round(const InferContext& context,
                           const OuterSymbols& outer, bool forget_ranks,
                           Repetition* r) {
  std::vector<ValueInfo> inputs = r->before;
  inputs.insert(inputs.end(), r->carried.begin(), r->carried.end());
  inputs.insert(inputs.end(), r->after.begin(), r->after.end());
  ESAT_ASSIGN_OR_RETURN(r->outputs, InferBody(context, "body", inputs));
  ESAT_RETURN_IF_ERROR(ExpectOutputs(
      context, r->outputs.size(), r->first_carried_output + r->carried.size()));
  bool stable = true;
  for (size_t i = 0; i < r->carried.size(); ++i) {
    ValueInfo& carried = r->carried[i];
    ESAT_ASSIGN_OR_RETURN(
        ValueInfo joined,
        JoinInfo(context, static_cast<int>(i), carried,
                 outer.Keep(r->outputs[r->first_carried_output + i])));
    if (joined.type == carried.type) continue;
    stable = false;
    carried = ValueInfo{.type = std::move(joined.type)};
    if (forget_ranks && carried.type.is_tensor()) {
      carried.type = Type::Unranked(carried.type.dtype);
    } else if (forget_ranks) {
      carried.type = Type();
    }
  }
  return stable;
}

absl::Status Iterate(const InferContext& context, const OuterSymbols& outer,
                     Repetition* r) {
  // Values change from iteration to iteration: only types are carried.
  for (ValueInfo& info : r->carried) info = ValueInfo{.type = info.type};
  const int rounds = kRoundsBeforeForgettingRanks +
                     3 * static_cast<int>(r->carried.size()) + 3;
  for (int round = 0; round < rounds; ++round) {
    ESAT_ASSIGN_OR_RETURN(
        bool stable,
        Round(context, outer, round >= kRoundsBeforeForgettingRanks, r));
    if (stable) return absl::OkStatus();
  }
  // Out of patience: nothing is known of the carried values.
  for (ValueInfo& info : r->carried) info = ValueInfo();
  return absl::OkStatus();
}

// The type of `element`s stacked along a new axis of `count` elements.
absl::StatusOr<Type> Stacked(const InferContext& context, const Type& element,
                             int64_t axis, const Dim& count) {
  if (!element.is_tensor() || !element.ranked) {
    return Type::Unranked(element.dtype);
  }
  Shape shape = element.shape;
  ESAT_ASSIGN_OR_RETURN(int at,
                        NormalizeAxis(context, "scan_output_axes", axis,
                                      static_cast<int>(shape.size()) + 1));
  shape.insert(shape.begin() + at, count);
  return Type::Tensor(element.dtype, std::move(shape));
}

}  // namespace

absl::Status InferLoop(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(int own, OwnCount(context));
  if (own < 2 && context.operand_count() > own) {
    return OpError(context, own, " own operands, expected M and cond");
  }
  ESAT_RETURN_IF_ERROR(ExpectCondition(context, 1));
  const OuterSymbols outer(context);
  Repetition r;
  const ValueInfo iteration{.type = Type::Tensor(DType::kI64, {})};
  // A body runs only while its condition is true.
  const ValueInfo condition{.type = Type::Tensor(DType::kBool, {}),
                            .elements = std::vector<Dim>{Dim(1)}};
  r.before = {iteration, condition};
  for (int i = 2; i < context.operand_count(); ++i) {
    (i < own ? r.carried : r.after).push_back(context.operand(i));
  }
  r.first_carried_output = 1;
  ESAT_RETURN_IF_ERROR(Iterate(context, outer, &r));
  ESAT_RETURN_IF_ERROR(
      ExpectOutputs(context, r.outputs.size(), results.size() + 1));

  Dim trips;
  const bool starts =
      !HasOperand(context, 1) || ScalarElement(context, 1) == Dim(1);
  const bool continues = r.outputs[0].elements &&
                         *r.outputs[0].elements == std::vector<Dim>{Dim(1)};
  if (starts && continues && HasOperand(context, 0)) {
    trips = outer.Keep(Max(ScalarElement(context, 0), Dim(0)));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    if (i < r.carried.size()) {
      results[i] = r.carried[i];
      continue;
    }
    ESAT_ASSIGN_OR_RETURN(
        results[i].type,
        Stacked(context, outer.Keep(r.outputs[i + 1].type), 0, trips));
  }
  return absl::OkStatus();
}

namespace {

// Entry `i` of an attribute with one integer a scanned value, 0 when absent.
absl::StatusOr<int64_t> ScanEntry(const InferContext& context,
                                  const char* attribute, size_t i) {
  const std::vector<int64_t>& list = context.attrs.Ints(attribute);
  if (list.empty()) return 0;
  if (i < list.size()) return list[i];
  return OpError(context, "attribute '", attribute, "' is ",
                 AttrValue(list).ToString(), ", expected an entry ", i);
}

}  // namespace

absl::Status InferScan(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(int own, OwnCount(context));
  const int64_t scanned = context.attrs.Int("num_scan_inputs");
  if (scanned < 1 || scanned > own) {
    return OpError(context, "attribute 'num_scan_inputs' is ", scanned,
                   ", expected 1 to ", own);
  }
  const int states = own - static_cast<int>(scanned);
  const OuterSymbols outer(context);
  Repetition r;
  Dim trips;
  for (int i = 0; i < context.operand_count(); ++i) {
    if (i < states) {
      r.carried.push_back(context.operand(i));
    } else if (i >= own) {
      r.after.push_back(context.operand(i));
    } else {
      ESAT_ASSIGN_OR_RETURN(int64_t entry,
                            ScanEntry(context, "scan_input_axes", i - states));
      Type slice = Type::Unranked(OperandDType(context, i));
      if (IsRanked(context, i)) {
        Shape shape = OperandShape(context, i);
        ESAT_ASSIGN_OR_RETURN(int axis,
                              NormalizeAxis(context, "scan_input_axes", entry,
                                            static_cast<int>(shape.size())));
        if (IsFalse(Equal(trips, shape[axis]))) {
          return OpError(context, OperandName(context, i), " has ",
                         shape[axis].ToString(), " slices, expected ",
                         trips.ToString());
        }
        trips = MoreKnown(trips, shape[axis]);
        shape.erase(shape.begin() + axis);
        slice = Type::Tensor(slice.dtype, std::move(shape));
      }
      r.after.push_back(ValueInfo{.type = std::move(slice)});
    }
  }
  r.first_carried_output = 0;
  ESAT_RETURN_IF_ERROR(Iterate(context, outer, &r));
  ESAT_RETURN_IF_ERROR(
      ExpectOutputs(context, r.outputs.size(), results.size()));
  for (size_t i = 0; i < results.size(); ++i) {
    if (i < r.carried.size()) {
      results[i] = r.carried[i];
      continue;
    }
    ESAT_ASSIGN_OR_RETURN(int64_t axis, ScanEntry(context, "scan_output_axes",
                                                  i - r.carried.size()));
    ESAT_ASSIGN_OR_RETURN(
        results[i].type,
        Stacked(context, outer.Keep(r.outputs[i].type), axis, trips));
  }
  return absl::OkStatus();
}

absl::Status InferSequenceMap(const InferContext& context,
                              absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(int own, OwnCount(context));
  const OuterSymbols outer(context);
  std::vector<ValueInfo> inputs;
  for (int i = 0; i < context.operand_count(); ++i) {
    const Type& type = context.operand(i).type;
    const bool maps = i < own && type.kind == Type::kSequence;
    if (i == 0 && !maps && type.kind != Type::kUnknown) {
      return OpError(context, OperandName(context, i), " is ", type.ToString(),
                     ", expected a sequence");
    }
    inputs.push_back(maps ? ValueInfo{.type = type.elements[0]}
                          : context.operand(i));
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<ValueInfo> outputs,
                        InferBody(context, "body", inputs));
  ESAT_RETURN_IF_ERROR(ExpectOutputs(context, outputs.size(), results.size()));
  for (size_t i = 0; i < results.size(); ++i) {
    results[i].type = Type::Sequence(outer.Keep(outputs[i].type));
  }
  return absl::OkStatus();
}

}  // namespace esat

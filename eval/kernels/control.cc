// If, Loop, Scan: subgraphs evaluated as often as the data says.

#include "absl/strings/str_cat.h"
#include "eval/evaluate.h"
#include "eval/kernel.h"
#include "eval/kernels/move.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

absl::StatusOr<bool> Condition(const EvalContext& context,
                               const Literal& value) {
  if (value.dtype() != DType::kBool || value.element_count() != 1) {
    return context.Error("a condition is ", Describe(value));
  }
  return value.ElementAsInt(0) != 0;
}

// Per-iteration results, joined along an axis.
class Joined {
 public:
  void Add(Literal value) { parts_.push_back(value.Dense()); }

  // `backward`: the last iteration comes first. A result of no iterations has
  // the declared type's sizes, 0 where it does not say.
  absl::StatusOr<Literal> Finish(const EvalContext& context, int64_t axis,
                                 bool backward, const Type& declared) const {
    if (parts_.empty()) return Empty(context, declared);
    const Literal& first = parts_[0];
    Sizes shape = first.shape();
    ESAT_ASSIGN_OR_RETURN(int at, ResolveAxis(context, axis, first.rank() + 1));
    const auto count = static_cast<int64_t>(parts_.size());
    shape.insert(shape.begin() + at, count);
    if (!IsComputable(first.dtype())) {
      return context.Error("a scan output is ", Describe(first));
    }
    ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(first.dtype(), shape));
    Sizes strides = StridesOf(shape);
    const int64_t step = strides[at];
    strides.erase(strides.begin() + at);
    for (int64_t i = 0; i < count; ++i) {
      const Literal& part = parts_[i];
      if (part.shape() != first.shape() || part.dtype() != first.dtype()) {
        return context.Error("a scan output is ", Describe(first), " once and ",
                             Describe(part), " later");
      }
      const int64_t place = backward ? count - 1 - i : i;
      CopyStrided(context, part.shape(), part, {0, StridesOf(part.shape())}, &y,
                  {place * step, strides});
    }
    return y;
  }

 private:
  static absl::StatusOr<Literal> Empty(const EvalContext& context,
                                       const Type& declared) {
    if (!declared.is_tensor() || !IsComputable(declared.dtype)) {
      return context.Error("the type of a scan output is not known");
    }
    Sizes shape = {0};
    if (declared.ranked) {
      for (const Dim& dim : declared.shape) {
        shape.push_back(dim.is_constant() ? dim.constant() : 0);
      }
    }
    return context.Allocate(declared.dtype, shape);
  }

  std::vector<Literal> parts_;
};

Literal OperandOrEmpty(const EvalContext& context, int i) {
  const Literal* operand = context.operand(i);
  return operand == nullptr ? Literal() : *operand;
}

const Type& OutputType(const Graph& body, int i) {
  return body.value(body.outputs()[i]).type;
}

}  // namespace

EvalResult EvalIf(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(bool condition, Condition(context, context.in(0)));
  const GraphRef& branch =
      context.attrs.Get(condition ? "then_branch" : "else_branch").as_graph();
  std::vector<Literal> captured;
  for (int i = 1; i < context.operand_count(); ++i) {
    captured.push_back(OperandOrEmpty(context, i));
  }
  return Evaluate(*branch, captured, context.options);
}

EvalResult EvalLoop(const EvalContext& context) {
  const Graph& body = *context.attrs.Get("body").as_graph();
  const auto inputs = static_cast<int>(body.inputs().size());
  const auto captures = static_cast<int>(context.attrs.IntOr("captures", 0));
  const int carried = inputs - 2 - captures;
  const int scanned = static_cast<int>(body.outputs().size()) - 1 - carried;
  if (captures < 0 || carried < 0 || scanned < 0 ||
      context.operand_count() > inputs) {
    return context.Error("body has ", inputs, " inputs and ",
                         body.outputs().size(), " outputs, the node ",
                         context.operand_count(), " operands");
  }
  int64_t trips = std::numeric_limits<int64_t>::max();
  if (context.operand(0) != nullptr) {
    ESAT_ASSIGN_OR_RETURN(trips, IntScalarOperand(context, 0));
  }
  std::vector<Literal> in;
  for (int i = 0; i < inputs; ++i) in.push_back(OperandOrEmpty(context, i));
  if (in[1].dtype() == DType::kUndefined) in[1] = Literal::Scalar<bool>(true);
  ESAT_ASSIGN_OR_RETURN(bool go_on, Condition(context, in[1]));
  std::vector<Joined> joined(scanned);
  for (int64_t trip = 0; trip < trips && go_on; ++trip) {
    if (trip >= context.options.max_loop_trips) {
      return absl::ResourceExhaustedError(
          absl::StrCat(context.op.name, ": more than ",
                       context.options.max_loop_trips, " iterations"));
    }
    in[0] = Literal::Scalar<int64_t>(trip);
    ESAT_ASSIGN_OR_RETURN(std::vector<Literal> out,
                          Evaluate(body, in, context.options));
    ESAT_ASSIGN_OR_RETURN(go_on, Condition(context, out[0]));
    for (int i = 0; i <= carried; ++i) in[1 + i] = out[i];
    for (int i = 0; i < scanned; ++i) {
      joined[i].Add(std::move(out[1 + carried + i]));
    }
  }
  std::vector<Literal> results(in.begin() + 2, in.begin() + 2 + carried);
  for (int i = 0; i < scanned; ++i) {
    ESAT_ASSIGN_OR_RETURN(
        Literal y,
        joined[i].Finish(context, 0, false, OutputType(body, 1 + carried + i)));
    results.push_back(std::move(y));
  }
  return results;
}

namespace {

// Element `i` of an operand along `axis`.
absl::StatusOr<Literal> SliceAt(const EvalContext& context, const Literal& x,
                                int axis, int64_t i) {
  Sizes shape = x.shape();
  Sizes strides = StridesOf(shape);
  const int64_t offset = i * strides[axis];
  shape.erase(shape.begin() + axis);
  strides.erase(strides.begin() + axis);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  CopyStrided(context, shape, x, {offset, strides}, &y, {0, StridesOf(shape)});
  return y;
}

// An entry of a per-input list attribute, which may be left empty.
int64_t Entry(const EvalContext& context, const char* name, int i) {
  const std::vector<int64_t>& list = context.attrs.Ints(name);
  return i < static_cast<int>(list.size()) ? list[i] : 0;
}

}  // namespace

EvalResult EvalScan(const EvalContext& context) {
  const Graph& body = *context.attrs.Get("body").as_graph();
  const auto inputs = static_cast<int>(body.inputs().size());
  const auto captures = static_cast<int>(context.attrs.IntOr("captures", 0));
  const auto scans = static_cast<int>(context.attrs.Int("num_scan_inputs"));
  const int states = inputs - captures - scans;
  const int scanned = static_cast<int>(body.outputs().size()) - states;
  if (captures < 0 || scans < 1 || states < 0 || scanned < 0 ||
      context.operand_count() != inputs) {
    return context.Error("body has ", inputs, " inputs and ",
                         body.outputs().size(), " outputs, the node ",
                         context.operand_count(), " operands");
  }
  std::vector<Literal> in;
  for (int i = 0; i < inputs; ++i) in.push_back(OperandOrEmpty(context, i));
  std::vector<Literal> sequences;
  std::vector<int> axes;
  int64_t length = -1;
  for (int i = 0; i < scans; ++i) {
    const Literal x = in[states + i].Dense();
    if (!IsComputable(x.dtype())) {
      return context.Error("a scan input is ", Describe(x));
    }
    ESAT_ASSIGN_OR_RETURN(
        int axis,
        ResolveAxis(context, Entry(context, "scan_input_axes", i), x.rank()));
    if (length >= 0 && x.shape()[axis] != length) {
      return context.Error("scan inputs of lengths ", length, " and ",
                           x.shape()[axis]);
    }
    length = x.shape()[axis];
    axes.push_back(axis);
    sequences.push_back(x);
  }
  std::vector<Joined> joined(scanned);
  for (int64_t step = 0; step < length; ++step) {
    for (int i = 0; i < scans; ++i) {
      const bool backward = Entry(context, "scan_input_directions", i) != 0;
      ESAT_ASSIGN_OR_RETURN(in[states + i],
                            SliceAt(context, sequences[i], axes[i],
                                    backward ? length - 1 - step : step));
    }
    ESAT_ASSIGN_OR_RETURN(std::vector<Literal> out,
                          Evaluate(body, in, context.options));
    for (int i = 0; i < states; ++i) in[i] = out[i];
    for (int i = 0; i < scanned; ++i) {
      joined[i].Add(std::move(out[states + i]));
    }
  }
  std::vector<Literal> results(in.begin(), in.begin() + states);
  for (int i = 0; i < scanned; ++i) {
    ESAT_ASSIGN_OR_RETURN(
        Literal y,
        joined[i].Finish(context, Entry(context, "scan_output_axes", i),
                         Entry(context, "scan_output_directions", i) != 0,
                         OutputType(body, states + i)));
    results.push_back(std::move(y));
  }
  return results;
}

}  // namespace esat

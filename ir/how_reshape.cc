// Reshape's target: -1 takes what is left of the elements, 0 copies a size
// (unless allowzero), an unknown one is like -1 when it is the only one. Sizes
// computed from sizes are taken to be sizes, as a program that runs makes them.

#include "ir/how.h"

namespace esat {
namespace {

// Whether `d` is computed from data, which may be negative.
bool MayBeData(const Dim& d) {
  std::vector<std::string> symbols;
  d.CollectSymbols(&symbols);
  for (const std::string& name : symbols) {
    if (name[0] == '%') return true;
  }
  return false;
}

// What is left of `operand`'s elements when divided by `others`; nullopt if
// that cannot be said.
absl::StatusOr<std::optional<Dim>> Remaining(const InferContext& context,
                                             const Shape& operand,
                                             Shape others) {
  // Sizes on both sides cancel first, so that sums divide too.
  Dim total(1);
  for (const Dim& d : operand) {
    auto it = std::find(others.begin(), others.end(), d);
    if (it != others.end() && d != Dim(0)) {
      others.erase(it);
    } else {
      total = total * d;
    }
  }
  const Dim rest = Product(others);
  if (total.is_unknown() || rest.is_unknown()) return std::optional<Dim>();
  if (rest == Dim(0)) {
    return OpError(context, "cannot divide ", total.ToString(),
                   " elements among the other axes, which have none");
  }
  if (std::optional<Dim> exact = ExactDiv(total, rest)) return exact;
  if (IsFalse(Equal(Mod(total, rest), Dim(0)))) {
    return OpError(context, "operand of shape ", ToString(operand),
                   ", expected a multiple of ", rest.ToString(), " elements");
  }
  return std::optional<Dim>(FloorDiv(total, rest));
}

}  // namespace

MaybeForm ResolveReshape(const InferContext& context) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 1));
  std::optional<Shape> target = ElementsOf(context.operand(1));
  if (!target) return std::optional<StaticForm>();
  const bool zero_copies = context.attrs.Int("allowzero") == 0;
  const std::string asked = ToString(*target);
  int open = -1;
  Shape others;
  for (int i = 0; i < static_cast<int>(target->size()); ++i) {
    Dim& d = (*target)[i];
    if (d == Dim(0) && zero_copies) {
      if (IsRanked(context, 0) && i >= context.operand(0).type.rank()) {
        return OpError(context, "shape ", asked, " copies axis ", i,
                       " of an operand of rank ",
                       context.operand(0).type.rank());
      }
      d = OperandDim(context, 0, i);
      if (d.is_unknown()) return std::optional<StaticForm>();
      others.push_back(d);
    } else if (d.is_unknown() || d == Dim(-1) || MayBeData(d)) {
      if (open >= 0) {
        if (d == Dim(-1) && (*target)[open] == Dim(-1)) {
          return OpError(context, "shape ", asked, ", expected at most one -1");
        }
        return std::optional<StaticForm>();
      }
      open = i;
    } else if (IsFalse(LessEqual(Dim(0), d))) {
      return OpError(context, "shape ", asked, ", expected sizes, 0 or -1");
    } else {
      others.push_back(d);
    }
  }
  if (open >= 0) {
    if (!IsRanked(context, 0)) return std::optional<StaticForm>();
    ESAT_ASSIGN_OR_RETURN(
        std::optional<Dim> rest,
        Remaining(context, OperandShape(context, 0), std::move(others)));
    if (!rest) return std::optional<StaticForm>();
    (*target)[open] = *rest;
  }
  StaticForm form = StaticTwin(context);
  form.attrs.Set("shape", std::move(*target));
  return std::optional<StaticForm>(std::move(form));
}

}  // namespace esat

// Einsum by strides, and Det.
//
// Every label has a size and, in each operand, a stride (the sum of its axes'
// strides, so that a repeated label walks the diagonal). The result is a loop
// over the output's labels around a loop over the others.

#include <algorithm>
#include <cmath>
#include <map>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// A label is a letter, or an axis under the ellipsis, counted from its last one
// so that operands align as when broadcasting.
using Label = int;
constexpr Label kEllipsis = 1000;

struct Equation {
  std::vector<std::vector<Label>> operands;
  std::vector<Label> output;
};

// Labels of one term; an ellipsis stands for `hidden` axes.
absl::StatusOr<std::vector<Label>> ParseTerm(const EvalContext& context,
                                             const std::string& term,
                                             int hidden) {
  std::vector<Label> labels;
  for (size_t i = 0; i < term.size(); ++i) {
    if (std::isalpha(static_cast<unsigned char>(term[i]))) {
      labels.push_back(term[i]);
    } else if (term.compare(i, 3, "...") == 0) {
      for (int k = hidden; k-- > 0;) labels.push_back(kEllipsis + k);
      i += 2;
    } else {
      return context.Error("equation '", context.attrs.String("equation"),
                           "' has '", std::string(1, term[i]), "'");
    }
  }
  return labels;
}

int LetterCount(const std::string& term) {
  int count = 0;
  for (char c : term) {
    if (std::isalpha(static_cast<unsigned char>(c))) ++count;
  }
  return count;
}

absl::StatusOr<Equation> Parse(const EvalContext& context) {
  std::string text = context.attrs.String("equation");
  std::erase(text, ' ');
  const size_t arrow = text.find("->");
  std::vector<std::string> terms = {""};
  for (char c : text.substr(0, arrow)) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  if (static_cast<int>(terms.size()) != context.operand_count()) {
    return context.Error("equation '", text, "' for ", context.operand_count(),
                         " operands");
  }
  Equation equation;
  int most_hidden = 0;
  std::map<Label, int> uses;
  for (size_t k = 0; k < terms.size(); ++k) {
    const int rank = context.in(static_cast<int>(k)).rank();
    const bool dots = terms[k].find("...") != std::string::npos;
    const int hidden = dots ? rank - LetterCount(terms[k]) : 0;
    if (hidden < 0) return context.Error("equation '", text, "'");
    most_hidden = std::max(most_hidden, hidden);
    ESAT_ASSIGN_OR_RETURN(std::vector<Label> labels,
                          ParseTerm(context, terms[k], hidden));
    if (static_cast<int>(labels.size()) != rank) {
      return context.Error("term '", terms[k], "' for ",
                           Describe(context.in(static_cast<int>(k))));
    }
    for (Label label : labels) ++uses[label];
    equation.operands.push_back(std::move(labels));
  }
  if (arrow != std::string::npos) {
    ESAT_ASSIGN_OR_RETURN(
        equation.output,
        ParseTerm(context, text.substr(arrow + 2), most_hidden));
    return equation;
  }
  // Implicit: the ellipsis, then letters seen once, in order.
  for (int k = most_hidden; k-- > 0;) equation.output.push_back(kEllipsis + k);
  for (const auto& [label, count] : uses) {
    if (label < kEllipsis && count == 1) equation.output.push_back(label);
  }
  return equation;
}

// One nest of loops: sizes, and by operand the strides.
struct Nest {
  Sizes sizes;
  std::vector<Sizes> strides;  // By loop, by operand.
};

}  // namespace

EvalResult EvalEinsum(const EvalContext& context) {
  if (context.operands.empty()) return context.Error("no operands");
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(Equation equation, Parse(context));
  const size_t operands = equation.operands.size();
  std::map<Label, int64_t> sizes;
  std::map<Label, Sizes> strides;
  for (size_t k = 0; k < operands; ++k) {
    const Sizes& shape = context.in(static_cast<int>(k)).shape();
    const Sizes steps = StridesOf(shape);
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const Label label = equation.operands[k][axis];
      auto [it, is_new] = sizes.emplace(label, shape[axis]);
      if (!is_new && it->second != shape[axis]) {
        if (it->second != 1 && shape[axis] != 1) {
          return context.Error("a label has sizes ", it->second, " and ",
                               shape[axis]);
        }
        if (it->second == 1) it->second = shape[axis];
      }
      Sizes& s = strides[label];
      s.resize(operands, 0);
      if (shape[axis] != 1) s[k] += steps[axis];
    }
  }
  Nest outer, inner;
  for (Label label : equation.output) {
    if (!sizes.contains(label)) {
      return context.Error("an output label that no operand has");
    }
    outer.sizes.push_back(sizes[label]);
    outer.strides.push_back(strides[label]);
  }
  for (const auto& [label, size] : sizes) {
    if (std::find(equation.output.begin(), equation.output.end(), label) !=
        equation.output.end()) {
      continue;
    }
    inner.sizes.push_back(size);
    inner.strides.push_back(strides[label]);
  }
  const DType dtype = context.in(0).dtype();
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(dtype, outer.sizes));
  const std::optional<int64_t> summed = CheckedCount(inner.sizes);
  if (!summed) return context.Error("too many products");
  DispatchNumber(dtype, [&](auto tag) {
    using T = decltype(tag);
    using W = WideType<T>;
    const int64_t grain =
        std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, *summed));
    context.ParallelFor(
        y.element_count(), grain, [&](int64_t, int64_t begin, int64_t end) {
          Odometer at(outer.sizes, begin);
          std::vector<const T*> base(operands);
          for (int64_t i = begin; i < end; ++i, at.Next()) {
            for (size_t k = 0; k < operands; ++k) {
              base[k] = Raw<T>(context.in(static_cast<int>(k)));
              for (size_t loop = 0; loop < outer.sizes.size(); ++loop) {
                base[k] += at.index()[loop] * outer.strides[loop][k];
              }
            }
            W sum = 0;
            Odometer step(inner.sizes);
            for (int64_t n = 0; n < *summed; ++n, step.Next()) {
              W product = 1;
              for (size_t k = 0; k < operands; ++k) {
                int64_t offset = 0;
                for (size_t loop = 0; loop < inner.sizes.size(); ++loop) {
                  offset += step.index()[loop] * inner.strides[loop][k];
                }
                product *= static_cast<W>(base[k][offset]);
              }
              sum += product;
            }
            MutableRaw<T>(y)[i] = FromWide<T>(sum);
          }
        });
  });
  return One(std::move(y));
}

EvalResult EvalDet(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (x.rank() < 2 || x.shape()[x.rank() - 1] != x.shape()[x.rank() - 2]) {
    return context.Error("operand is ", Describe(x));
  }
  const int64_t n = x.shape().back();
  const Sizes shape(x.shape().begin(), x.shape().end() - 2);
  std::vector<double> values = ToDoubles(x);
  std::vector<double> result(CountBetween(shape, 0, shape.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    double* a = values.data() + static_cast<int64_t>(i) * n * n;
    double det = 1;
    // Gaussian elimination with the largest pivot of each column.
    for (int64_t c = 0; c < n && det != 0; ++c) {
      int64_t pivot = c;
      for (int64_t r = c + 1; r < n; ++r) {
        if (std::abs(a[r * n + c]) > std::abs(a[pivot * n + c])) pivot = r;
      }
      if (pivot != c) {
        std::swap_ranges(a + c * n, a + c * n + n, a + pivot * n);
        det = -det;
      }
      det *= a[c * n + c];
      if (a[c * n + c] == 0) break;
      for (int64_t r = c + 1; r < n; ++r) {
        const double factor = a[r * n + c] / a[c * n + c];
        for (int64_t k = c; k < n; ++k) a[r * n + k] -= factor * a[c * n + k];
      }
    }
    result[i] = det;
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, x.dtype(), shape, result));
  return One(std::move(y));
}

}  // namespace esat

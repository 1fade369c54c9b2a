// Sums of products: MatMul, convolutions, Einsum; and Det.

#include <algorithm>
#include <cctype>
#include <map>

#include "ir/infer/matmul.h"
#include "ir/infer/registry.h"
#include "ir/infer/window.h"

namespace esat {

absl::StatusOr<std::optional<Shape>> MatMulShape(const InferContext& context,
                                                 int a, int b) {
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, a, 1));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, b, 1));
  if (!IsRanked(context, a) || !IsRanked(context, b)) {
    return std::optional<Shape>();
  }
  Shape x = OperandShape(context, a), y = OperandShape(context, b);
  const bool is_row = x.size() == 1, is_column = y.size() == 1;
  if (is_row) x.insert(x.begin(), Dim(1));
  if (is_column) y.push_back(Dim(1));
  const Dim inner = x.back(), other = y[y.size() - 2];
  if (IsFalse(Equal(inner, other))) {
    return OpError(context, "shapes ", ToString(OperandShape(context, a)),
                   " and ", ToString(OperandShape(context, b)),
                   ", expected the same inner size, found ", inner.ToString(),
                   " and ", other.ToString());
  }
  std::optional<Shape> shape = BroadcastShapes(Shape(x.begin(), x.end() - 2),
                                               Shape(y.begin(), y.end() - 2));
  if (!shape) {
    return OpError(context, "shapes ", ToString(OperandShape(context, a)),
                   " and ", ToString(OperandShape(context, b)),
                   ", expected leading axes that broadcast");
  }
  if (!is_row) shape->push_back(x[x.size() - 2]);
  if (!is_column) shape->push_back(y.back());
  return shape;
}

namespace {

bool IsNumber(DType d) { return IsFloat(d) || IsInteger(d); }

}  // namespace

absl::Status InferMatMul(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsNumber, "a number"));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape, MatMulShape(context, 0, 1));
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

absl::Status InferConv(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape, ConvShape(context, 0, 1));
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

namespace {

// output_shape's spatial sizes; it may hold batch and channels too.
absl::StatusOr<std::vector<int64_t>> GivenOutput(const InferContext& context,
                                                 int spatial) {
  const AttrValue* attr = context.attrs.Find("output_shape");
  if (attr == nullptr || attr->as_ints().empty()) {
    return std::vector<int64_t>();
  }
  const std::vector<int64_t>& given = attr->as_ints();
  const auto count = static_cast<int>(given.size());
  if (count != spatial && count != spatial + 2) {
    return OpError(context, "attribute 'output_shape' is ", attr->ToString(),
                   ", expected ", spatial, " sizes");
  }
  return std::vector<int64_t>(given.end() - spatial, given.end());
}

}  // namespace

absl::Status InferConvTranspose(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 1, 2));
  const int64_t group = context.attrs.Int("group");
  if (group < 1 || group > INT32_MAX) {
    return OpError(context, "attribute 'group' is ", group,
                   ", expected at least 1");
  }
  if (!IsRanked(context, 0) && !IsRanked(context, 1)) {
    SetResult(results, 0, dtype, std::nullopt);
    return absl::OkStatus();
  }
  const int rank = context.operand(IsRanked(context, 0) ? 0 : 1).type.rank();
  const int spatial = rank - 2;
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, rank));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 0, 1, OperandDim(context, 1, 0)));
  std::vector<Dim> kernel;
  for (int a = 2; a < rank; ++a) kernel.push_back(OperandDim(context, 1, a));
  ESAT_ASSIGN_OR_RETURN(Window window, ReadWindow(context, std::move(kernel)));
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> padding,
                        IntsOfLength(context, "output_padding", spatial, 0));
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> given,
                        GivenOutput(context, spatial));
  Shape shape = {OperandDim(context, 0, 0),
                 OperandDim(context, 1, 1) * Dim(group)};
  for (int a = 0; a < spatial; ++a) {
    if (!given.empty()) {
      shape.push_back(Dim(given[a]));
      continue;
    }
    ESAT_ASSIGN_OR_RETURN(
        Dim count, TransposedCount(context, window, a,
                                   OperandDim(context, 0, a + 2), padding[a]));
    shape.push_back(count);
  }
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

absl::Status InferDeformConv(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape, ConvShape(context, 0, 1));
  if (shape && IsRanked(context, 2)) {
    ESAT_RETURN_IF_ERROR(
        ExpectRank(context, 2, static_cast<int>(shape->size())));
  }
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

absl::Status InferDet(const InferContext& context,
                      absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) {
    const int rank = static_cast<int>(shape->size());
    ESAT_RETURN_IF_ERROR(ExpectDim(context, 0, rank - 1, (*shape)[rank - 2]));
    shape->resize(shape->size() - 2);
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

// ---- Einsum ----

namespace {

// One side of an equation: the labels of a term, "..." as one '.'.
std::string Labels(const std::string& term) {
  std::string labels;
  for (size_t i = 0; i < term.size(); ++i) {
    if (term.compare(i, 3, "...") == 0) {
      labels += '.';
      i += 2;
    } else if (term[i] != ' ') {
      labels += term[i];
    }
  }
  return labels;
}

struct Equation {
  std::vector<std::string> terms;
  std::string result;
};

absl::StatusOr<Equation> ParseEquation(const InferContext& context) {
  const std::string& text = context.attrs.String("equation");
  Equation equation;
  const size_t arrow = text.find("->");
  std::string left = text.substr(0, arrow);
  for (size_t at = 0; at <= left.size();) {
    const size_t comma = std::min(left.find(',', at), left.size());
    equation.terms.push_back(Labels(left.substr(at, comma - at)));
    at = comma + 1;
  }
  std::string all;
  for (const std::string& term : equation.terms) all += term;
  if (arrow != std::string::npos) {
    equation.result = Labels(text.substr(arrow + 2));
  } else {
    // Without an arrow: the ellipsis, then labels that occur once, by name.
    std::string sorted = all;
    std::sort(sorted.begin(), sorted.end());
    for (char c : sorted) {
      const auto times = std::count(all.begin(), all.end(), c);
      if (c == '.' ? equation.result.empty() : times == 1) {
        equation.result += c;
      }
    }
  }
  for (char c : all + equation.result) {
    if (c == '.' || std::isalpha(static_cast<unsigned char>(c))) continue;
    return OpError(context, "equation '", text, "' has '", std::string(1, c),
                   "', expected letters, '...', ',' and '->'");
  }
  if (static_cast<int>(equation.terms.size()) != context.operand_count()) {
    return OpError(context, "equation '", text, "' has ", equation.terms.size(),
                   " terms, expected ", context.operand_count(),
                   ", one an operand");
  }
  return equation;
}

// Sizes of the labels and of the ellipsis, gathered from the operands.
struct EinsumSizes {
  std::map<char, Dim> labels;
  Shape ellipsis;
};

absl::Status ReadEinsumOperand(const InferContext& context, int i,
                               const std::string& term, EinsumSizes* sizes) {
  const Shape& shape = OperandShape(context, i);
  const auto dots = std::count(term.begin(), term.end(), '.');
  const auto named = static_cast<int64_t>(term.size()) - dots;
  const auto rest = static_cast<int64_t>(shape.size()) - named;
  if (dots > 1 || rest < 0 || (dots == 0 && rest != 0)) {
    return OpError(context, OperandName(context, i), " has rank ", shape.size(),
                   ", expected ", named, " for the term '", term, "'");
  }
  size_t axis = 0;
  for (char c : term) {
    if (c == '.') {
      const Shape part(shape.begin() + axis, shape.begin() + axis + rest);
      std::optional<Shape> both = BroadcastShapes(sizes->ellipsis, part);
      if (!both) {
        return OpError(context, OperandName(context, i), " has shape ",
                       ToString(shape), ", expected '...' to broadcast with ",
                       ToString(sizes->ellipsis));
      }
      sizes->ellipsis = *both;
      axis += rest;
      continue;
    }
    auto [it, fresh] = sizes->labels.try_emplace(c, shape[axis]);
    std::optional<Dim> both = BroadcastDim(it->second, shape[axis]);
    if (!both) {
      return OpError(context, "label '", std::string(1, c), "' is ",
                     shape[axis].ToString(), " in ", OperandName(context, i),
                     ", expected ", it->second.ToString());
    }
    // Equal sizes that are spelled differently: either says it.
    it->second =
        both->is_unknown() ? MoreKnown(it->second, shape[axis]) : *both;
    ++axis;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InferEinsum(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  ESAT_ASSIGN_OR_RETURN(Equation equation, ParseEquation(context));
  EinsumSizes sizes;
  bool all_ranked = true;
  for (int i = 0; i < context.operand_count(); ++i) {
    if (!IsRanked(context, i)) {
      all_ranked = false;
      continue;
    }
    ESAT_RETURN_IF_ERROR(
        ReadEinsumOperand(context, i, equation.terms[i], &sizes));
  }
  std::optional<Shape> shape = Shape();
  for (char c : equation.result) {
    if (c == '.') {
      if (!all_ranked) {
        shape = std::nullopt;
        break;
      }
      shape->insert(shape->end(), sizes.ellipsis.begin(), sizes.ellipsis.end());
      continue;
    }
    auto it = sizes.labels.find(c);
    if (it == sizes.labels.end() && all_ranked) {
      return OpError(context, "the result's label '", std::string(1, c),
                     "' is in no term");
    }
    shape->push_back(it == sizes.labels.end() ? Dim() : it->second);
  }
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

}  // namespace esat

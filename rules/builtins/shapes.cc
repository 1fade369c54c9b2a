// Shapes: broadcasting, views, slices.
#include <algorithm>

#include "rules/builtins/families.h"

namespace esat {
namespace {

RuleValue Broadcast(const TermFacts&, BuiltinArgs args) {
  auto shape = BroadcastShapes(ListArg(args, 0), ListArg(args, 1));
  if (!shape) return {};
  return *shape;
}

RuleValue BroadcastsTo(const TermFacts&, BuiltinArgs args) {
  const auto& from = ListArg(args, 0);
  const auto& to = ListArg(args, 1);
  if (from.size() > to.size()) return Known::kFalse;
  Known all = Known::kTrue;
  const size_t skip = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) {
    all = And(all, Or(Equal(from[i], 1), Equal(from[i], to[i + skip])));
  }
  return all;
}

// Axes of size one, ascending, renumbered to nothing: the shape without them.
RuleValue Squeezed(const TermFacts&, BuiltinArgs args) {
  const auto& shape = ListArg(args, 0);
  auto axes = KnownInts(ListArg(args, 1));
  if (!axes) return {};
  std::vector<Dim> out;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool gone = std::find(axes->begin(), axes->end(),
                                static_cast<int64_t>(i)) != axes->end();
    if (!gone) out.push_back(shape[i]);
  }
  return out;
}

RuleValue Unsqueezed(const TermFacts&, BuiltinArgs args) {
  const auto& shape = ListArg(args, 0);
  auto axes = KnownInts(ListArg(args, 1));
  if (!axes) return {};
  std::vector<Dim> out;
  size_t next = 0;
  for (size_t i = 0; i < shape.size() + axes->size(); ++i) {
    const bool added = std::find(axes->begin(), axes->end(),
                                 static_cast<int64_t>(i)) != axes->end();
    if (!added && next == shape.size()) return {};
    out.push_back(added ? Dim(1) : shape[next++]);
  }
  return out;
}

RuleValue SizesAlong(const TermFacts&, BuiltinArgs args) {
  const auto& shape = ListArg(args, 0);
  std::vector<Dim> out;
  for (const Dim& axis : ListArg(args, 1)) {
    auto index = IndexInto(axis, shape.size());
    if (!index) return {};
    out.push_back(shape[*index]);
  }
  return out;
}

// Does the transposition by p leave the elements in their row-major order,
// because only axes of size one move past others?
RuleValue KeepsOrder(const TermFacts&, BuiltinArgs args) {
  const auto& shape = ListArg(args, 0);
  auto perm = KnownInts(ListArg(args, 1));
  if (!perm || perm->size() != shape.size()) return {};
  int64_t last = -1;
  for (int64_t axis : *perm) {
    if (axis < 0 || axis >= static_cast<int64_t>(shape.size())) return {};
    if (shape[axis] == Dim(1)) continue;
    if (axis < last) return Known::kUnknown;
    last = axis;
  }
  return Known::kTrue;
}

// In rank r, is a term of shape s of size one along every axis but `axis`?
RuleValue VariesOnlyAlong(const TermFacts&, BuiltinArgs args) {
  const auto& shape = ListArg(args, 0);
  const Dim& rank = IntArg(args, 1);
  if (!rank.is_constant()) return {};
  auto axis =
      IndexInto(IntArg(args, 2),
                static_cast<size_t>(std::max<int64_t>(0, rank.constant())));
  if (!axis) return {};
  const int64_t skip = rank.constant() - static_cast<int64_t>(shape.size());
  if (skip < 0) return Known::kFalse;
  Known all = Known::kTrue;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (static_cast<int64_t>(i) + skip == static_cast<int64_t>(*axis)) continue;
    all = And(all, Equal(shape[i], 1));
  }
  return all;
}

// `count` ones, with `value` at `axis`.
RuleValue OnesBut(const TermFacts&, BuiltinArgs args) {
  const Dim& rank = IntArg(args, 0);
  if (!rank.is_constant() || rank.constant() < 0 || rank.constant() > 64) {
    return {};
  }
  std::vector<Dim> out(static_cast<size_t>(rank.constant()), Dim(1));
  auto axis = IndexInto(IntArg(args, 1), out.size());
  if (!axis) return {};
  out[*axis] = IntArg(args, 2);
  return out;
}

RuleValue ReplaceAt(const TermFacts&, BuiltinArgs args) {
  std::vector<Dim> out = ListArg(args, 0);
  auto index = IndexInto(IntArg(args, 1), out.size());
  if (!index) return {};
  out[*index] = IntArg(args, 2);
  return out;
}

// Are these axes exactly the trailing ones of rank r, first to last?
RuleValue AreTrailing(const TermFacts&, BuiltinArgs args) {
  auto axes = KnownInts(ListArg(args, 0));
  const Dim& rank = IntArg(args, 1);
  if (!axes || !rank.is_constant()) return {};
  if (axes->empty()) return Known::kFalse;
  const int64_t first = rank.constant() - static_cast<int64_t>(axes->size());
  for (size_t i = 0; i < axes->size(); ++i) {
    if ((*axes)[i] != first + static_cast<int64_t>(i)) return Known::kFalse;
  }
  return Known::kTrue;
}

// ---- Lists of terms --------------------------------------------------------

const std::vector<EClassId>& TermsArg(BuiltinArgs args, size_t i) {
  return std::get<std::vector<EClassId>>(args[i]);
}

RuleValue Count(const TermFacts&, BuiltinArgs args) {
  return Dim(static_cast<int64_t>(TermsArg(args, 0).size()));
}

RuleValue Pick(const TermFacts&, BuiltinArgs args) {
  const auto& terms = TermsArg(args, 0);
  auto index = IndexInto(IntArg(args, 1), terms.size());
  if (!index) return {};
  return terms[*index];
}

// Which operand of a concatenation along k holds the elements [b, e)?
RuleValue PartIndex(const TermFacts& facts, BuiltinArgs args) {
  const auto& terms = TermsArg(args, 0);
  Dim begin = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    auto shape = RankedShape(facts, terms[i]);
    if (!shape) return {};
    auto axis = IndexInto(IntArg(args, 1), shape->size());
    if (!axis) return {};
    const Dim end = begin + (*shape)[*axis];
    if (IsTrue(LessEqual(begin, IntArg(args, 2))) &&
        IsTrue(LessEqual(IntArg(args, 3), end))) {
      return Dim(static_cast<int64_t>(i));
    }
    begin = end;
  }
  return {};
}

// Where operand i of a concatenation along k begins.
RuleValue PartBegin(const TermFacts& facts, BuiltinArgs args) {
  const auto& terms = TermsArg(args, 0);
  auto index = IndexInto(IntArg(args, 2), terms.size());
  if (!index) return {};
  Dim begin = 0;
  for (size_t i = 0; i < *index; ++i) {
    auto shape = RankedShape(facts, terms[i]);
    if (!shape) return {};
    auto axis = IndexInto(IntArg(args, 1), shape->size());
    if (!axis) return {};
    begin = begin + (*shape)[*axis];
  }
  if (begin.is_unknown()) return {};
  return begin;
}

RuleValue PartSizes(const TermFacts& facts, BuiltinArgs args) {
  std::vector<Dim> sizes;
  for (EClassId term : TermsArg(args, 0)) {
    auto shape = RankedShape(facts, term);
    if (!shape) return {};
    auto axis = IndexInto(IntArg(args, 1), shape->size());
    if (!axis) return {};
    sizes.push_back((*shape)[*axis]);
  }
  return sizes;
}

RuleValue AllConstant(const TermFacts& facts, BuiltinArgs args) {
  for (EClassId term : TermsArg(args, 0)) {
    if (!facts.IsConstant(term)) return Known::kUnknown;
  }
  return Known::kTrue;
}

}  // namespace

void AppendShapeBuiltins(std::vector<Builtin>& table) {
  using T = RuleType;
  table.insert(
      table.end(),
      {
          {"broadcast",
           {T::kInts, T::kInts},
           T::kInts,
           "The shape that both broadcast to; unknown if there is none.",
           Broadcast},
          {"broadcasts_to",
           {T::kInts, T::kInts},
           T::kBool,
           "A term of shape s broadcasts to t without widening it.",
           BroadcastsTo},
          {"squeezed",
           {T::kInts, T::kInts},
           T::kInts,
           "The shape without the given axes.",
           Squeezed},
          {"unsqueezed",
           {T::kInts, T::kInts},
           T::kInts,
           "The shape with axes of size one put in, so that they are `axes` "
           "of the result.",
           Unsqueezed},
          {"sizes_along",
           {T::kInts, T::kInts},
           T::kInts,
           "The sizes of a shape along the given axes.",
           SizesAlong},
          {"keeps_order",
           {T::kInts, T::kInts},
           T::kBool,
           "Transposing shape s by p moves only axes of size one: "
           "keeps_order(s, p).",
           KeepsOrder},
          {"varies_only_along",
           {T::kInts, T::kInt, T::kInt},
           T::kBool,
           "Among operands of rank r, one of shape s has size one on every "
           "axis but one: varies_only_along(s, r, axis).",
           VariesOnlyAlong},
          {"ones_but",
           {T::kInt, T::kInt, T::kInt},
           T::kInts,
           "r ones, but v at `axis`: ones_but(r, axis, v).",
           OnesBut},
          {"replace_at",
           {T::kInts, T::kInt, T::kInt},
           T::kInts,
           "The list with v at place i: replace_at(l, i, v).",
           ReplaceAt},
          {"are_trailing",
           {T::kInts, T::kInt},
           T::kBool,
           "The axes are the last ones of rank r, in order.",
           AreTrailing},
          {"count",
           {T::kTerms},
           T::kInt,
           "How many terms the list has.",
           Count},
          {"pick", {T::kTerms, T::kInt}, T::kTerm, "Term i of a list.", Pick},
          {"part_index",
           {T::kTerms, T::kInt, T::kInt, T::kInt},
           T::kInt,
           "Which term of a concatenation along k holds all of [b, e): "
           "part_index(xs, k, b, e); unknown if none does for sure.",
           PartIndex},
          {"part_begin",
           {T::kTerms, T::kInt, T::kInt},
           T::kInt,
           "Where term i of a concatenation along k begins: "
           "part_begin(xs, k, i).",
           PartBegin},
          {"part_sizes",
           {T::kTerms, T::kInt},
           T::kInts,
           "The sizes along k of the terms.",
           PartSizes},
          {"all_constant",
           {T::kTerms},
           T::kBool,
           "The value of every term is known before run time (yes or "
           "unknown).",
           AllConstant},
      });
}

}  // namespace esat

// Lists of integers and permutations.
#include <algorithm>

#include "rules/builtins/families.h"

namespace esat {

std::optional<size_t> IndexInto(const Dim& index, size_t size) {
  if (!index.is_constant()) return std::nullopt;
  int64_t i = index.constant();
  if (i < 0) i += static_cast<int64_t>(size);
  if (i < 0 || i >= static_cast<int64_t>(size)) return std::nullopt;
  return static_cast<size_t>(i);
}

std::optional<std::vector<int64_t>> KnownInts(const std::vector<Dim>& list) {
  std::vector<int64_t> ints;
  for (const Dim& dim : list) {
    if (!dim.is_constant()) return std::nullopt;
    ints.push_back(dim.constant());
  }
  return ints;
}

namespace {

// The list as a permutation of [0, n).
std::optional<std::vector<int64_t>> KnownPermutation(
    const std::vector<Dim>& list) {
  auto perm = KnownInts(list);
  if (!perm) return std::nullopt;
  std::vector<bool> seen(perm->size());
  for (int64_t p : *perm) {
    if (p < 0 || p >= static_cast<int64_t>(perm->size()) || seen[p]) {
      return std::nullopt;
    }
    seen[p] = true;
  }
  return perm;
}

// A count in [0, size].
std::optional<size_t> CountUpTo(const Dim& count, size_t size) {
  if (!count.is_constant() || count.constant() < 0 ||
      count.constant() > static_cast<int64_t>(size)) {
    return std::nullopt;
  }
  return static_cast<size_t>(count.constant());
}

RuleValue Len(const TermFacts&, BuiltinArgs args) {
  return Dim(static_cast<int64_t>(ListArg(args, 0).size()));
}

RuleValue At(const TermFacts&, BuiltinArgs args) {
  const auto& list = ListArg(args, 0);
  auto index = IndexInto(IntArg(args, 1), list.size());
  if (!index || list[*index].is_unknown()) return {};
  return list[*index];
}

RuleValue Contains(const TermFacts&, BuiltinArgs args) {
  Known any = Known::kFalse;
  for (const Dim& dim : ListArg(args, 0)) {
    any = Or(any, Equal(dim, IntArg(args, 1)));
  }
  return any;
}

RuleValue Sum(const TermFacts&, BuiltinArgs args) {
  Dim sum = 0;
  for (const Dim& dim : ListArg(args, 0)) sum = sum + dim;
  if (sum.is_unknown()) return {};
  return sum;
}

RuleValue ProductOf(const TermFacts&, BuiltinArgs args) {
  Dim product = Product(ListArg(args, 0));
  if (product.is_unknown()) return {};
  return product;
}

RuleValue Range(const TermFacts&, BuiltinArgs args) {
  const Dim& begin = IntArg(args, 0);
  const Dim& end = IntArg(args, 1);
  if (!begin.is_constant() || !end.is_constant() ||
      end.constant() - begin.constant() > 1 << 16) {
    return {};
  }
  std::vector<Dim> list;
  for (int64_t i = begin.constant(); i < end.constant(); ++i) {
    list.emplace_back(i);
  }
  return list;
}

RuleValue Fill(const TermFacts&, BuiltinArgs args) {
  auto count = CountUpTo(IntArg(args, 1), 1 << 16);
  if (!count) return {};
  return std::vector<Dim>(*count, IntArg(args, 0));
}

RuleValue Take(const TermFacts&, BuiltinArgs args) {
  const auto& list = ListArg(args, 0);
  auto count = CountUpTo(IntArg(args, 1), list.size());
  if (!count) return {};
  return std::vector<Dim>(list.begin(), list.begin() + *count);
}

RuleValue Drop(const TermFacts&, BuiltinArgs args) {
  const auto& list = ListArg(args, 0);
  auto count = CountUpTo(IntArg(args, 1), list.size());
  if (!count) return {};
  return std::vector<Dim>(list.begin() + *count, list.end());
}

RuleValue ConcatLists(const TermFacts&, BuiltinArgs args) {
  std::vector<Dim> list = ListArg(args, 0);
  const auto& tail = ListArg(args, 1);
  list.insert(list.end(), tail.begin(), tail.end());
  return list;
}

RuleValue AddLists(const TermFacts&, BuiltinArgs args) {
  std::vector<Dim> list = ListArg(args, 0);
  const auto& other = ListArg(args, 1);
  if (list.size() != other.size()) return {};
  for (size_t i = 0; i < list.size(); ++i) list[i] = list[i] + other[i];
  return list;
}

RuleValue AllEqual(const TermFacts&, BuiltinArgs args) {
  Known all = Known::kTrue;
  for (const Dim& dim : ListArg(args, 0)) {
    all = And(all, Equal(dim, IntArg(args, 1)));
  }
  return all;
}

RuleValue AllAtLeast(const TermFacts&, BuiltinArgs args) {
  Known all = Known::kTrue;
  for (const Dim& dim : ListArg(args, 0)) {
    all = And(all, LessEqual(IntArg(args, 1), dim));
  }
  return all;
}

RuleValue Compose(const TermFacts&, BuiltinArgs args) {
  auto first = KnownPermutation(ListArg(args, 0));
  auto second = KnownPermutation(ListArg(args, 1));
  if (!first || !second || first->size() != second->size()) return {};
  std::vector<Dim> out;
  for (int64_t axis : *second) out.emplace_back((*first)[axis]);
  return out;
}

RuleValue Inverse(const TermFacts&, BuiltinArgs args) {
  auto perm = KnownPermutation(ListArg(args, 0));
  if (!perm) return {};
  std::vector<Dim> out(perm->size());
  for (size_t i = 0; i < perm->size(); ++i) {
    out[(*perm)[i]] = Dim(static_cast<int64_t>(i));
  }
  return out;
}

RuleValue IsIdentity(const TermFacts&, BuiltinArgs args) {
  auto perm = KnownInts(ListArg(args, 0));
  if (!perm) return {};
  for (size_t i = 0; i < perm->size(); ++i) {
    if ((*perm)[i] != static_cast<int64_t>(i)) return Known::kFalse;
  }
  return Known::kTrue;
}

RuleValue SwapsLastTwo(const TermFacts&, BuiltinArgs args) {
  auto perm = KnownInts(ListArg(args, 0));
  if (!perm) return {};
  const int64_t rank = static_cast<int64_t>(perm->size());
  if (rank < 2) return Known::kFalse;
  for (int64_t i = 0; i < rank; ++i) {
    const int64_t expected = i < rank - 2 ? i : 2 * rank - 3 - i;
    if ((*perm)[i] != expected) return Known::kFalse;
  }
  return Known::kTrue;
}

RuleValue Permute(const TermFacts&, BuiltinArgs args) {
  const auto& list = ListArg(args, 0);
  auto perm = KnownPermutation(ListArg(args, 1));
  if (!perm || perm->size() != list.size()) return {};
  std::vector<Dim> out;
  for (int64_t axis : *perm) out.push_back(list[axis]);
  return out;
}

// Looks axes up in a permutation, ascending: where each axis of the result of
// the transposition comes from.
RuleValue AxesBefore(const TermFacts&, BuiltinArgs args) {
  auto axes = KnownInts(ListArg(args, 0));
  auto perm = KnownPermutation(ListArg(args, 1));
  if (!axes || !perm) return {};
  std::vector<int64_t> out;
  for (int64_t axis : *axes) {
    if (axis < 0 || axis >= static_cast<int64_t>(perm->size())) return {};
    out.push_back((*perm)[axis]);
  }
  std::sort(out.begin(), out.end());
  return std::vector<Dim>(out.begin(), out.end());
}

// The permutation without the axes that it takes from `axes` (of its operand),
// renumbered: what remains of a transposition after they were reduced away.
RuleValue WithoutAxes(const TermFacts&, BuiltinArgs args) {
  auto perm = KnownPermutation(ListArg(args, 0));
  auto axes = KnownInts(ListArg(args, 1));
  if (!perm || !axes) return {};
  auto removed = [&](int64_t axis) {
    return std::find(axes->begin(), axes->end(), axis) != axes->end();
  };
  std::vector<Dim> out;
  for (int64_t axis : *perm) {
    if (removed(axis)) continue;
    int64_t renumbered = axis;
    for (int64_t a = 0; a < axis; ++a) renumbered -= removed(a) ? 1 : 0;
    out.emplace_back(renumbered);
  }
  return out;
}

RuleValue IndexOf(const TermFacts&, BuiltinArgs args) {
  auto list = KnownInts(ListArg(args, 0));
  const Dim& value = IntArg(args, 1);
  if (!list || !value.is_constant()) return {};
  auto it = std::find(list->begin(), list->end(), value.constant());
  if (it == list->end()) return {};
  return Dim(static_cast<int64_t>(it - list->begin()));
}

}  // namespace

void AppendListBuiltins(std::vector<Builtin>& table) {
  using T = RuleType;
  table.insert(
      table.end(),
      {
          {"len", {T::kInts}, T::kInt, "The number of elements.", Len},
          {"at",
           {T::kInts, T::kInt},
           T::kInt,
           "Element i; a negative i counts from the end.",
           At},
          {"contains",
           {T::kInts, T::kInt},
           T::kBool,
           "v is an element.",
           Contains},
          {"index_of",
           {T::kInts, T::kInt},
           T::kInt,
           "Where v first stands; unknown if it does not.",
           IndexOf},
          {"sum", {T::kInts}, T::kInt, "The sum of the elements.", Sum},
          {"product",
           {T::kInts},
           T::kInt,
           "The product of the elements.",
           ProductOf},
          {"range", {T::kInt, T::kInt}, T::kInts, "[b, b+1, ..., e-1].", Range},
          {"fill",
           {T::kInt, T::kInt},
           T::kInts,
           "n times v: fill(v, n).",
           Fill},
          {"take",
           {T::kInts, T::kInt},
           T::kInts,
           "The first n elements.",
           Take},
          {"drop",
           {T::kInts, T::kInt},
           T::kInts,
           "All but the first n elements.",
           Drop},
          {"concat",
           {T::kInts, T::kInts},
           T::kInts,
           "Both lists in a row.",
           ConcatLists},
          {"add",
           {T::kInts, T::kInts},
           T::kInts,
           "The sums element by element; lists of one length.",
           AddLists},
          {"all_equal",
           {T::kInts, T::kInt},
           T::kBool,
           "Every element is v.",
           AllEqual},
          {"all_at_least",
           {T::kInts, T::kInt},
           T::kBool,
           "No element is less than v.",
           AllAtLeast},
          {"compose",
           {T::kInts, T::kInts},
           T::kInts,
           "The permutation p, then q.",
           Compose},
          {"inverse",
           {T::kInts},
           T::kInts,
           "The permutation that undoes p.",
           Inverse},
          {"is_identity",
           {T::kInts},
           T::kBool,
           "The permutation moves nothing.",
           IsIdentity},
          {"swaps_last_two",
           {T::kInts},
           T::kBool,
           "The permutation exchanges the last two axes and moves no other.",
           SwapsLastTwo},
          {"permute",
           {T::kInts, T::kInts},
           T::kInts,
           "The list in the order of p: permute(l, p)[i] is l[p[i]].",
           Permute},
          {"axes_before",
           {T::kInts, T::kInts},
           T::kInts,
           "The axes that a transposition by p moved to `axes`, ascending: "
           "axes_before(axes, p).",
           AxesBefore},
          {"without_axes",
           {T::kInts, T::kInts},
           T::kInts,
           "p after the given axes of its operand are gone: "
           "without_axes(p, axes).",
           WithoutAxes},
      });
}

}  // namespace esat

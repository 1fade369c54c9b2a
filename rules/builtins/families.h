// The parts of the builtin table, one function a theme, and what they share.
#ifndef ESAT_RULES_BUILTINS_FAMILIES_H_
#define ESAT_RULES_BUILTINS_FAMILIES_H_

#include <optional>
#include <vector>

#include "rules/builtins/builtins.h"

namespace esat {

void AppendFactBuiltins(std::vector<Builtin>& table);    // facts.cc
void AppendListBuiltins(std::vector<Builtin>& table);    // lists.cc
void AppendShapeBuiltins(std::vector<Builtin>& table);   // shapes.cc
void AppendNumberBuiltins(std::vector<Builtin>& table);  // numbers.cc

using BuiltinArgs = absl::Span<const RuleValue>;

// Arguments by kind; the checker has made sure of it.
inline EClassId TermArg(BuiltinArgs args, size_t i) {
  return std::get<EClassId>(args[i]);
}
inline const Dim& IntArg(BuiltinArgs args, size_t i) {
  return std::get<Dim>(args[i]);
}
inline const std::vector<Dim>& ListArg(BuiltinArgs args, size_t i) {
  return std::get<std::vector<Dim>>(args[i]);
}

// An index into a list of `size`, counted from the end if negative; nullopt if
// not a known integer or out of range.
std::optional<size_t> IndexInto(const Dim& index, size_t size);

// The list as integers; nullopt unless all are known.
std::optional<std::vector<int64_t>> KnownInts(const std::vector<Dim>& list);

// The shape of a term whose rank is known.
std::optional<Shape> RankedShape(const TermFacts& facts, EClassId term);

}  // namespace esat

#endif  // ESAT_RULES_BUILTINS_FAMILIES_H_

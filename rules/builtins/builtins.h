// The functions that rules may call: one table of names, types, sentences.
#ifndef ESAT_RULES_BUILTINS_BUILTINS_H_
#define ESAT_RULES_BUILTINS_BUILTINS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "ir/literal.h"
#include "ir/type.h"
#include "rules/builtins/value.h"

namespace esat {

// What builtins may ask about terms. Answers only ever become more precise.
class TermFacts {
 public:
  virtual ~TermFacts() = default;
  virtual Type TypeOf(EClassId term) const = 0;
  // Whether the value of `term` is known before run time.
  virtual bool IsConstant(EClassId term) const = 0;
  // The value itself where it was folded already, else nullptr.
  virtual const Literal* ConstantOf(EClassId term) const = 0;
  // The number that all elements of a known constant equal, if there is one
  // and NumberOf has it.
  virtual std::optional<double> SplatOf(EClassId term) const = 0;
};

// The first element as rules see numbers: nothing for an integer that a double
// may not hold (2^53 and beyond), for a rule would write another one.
std::optional<double> NumberOf(const Literal& literal);

// One builtin. Pure: the result depends on arguments and facts only; an unknown
// argument never reaches `call`, except for parameters of type kBool.
struct Builtin {
  std::string_view name;
  std::vector<RuleType> parameters;
  RuleType result;
  std::string_view sentence;  // What the call is, for docs.
  RuleValue (*call)(const TermFacts& facts,
                    absl::Span<const RuleValue> arguments);
};

// All, sorted by name.
const std::vector<Builtin>& Builtins();

// nullptr if there is none of that name.
const Builtin* FindBuiltin(std::string_view name);

// "name(an integer, ...)  sentence" for each, one a line.
std::string DescribeBuiltins();

}  // namespace esat

#endif  // ESAT_RULES_BUILTINS_BUILTINS_H_

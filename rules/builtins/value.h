// What expressions of the rule language compute with.
#ifndef ESAT_RULES_BUILTINS_VALUE_H_
#define ESAT_RULES_BUILTINS_VALUE_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "egraph/ids.h"
#include "ir/attribute.h"
#include "ir/dim.h"
#include "ir/dtype.h"
#include "ir/known.h"
#include "ir/literal.h"

namespace esat {

// Static types of the language, for the checker.
enum class RuleType : uint8_t {
  kTerm,     // An e-class.
  kTerms,    // What a list variable binds.
  kInt,      // A symbolic integer.
  kInts,     // A list of them: attributes of kinds ints and dims.
  kFloat,    //
  kFloats,   //
  kBool,     // Three-valued.
  kString,   //
  kStrings,  //
  kDType,    //
  kTensor,   // A literal: attributes of kind tensor.
  kAttrs,    // What `..a` binds.
  kAny,      // After an error, so that it is reported once.
};

// "a term", "an integer", ... for messages.
const char* RuleTypeName(RuleType type);

// The type of an attribute's value in rules; kAny for graphs, which rules can
// only carry along.
RuleType RuleTypeOf(AttrValue::Kind kind);

// A value. monostate is "not known": everything computed from it is not known
// either, and a condition that is not known does not hold.
using RuleValue =
    std::variant<std::monostate, EClassId, std::vector<EClassId>, Dim,
                 std::vector<Dim>, double, std::vector<double>, Known,
                 std::string, std::vector<std::string>, DType, Literal,
                 AttrRecord, GraphRef>;

inline bool IsUnknown(const RuleValue& value) {
  return std::holds_alternative<std::monostate>(value);
}

// The rule value of an attribute.
RuleValue FromAttribute(const AttrValue& value);

// The attribute of kind `kind` that holds `value`, converting integers to
// floats and symbolic lists to integer lists where all are known; nullopt if
// the value is not known (so far) or has no such form.
std::optional<AttrValue> ToAttribute(const RuleValue& value,
                                     AttrValue::Kind kind);

// Are the two equal for every value of the symbols? Integers, floats (by
// value), strings, dtypes, lists element by element; lists of different
// lengths are not equal. Literals by identity. kUnknown where not known.
Known EqualValues(const RuleValue& a, const RuleValue& b);

}  // namespace esat

#endif  // ESAT_RULES_BUILTINS_VALUE_H_

// What two values have in common: the upper bound of two types.
#ifndef ESAT_IR_INFER_JOIN_H_
#define ESAT_IR_INFER_JOIN_H_

#include <optional>

#include "ir/type.h"

namespace esat {

// What is true of a value that is of type `a` or of type `b`: dims that differ
// are unknown, ranks that differ leave none. nullopt when kinds or dtypes
// contradict each other; what is unknown contradicts nothing, and of an unknown
// side nothing is taken.
std::optional<Type> Join(const Type& a, const Type& b);

}  // namespace esat

#endif  // ESAT_IR_INFER_JOIN_H_

// Three-valued truth for questions about symbolic quantities.
#ifndef ESAT_IR_KNOWN_H_
#define ESAT_IR_KNOWN_H_

#include <cstdint>

namespace esat {

// The answer to a question that may depend on values not known when compiling.
// kUnknown makes a rule's guard false and a verifier's complaint absent.
enum class Known : uint8_t { kFalse, kTrue, kUnknown };

inline Known KnownFrom(bool value) {
  return value ? Known::kTrue : Known::kFalse;
}
inline Known Not(Known a) {
  if (a == Known::kUnknown) return a;
  return KnownFrom(a == Known::kFalse);
}
inline Known And(Known a, Known b) {
  if (a == Known::kFalse || b == Known::kFalse) return Known::kFalse;
  return a == Known::kTrue && b == Known::kTrue ? Known::kTrue
                                                : Known::kUnknown;
}
inline Known Or(Known a, Known b) { return Not(And(Not(a), Not(b))); }
inline bool IsTrue(Known a) { return a == Known::kTrue; }
inline bool IsFalse(Known a) { return a == Known::kFalse; }

}  // namespace esat

#endif  // ESAT_IR_KNOWN_H_

// Assertions of our own invariants, active in every build: a failed CHECK is a
// bug in esat, never a user's mistake (those are absl::Status). The message
// names the offending thing:
//   ESAT_CHECK(a < b) << "class " << a;
#ifndef ESAT_BASE_CHECK_H_
#define ESAT_BASE_CHECK_H_

#include <sstream>

namespace esat {

// Collects a message and aborts when the full expression ends.
class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* condition);
  [[noreturn]] ~CheckFailure();
  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

// Turns a stream expression into void, so that both arms of ?: agree.
struct CheckVoidify {
  void operator&(std::ostream&) const {}
};

}  // namespace esat

#define ESAT_CHECK(condition)    \
  (condition)                    \
      ? (void)0                  \
      : ::esat::CheckVoidify() & \
            ::esat::CheckFailure(__FILE__, __LINE__, #condition).stream()

#ifdef NDEBUG
#define ESAT_DCHECK(condition) ESAT_CHECK(true || (condition))
#else
#define ESAT_DCHECK(condition) ESAT_CHECK(condition)
#endif

#endif  // ESAT_BASE_CHECK_H_

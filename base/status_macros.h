// Early return for absl::Status and absl::StatusOr.
#ifndef ESAT_BASE_STATUS_MACROS_H_
#define ESAT_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define ESAT_CONCAT_INNER_(a, b) a##b
#define ESAT_CONCAT_(a, b) ESAT_CONCAT_INNER_(a, b)

// ESAT_RETURN_IF_ERROR(expr): returns the status of `expr` unless it is OK.
#define ESAT_RETURN_IF_ERROR(expr)               \
  do {                                           \
    absl::Status esat_status_ = (expr);          \
    if (!esat_status_.ok()) return esat_status_; \
  } while (false)

// ESAT_ASSIGN_OR_RETURN(auto x, expr): x is the value of `expr`, or its status
// is returned.
#define ESAT_ASSIGN_OR_RETURN(lhs, expr)                                    \
  ESAT_ASSIGN_OR_RETURN_IMPL_(ESAT_CONCAT_(esat_status_or_, __LINE__), lhs, \
                              expr)
#define ESAT_ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                                \
  if (!tmp.ok()) return tmp.status();               \
  lhs = std::move(tmp).value()

#endif  // ESAT_BASE_STATUS_MACROS_H_

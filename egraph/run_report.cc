#include "egraph/run_report.h"

#include <sstream>

namespace esat {

std::string ToString(const StopReason& reason) {
  std::ostringstream out;
  const auto over = [&](const char* what) {
    out << what << " " << reason.value << " over " << reason.limit;
  };
  switch (reason.kind) {
    case StopReason::Kind::kSaturated:
      out << "saturated";
      break;
    case StopReason::Kind::kIterations:
      out << "iterations " << reason.limit;
      break;
    case StopReason::Kind::kENodes:
      over("e-nodes");
      break;
    case StopReason::Kind::kBytes:
      over("bytes");
      break;
    case StopReason::Kind::kSeconds:
      over("seconds");
      break;
    case StopReason::Kind::kCancelled:
      out << "cancelled";
      break;
    case StopReason::Kind::kHook:
      out << "stopped by the caller";
      break;
  }
  return out.str();
}

RuleStats& RuleStats::operator+=(const RuleStats& other) {
  matches += other.matches;
  known += other.known;
  dropped_by_scheduler += other.dropped_by_scheduler;
  dropped_by_limit += other.dropped_by_limit;
  applied += other.applied;
  unions += other.unions;
  refused += other.refused;
  search_seconds += other.search_seconds;
  apply_seconds += other.apply_seconds;
  return *this;
}

}  // namespace esat

#include "extract/extraction.h"

namespace esat {

std::string_view ExtractMethodName(ExtractMethod method) {
  switch (method) {
    case ExtractMethod::kGreedyTree:
      return "greedy-tree";
    case ExtractMethod::kGreedyDag:
      return "greedy-dag";
    case ExtractMethod::kLocalSearch:
      return "local-search";
    case ExtractMethod::kReductions:
      return "reductions";
    case ExtractMethod::kLinearProgram:
      return "linear-program";
    case ExtractMethod::kBranchAndCut:
      return "branch-and-cut";
    case ExtractMethod::kConflictSearch:
      return "conflict-search";
  }
  return "?";
}

std::string_view ExtractStopName(ExtractStop stop) {
  switch (stop) {
    case ExtractStop::kFinished:
      return "finished";
    case ExtractStop::kWorkLimit:
      return "work-limit";
    case ExtractStop::kTimeLimit:
      return "time-limit";
    case ExtractStop::kCancelled:
      return "cancelled";
  }
  return "?";
}

}  // namespace esat

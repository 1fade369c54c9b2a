#include "extract/extract.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "extract/check.h"
#include "extract/evaluate.h"
#include "extract/greedy.h"

namespace esat {

absl::StatusOr<Extraction> Extract(const ExtractionProblem& problem,
                                   const ExtractOptions&) {
  const auto start = std::chrono::steady_clock::now();
  Extraction result;
  result.choice = GreedyTree(problem).choice;
  if (const auto root = UncoveredRoot(problem, result.choice)) {
    return absl::NotFoundError(absl::StrCat(
        "root class ", *root, ": no choice covers it at finite cost"));
  }
  result.cost = PruneChoice(problem, result.choice);
  result.optimal = result.cost == 0;
  result.stop =
      result.optimal ? ExtractStop::kFinished : ExtractStop::kWorkLimit;
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  ESAT_RETURN_IF_ERROR(CheckExtraction(problem, result));
  return result;
}

}  // namespace esat

#include "extract/check.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace esat {
namespace {

enum class Mark : uint8_t { kNew, kOpen, kDone };

// Depth-first over the chosen rows; an edge into an open class closes a cycle.
class Walk {
 public:
  Walk(const ExtractionProblem& problem, std::span<const ProblemRow> choice)
      : problem_(problem),
        choice_(choice),
        marks_(problem.class_count(), Mark::kNew) {}

  absl::Status From(ProblemClass root) {
    if (marks_[root] == Mark::kDone) return absl::OkStatus();
    ESAT_RETURN_IF_ERROR(Open(root));
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      const auto children = problem_.children(choice_[frame.c]);
      if (frame.next == children.size()) {
        marks_[frame.c] = Mark::kDone;
        stack_.pop_back();
        continue;
      }
      const ProblemClass child = children[frame.next++];
      if (marks_[child] == Mark::kOpen) {
        return absl::FailedPreconditionError(absl::StrCat(
            "class ", child, ": needs itself, by way of class ", frame.c));
      }
      if (marks_[child] == Mark::kNew) ESAT_RETURN_IF_ERROR(Open(child));
    }
    return absl::OkStatus();
  }

  bool Reached(ProblemClass c) const { return marks_[c] == Mark::kDone; }

 private:
  struct Frame {
    ProblemClass c;
    size_t next;
  };

  absl::Status Open(ProblemClass c) {
    const ProblemRow row = choice_[c];
    if (row == kNoRow) {
      return absl::FailedPreconditionError(
          absl::StrCat("class ", c, ": is needed and has no choice"));
    }
    if (row >= problem_.row_count() || problem_.class_of(row) != c) {
      return absl::FailedPreconditionError(
          absl::StrCat("class ", c, ": row ", row, " is not one of its rows"));
    }
    if (std::isinf(problem_.cost(row))) {
      return absl::FailedPreconditionError(
          absl::StrCat("class ", c, ": row ", row, " costs infinity"));
    }
    marks_[c] = Mark::kOpen;
    stack_.push_back({c, 0});
    return absl::OkStatus();
  }

  const ExtractionProblem& problem_;
  const std::span<const ProblemRow> choice_;
  std::vector<Mark> marks_;
  std::vector<Frame> stack_;
};

absl::StatusOr<double> WalkAll(const ExtractionProblem& problem,
                               std::span<const ProblemRow> choice,
                               bool refuse_unreached) {
  if (choice.size() != problem.class_count()) {
    return absl::FailedPreconditionError(
        absl::StrCat("choices for ", choice.size(), " classes, expected ",
                     problem.class_count()));
  }
  Walk walk(problem, choice);
  for (const ProblemClass root : problem.roots()) {
    ESAT_RETURN_IF_ERROR(walk.From(root));
  }
  double cost = 0;
  for (ProblemClass c = 0; c < problem.class_count(); ++c) {
    if (walk.Reached(c)) {
      cost += problem.cost(choice[c]);
    } else if (refuse_unreached && choice[c] != kNoRow) {
      return absl::FailedPreconditionError(
          absl::StrCat("class ", c, ": has a choice that no root needs"));
    }
  }
  return cost;
}

}  // namespace

absl::StatusOr<double> CheckChoice(const ExtractionProblem& problem,
                                   std::span<const ProblemRow> choice) {
  return WalkAll(problem, choice, /*refuse_unreached=*/false);
}

absl::Status CheckExtraction(const ExtractionProblem& problem,
                             const Extraction& extraction) {
  ESAT_ASSIGN_OR_RETURN(const double cost, WalkAll(problem, extraction.choice,
                                                   /*refuse_unreached=*/true));
  if (!(std::abs(cost - extraction.cost) <= 1e-9 * cost)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cost ", extraction.cost, " is claimed, the choices cost ", cost));
  }
  if (!(extraction.lower_bound >= 0 &&
        extraction.lower_bound <= extraction.cost)) {
    return absl::FailedPreconditionError(
        absl::StrCat("lower bound ", extraction.lower_bound,
                     " is not between 0 and the cost ", extraction.cost));
  }
  const bool met = extraction.cost - extraction.lower_bound <=
                   kOptimalTolerance * extraction.cost;
  if (extraction.optimal && !met) {
    return absl::FailedPreconditionError(
        absl::StrCat("optimality is claimed at cost ", extraction.cost,
                     " with lower bound ", extraction.lower_bound));
  }
  return absl::OkStatus();
}

}  // namespace esat

#include "extract/problem.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace esat {
namespace {

void SortUnique(std::vector<ProblemClass>& ids, size_t begin) {
  std::sort(ids.begin() + begin, ids.end());
  ids.erase(std::unique(ids.begin() + begin, ids.end()), ids.end());
}

}  // namespace

ProblemRow ExtractionProblem::KernelOf(ProblemRow row) const {
  const std::span<const ProblemClass> kids = children(row);
  if (kids.size() != 1 || cost(row) != 0 || !IsTupleClass(kids[0])) return row;
  return rows(kids[0])[0];
}

bool ExtractionProblem::IsTupleClass(ProblemClass c) const {
  const std::span<const ProblemRow> own = rows(c);
  return own.size() == 1 &&
         std::binary_search(kernels_.begin(), kernels_.end(), own[0]);
}

ProblemClass ProblemBuilder::AddClass() { return AddClasses(1); }

ProblemClass ProblemBuilder::AddClasses(size_t count) {
  const size_t first = class_count_;
  class_count_ += count;
  ESAT_CHECK(class_count_ < kNoClass) << class_count_ << " classes";
  return static_cast<ProblemClass>(first);
}

void ProblemBuilder::Reserve(size_t rows, size_t edges) {
  row_class_.reserve(rows);
  row_cost_.reserve(rows);
  children_begin_.reserve(rows + 1);
  children_.reserve(edges);
}

ProblemRow ProblemBuilder::AddRow(ProblemClass c, double cost,
                                  std::span<const ProblemClass> children) {
  const size_t begin = children_.size();
  children_.insert(children_.end(), children.begin(), children.end());
  SortUnique(children_, begin);
  ESAT_CHECK(children_.size() < UINT32_MAX && row_class_.size() < kNoRow)
      << "more than 2^32 rows or edges";
  row_class_.push_back(c);
  row_cost_.push_back(cost);
  children_begin_.push_back(static_cast<uint32_t>(children_.size()));
  return static_cast<ProblemRow>(row_class_.size() - 1);
}

ProblemRow ProblemBuilder::AddKernel(std::span<const ProblemClass> outputs,
                                     double cost,
                                     std::span<const ProblemClass> children) {
  ESAT_CHECK(!outputs.empty()) << "a kernel without outputs";
  std::vector<ProblemClass> sorted(outputs.begin(), outputs.end());
  SortUnique(sorted, 0);
  if (sorted.size() == 1) return AddRow(sorted[0], cost, children);
  const ProblemClass tuple = AddClass();
  const ProblemRow kernel = AddRow(tuple, cost, children);
  kernels_.push_back(kernel);
  for (const ProblemClass output : sorted) AddRow(output, 0, {&tuple, 1});
  return kernel;
}

void ProblemBuilder::AddRoot(ProblemClass c) { roots_.push_back(c); }

absl::StatusOr<ExtractionProblem> ProblemBuilder::Build() {
  ProblemBuilder from;
  std::swap(from, *this);
  for (size_t row = 0; row < from.row_class_.size(); ++row) {
    if (!(from.row_cost_[row] >= 0)) {
      return absl::InvalidArgumentError(
          absl::StrCat("row ", row, ": cost ", from.row_cost_[row],
                       ", expected a number that is not negative"));
    }
    if (from.row_class_[row] >= from.class_count_) {
      return absl::InvalidArgumentError(
          absl::StrCat("row ", row, ": class ", from.row_class_[row],
                       ", expected one below ", from.class_count_));
    }
    for (uint32_t i = from.children_begin_[row];
         i < from.children_begin_[row + 1]; ++i) {
      if (from.children_[i] < from.class_count_) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("row ", row, ": child class ", from.children_[i],
                       ", expected one below ", from.class_count_));
    }
  }
  SortUnique(from.roots_, 0);
  if (!from.roots_.empty() && from.roots_.back() >= from.class_count_) {
    return absl::InvalidArgumentError(
        absl::StrCat("root class ", from.roots_.back(), ", expected one below ",
                     from.class_count_));
  }
  ExtractionProblem problem;
  problem.class_rows_begin_.assign(from.class_count_ + 1, 0);
  for (const ProblemClass c : from.row_class_) {
    ++problem.class_rows_begin_[c + 1];
  }
  for (size_t c = 0; c < from.class_count_; ++c) {
    problem.class_rows_begin_[c + 1] += problem.class_rows_begin_[c];
  }
  std::vector<uint32_t> next = problem.class_rows_begin_;
  problem.class_rows_.resize(from.row_class_.size());
  for (size_t row = 0; row < from.row_class_.size(); ++row) {
    problem.class_rows_[next[from.row_class_[row]]++] =
        static_cast<ProblemRow>(row);
  }
  problem.row_class_ = std::move(from.row_class_);
  problem.row_cost_ = std::move(from.row_cost_);
  problem.children_begin_ = std::move(from.children_begin_);
  problem.children_ = std::move(from.children_);
  problem.roots_ = std::move(from.roots_);
  problem.kernels_ = std::move(from.kernels_);
  return problem;
}

}  // namespace esat

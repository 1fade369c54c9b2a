// The extraction problem: plain numbers, from any e-graph.
//
// A problem has *classes*, *rows* and *roots*. A row belongs to one class, has
// a cost and needs its child classes. An answer chooses one row for every class
// that the roots need, without a cycle. Its cost is the DAG cost: the sum over
// the chosen rows that the roots reach, each counted once however often it is
// used.
//
// Several outputs. A kernel that computes several classes in one launch is a
// row of a class of its own (the *tuple class*) and one *projection* for each
// output: a row of cost zero in the output's class whose only child is the
// tuple class. Sharing in the DAG cost then does what is wanted: the kernel is
// paid once, provides every output that is taken from it, and none of them has
// to be taken. So there is only one kind of row below this header.
// AddKernel builds this form and KernelOf undoes it.
#ifndef ESAT_EXTRACT_PROBLEM_H_
#define ESAT_EXTRACT_PROBLEM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

namespace esat {

// Dense ids from zero, in the order in which the builder handed them out.
using ProblemClass = uint32_t;
using ProblemRow = uint32_t;
inline constexpr ProblemRow kNoRow = UINT32_MAX;
inline constexpr ProblemClass kNoClass = UINT32_MAX;

// An immutable, checked problem. Made by ProblemBuilder.
//
// Threads. Const members may run concurrently.
class ExtractionProblem {
 public:
  // A problem without classes and roots; its answer is empty and costs zero.
  ExtractionProblem() = default;

  size_t class_count() const { return class_rows_begin_.size() - 1; }
  size_t row_count() const { return row_class_.size(); }
  size_t edge_count() const { return children_.size(); }

  // Ascending.
  std::span<const ProblemRow> rows(ProblemClass c) const {
    return {class_rows_.data() + class_rows_begin_[c],
            class_rows_.data() + class_rows_begin_[c + 1]};
  }
  ProblemClass class_of(ProblemRow row) const { return row_class_[row]; }
  // Not negative, not NaN. Infinity marks a row that must not be chosen.
  double cost(ProblemRow row) const { return row_cost_[row]; }
  // Ascending, without repetition: the DAG cost counts a child once.
  std::span<const ProblemClass> children(ProblemRow row) const {
    return {children_.data() + children_begin_[row],
            children_.data() + children_begin_[row + 1]};
  }
  // Ascending, without repetition.
  std::span<const ProblemClass> roots() const { return roots_; }

  // The kernel's row if `row` is a projection that AddKernel made, else `row`.
  ProblemRow KernelOf(ProblemRow row) const;
  // True for the class that AddKernel made for a kernel with several outputs:
  // it is no class of the caller's e-graph.
  bool IsTupleClass(ProblemClass c) const;

 private:
  friend class ProblemBuilder;

  std::vector<ProblemClass> row_class_;
  std::vector<double> row_cost_;
  std::vector<uint32_t> children_begin_ = {0};
  std::vector<ProblemClass> children_;
  std::vector<uint32_t> class_rows_begin_ = {0};
  std::vector<ProblemRow> class_rows_;
  std::vector<ProblemClass> roots_;
  std::vector<ProblemRow> kernels_;  // Tuple rows, ascending.
};

// Collects rows in any order, children before or after their users.
class ProblemBuilder {
 public:
  ProblemClass AddClass();
  // Adds `count` classes and returns the first; the others follow it.
  ProblemClass AddClasses(size_t count);

  // Makes room for so many rows and edges in all.
  void Reserve(size_t rows, size_t edges);

  // Adds a row of class `c`. Repeated children count once.
  ProblemRow AddRow(ProblemClass c, double cost,
                    std::span<const ProblemClass> children);

  // Adds a row that provides every class of `outputs` for one price, and
  // returns it (see the top of this header). With one output it is AddRow;
  // with more, it adds a tuple class, the kernel's row and then one
  // projection for each output, all with the ids that follow.
  // Requires: outputs is not empty; repeated outputs count once.
  ProblemRow AddKernel(std::span<const ProblemClass> outputs, double cost,
                       std::span<const ProblemClass> children);

  // Repeated roots count once.
  void AddRoot(ProblemClass c);

  size_t class_count() const { return class_count_; }
  size_t row_count() const { return row_class_.size(); }

  // Fails with kInvalidArgument, naming the row, when a cost is negative or
  // NaN or a class was never added. Negative costs are refused because DAG
  // cost rewards reaching such a row for nothing, and no reduction or bound
  // here survives that. Leaves the builder empty.
  absl::StatusOr<ExtractionProblem> Build();

 private:
  size_t class_count_ = 0;
  std::vector<ProblemClass> row_class_;
  std::vector<double> row_cost_;
  std::vector<uint32_t> children_begin_ = {0};
  std::vector<ProblemClass> children_;
  std::vector<ProblemClass> roots_;
  std::vector<ProblemRow> kernels_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_PROBLEM_H_

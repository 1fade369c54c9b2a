// The open variables, the most active first.
#ifndef ESAT_EXTRACT_CDCL_VARIABLE_HEAP_H_
#define ESAT_EXTRACT_CDCL_VARIABLE_HEAP_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "extract/cdcl/literal.h"

namespace esat::cdcl {

// A binary heap that knows where each variable is. Ties go to the smaller
// variable. O(log n) an operation.
class VariableHeap {
 public:
  void AddVariable() {
    activity_.push_back(0);
    place_.push_back(kNowhere);
    Insert(static_cast<Variable>(place_.size() - 1));
  }

  bool empty() const { return heap_.empty(); }

  void Insert(Variable v) {
    if (place_[v] != kNowhere) return;
    place_[v] = static_cast<uint32_t>(heap_.size());
    heap_.push_back(v);
    Up(place_[v]);
  }

  Variable Pop() {
    const Variable top = heap_[0];
    Put(0, heap_.back());
    heap_.pop_back();
    place_[top] = kNowhere;
    if (!heap_.empty()) Down(0);
    return top;
  }

  // More recent bumps count for more: each Decay makes the next ones larger.
  void Bump(Variable v) {
    activity_[v] += step_;
    if (activity_[v] > 1e100) {
      for (double& a : activity_) a *= 1e-100;
      step_ *= 1e-100;
    }
    if (place_[v] != kNowhere) Up(place_[v]);
  }
  void Decay(double factor) { step_ /= factor; }

 private:
  static constexpr uint32_t kNowhere = UINT32_MAX;

  bool Before(Variable a, Variable b) const {
    if (activity_[a] != activity_[b]) return activity_[a] > activity_[b];
    return a < b;
  }
  void Put(uint32_t i, Variable v) {
    heap_[i] = v;
    place_[v] = i;
  }
  void Up(uint32_t i) {
    const Variable v = heap_[i];
    while (i > 0 && Before(v, heap_[(i - 1) / 2])) {
      Put(i, heap_[(i - 1) / 2]);
      i = (i - 1) / 2;
    }
    Put(i, v);
  }
  void Down(uint32_t i) {
    const Variable v = heap_[i];
    for (;;) {
      uint32_t child = 2 * i + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && Before(heap_[child + 1], heap_[child])) {
        ++child;
      }
      if (!Before(heap_[child], v)) break;
      Put(i, heap_[child]);
      i = child;
    }
    Put(i, v);
  }

  std::vector<double> activity_;
  std::vector<uint32_t> place_;
  std::vector<Variable> heap_;
  double step_ = 1;
};

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_VARIABLE_HEAP_H_

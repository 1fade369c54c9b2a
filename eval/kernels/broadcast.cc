#include "eval/kernels/broadcast.h"

#include <algorithm>

#include "absl/strings/str_join.h"

namespace esat {

absl::StatusOr<Sizes> BroadcastAll(const EvalContext& context,
                                   const std::vector<Sizes>& shapes) {
  Sizes result;
  for (const Sizes& shape : shapes) {
    if (shape.size() > result.size()) {
      result.insert(result.begin(), shape.size() - result.size(), 1);
    }
    for (size_t i = 0; i < shape.size(); ++i) {
      int64_t& d = result[result.size() - shape.size() + i];
      if (d == shape[i] || shape[i] == 1) continue;
      if (d != 1) {
        return context.Error("[", absl::StrJoin(shape, ","),
                             "] does not broadcast to [",
                             absl::StrJoin(result, ","), "]");
      }
      d = shape[i];
    }
  }
  return result;
}

BroadcastLoop::BroadcastLoop(const Sizes& shape,
                             const std::vector<Sizes>& operand_shapes) {
  std::vector<Sizes> strides;
  for (const Sizes& operand : operand_shapes) {
    const Sizes own = StridesOf(operand);
    Sizes all(shape.size(), 0);
    const size_t missing = shape.size() - operand.size();
    for (size_t i = 0; i < operand.size(); ++i) {
      if (operand[i] != 1) all[missing + i] = own[i];
    }
    strides.push_back(std::move(all));
  }
  Build(shape, strides);
}

BroadcastLoop BroadcastLoop::Strided(const Sizes& shape,
                                     const std::vector<Sizes>& strides) {
  BroadcastLoop loop;
  loop.Build(shape, strides);
  return loop;
}

void BroadcastLoop::Build(const Sizes& shape,
                          const std::vector<Sizes>& strides) {
  count_ = 1;
  for (int64_t d : shape) count_ *= d;
  strides_.assign(strides.size(), {});
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) continue;
    // The last merged axis goes on in this one if every operand steps over
    // this whole axis between two of its elements.
    bool merges = !shape_.empty();
    for (size_t k = 0; merges && k < strides.size(); ++k) {
      merges = strides_[k].back() == strides[k][axis] * shape[axis];
    }
    if (merges) {
      shape_.back() *= shape[axis];
    } else {
      shape_.push_back(shape[axis]);
    }
    for (size_t k = 0; k < strides.size(); ++k) {
      if (merges) {
        strides_[k].back() = strides[k][axis];
      } else {
        strides_[k].push_back(strides[k][axis]);
      }
    }
  }
  if (shape_.empty()) {
    shape_.push_back(1);
    for (Sizes& s : strides_) s.push_back(0);
  }
}

void BroadcastLoop::ForEachRow(const EvalContext& context, Row row) const {
  context.ParallelFor(count_, kGrain, [&](int64_t, int64_t begin, int64_t end) {
    Range(begin, end, row);
  });
}

void BroadcastLoop::Range(int64_t begin, int64_t end, Row row) const {
  const int64_t inner = shape_.back();
  Odometer at(Sizes(shape_.begin(), shape_.end() - 1), begin / inner);
  int64_t column = begin % inner;
  Sizes offsets(strides_.size());
  while (begin < end) {
    for (size_t k = 0; k < strides_.size(); ++k) {
      offsets[k] = column * strides_[k].back();
      for (size_t axis = 0; axis < at.index().size(); ++axis) {
        offsets[k] += at.index()[axis] * strides_[k][axis];
      }
    }
    const int64_t n = std::min(inner - column, end - begin);
    row(begin, offsets.data(), n);
    begin += n;
    column = 0;
    at.Next();
  }
}

}  // namespace esat

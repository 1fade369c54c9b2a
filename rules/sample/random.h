// A small generator with the same numbers on every platform.
#ifndef ESAT_RULES_SAMPLE_RANDOM_H_
#define ESAT_RULES_SAMPLE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace esat {

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In [low, high]. Requires: low <= high.
  int64_t Int(int64_t low, int64_t high) {
    return low +
           static_cast<int64_t>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  bool Chance(int percent) { return Int(0, 99) < percent; }
  double Real() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  template <typename T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(
        Int(0, static_cast<int64_t>(choices.size()) - 1))];
  }

 private:
  uint64_t state_;
};

}  // namespace esat

#endif  // ESAT_RULES_SAMPLE_RANDOM_H_

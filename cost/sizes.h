// Sizes to price symbolic dims at.
#ifndef ESAT_COST_SIZES_H_
#define ESAT_COST_SIZES_H_

#include <cstdint>
#include <map>
#include <string>

#include "ir/type.h"

namespace esat {

// Symbol to size (`--assume batch=1,seq=128`). A symbol that is not named, and
// a dim that is unknown, is 1; a tensor of unknown rank has one element. Prices
// depend on this; the program that comes out does not.
struct AssumedSizes {
  std::map<std::string, int64_t> symbols;

  // >= 0.
  double Size(const Dim& dim) const;
  // Product of the dims.
  double Elements(const Type& type) const;
  // Product of dims [begin, end) of a ranked tensor; 1 for what is not there.
  double Elements(const Type& type, int begin, int end) const;
};

}  // namespace esat

#endif  // ESAT_COST_SIZES_H_

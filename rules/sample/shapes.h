// Random shapes that fit an operand's place.
#ifndef ESAT_RULES_SAMPLE_SHAPES_H_
#define ESAT_RULES_SAMPLE_SHAPES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/op_table.h"
#include "rules/lang/ast.h"
#include "rules/sample/attributes.h"
#include "rules/sample/random.h"

namespace esat {

using Sizes = std::vector<int64_t>;

// The place of an operand whose shape is to be chosen.
struct OperandSite {
  Op op;
  size_t index;
  // Shapes of the op's operands that exist already.
  const std::vector<std::optional<Sizes>>& siblings;
  // What the op's result should broadcast to, if its user said so.
  const std::optional<Sizes>& hint;
  bool one_group;  // Convolutions: `group` must come out as 1.
};

// A shape for a new operand there; nullopt if nothing fits.
std::optional<Sizes> SampleShape(const OperandSite& site,
                                 const SampleMood& mood, Random& random);

}  // namespace esat

#endif  // ESAT_RULES_SAMPLE_SHAPES_H_

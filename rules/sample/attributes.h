// Random attributes that fit an op's operands.
#ifndef ESAT_RULES_SAMPLE_ATTRIBUTES_H_
#define ESAT_RULES_SAMPLE_ATTRIBUTES_H_

#include <optional>
#include <string>
#include <vector>

#include "ir/attribute.h"
#include "ir/op_table.h"
#include "ir/type.h"
#include "rules/sample/random.h"

namespace esat {

// Choices that one instance makes once, so that its ops fit together.
struct SampleMood {
  DType dtype = DType::kF32;  // Of most operands.
  int64_t axis = 0;           // A favourite axis.
  int64_t kernel = 1;         // Size of convolution and pooling windows.
  bool square = false;        // All sizes are `size`.
  int64_t size = 2;
  std::vector<Shape> shapes;  // Of the terms made so far.
};

// What an attribute is chosen for.
struct AttributeSite {
  Op op;
  std::string name;
  AttrValue::Kind kind;
  const std::vector<Type>& operands;
  const AttrRecord& chosen;         // Attributes of the op that are fixed.
  std::optional<size_t> list_size;  // If the pattern says how long a list is.
  int64_t outputs = 1;              // That the rule reads, for Split.
};

// A value that will often be legal; nullopt if none is.
std::optional<AttrValue> SampleAttribute(const AttributeSite& site,
                                         const SampleMood& mood,
                                         Random& random);

// A size: small, seldom zero.
int64_t SampleSize(const SampleMood& mood, Random& random);

// A number of the kind that models hold: often one of the special ones.
double SampleNumber(Random& random);

}  // namespace esat

#endif  // ESAT_RULES_SAMPLE_ATTRIBUTES_H_

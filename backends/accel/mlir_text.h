// A reader of MLIR's generic form as a tree, without meaning: ops by name with
// operands, regions of one block, attributes and types.
#ifndef ESAT_BACKENDS_ACCEL_MLIR_TEXT_H_
#define ESAT_BACKENDS_ACCEL_MLIR_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/literal.h"
#include "ir/type.h"

namespace esat {

struct MlirEntry;

struct MlirAttr {
  enum Kind : uint8_t {
    kUnit,
    kInt,     // 3 : i64
    kFloat,   // 1.0 : f64
    kString,  // "text"
    kSymbol,  // @name
    kArray,   // [ ... ]
    kDict,    // { ... }
    kInts,    // array<i64: ...>
    kFloats,  // array<f64: ...>
    kDense,   // dense<...> : tensor<...>
  };
  Kind kind = kUnit;
  int64_t integer = 0;
  double number = 0;
  std::string text;  // Of a string or symbol.
  std::vector<MlirAttr> items;
  std::vector<MlirEntry> entries;  // Of a dictionary, as written.
  std::vector<int64_t> ints;
  std::vector<double> floats;
  Literal dense;

  // The entry of a dictionary, or null.
  const MlirAttr* Find(std::string_view name) const;
};

struct MlirEntry {
  std::string name;
  MlirAttr value;
};

// "an integer", "a string", ... for messages.
const char* MlirAttrKindName(MlirAttr::Kind kind);

struct MlirOp;

struct MlirRegion {
  std::vector<std::pair<std::string, Type>> arguments;
  std::vector<MlirOp> ops;
};

struct MlirOp {
  int line = 0;
  std::string name;                  // "accel.kernel"
  std::vector<std::string> results;  // "%v0"; "%0#1" where a use says so.
  std::vector<std::string> operands;
  std::vector<MlirRegion> regions;
  MlirAttr attributes;  // A dictionary.
  std::vector<Type> operand_types;
  std::vector<Type> result_types;
};

// The ops at top level. Reads whatever mlir-opt prints for the modules that we
// write; refuses the rest of MLIR (aliases, several blocks, locations, other
// types) with "FILE:LINE: expected ..., found ...". Nesting is limited.
absl::StatusOr<std::vector<MlirOp>> ParseMlirText(std::string_view text,
                                                  const std::string& file);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_MLIR_TEXT_H_

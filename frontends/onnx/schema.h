// What ONNX's schemas say of ai.onnx operators: versions and defaults.
#ifndef ESAT_FRONTENDS_ONNX_SCHEMA_H_
#define ESAT_FRONTENDS_ONNX_SCHEMA_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/attribute.h"

namespace esat::onnx_import {

// The newest ai.onnx opset that this importer reads.
inline constexpr int kNewestOpset = 25;

// One operator of ai.onnx.
struct OpSchema {
  std::vector<int> versions;  // Opsets that changed it, ascending.
  int removed_in = 0;         // First opset without it; 0: still there.
  // Default values as text, by attribute, at the version of the op table.
  std::map<std::string, std::string> defaults;
};

// nullptr for an operator that ONNX never had.
const OpSchema* FindSchema(const std::string& op_type);

// The default of an attribute as a value of `kind`; nullopt where there is
// none.
std::optional<AttrValue> DefaultOf(const OpSchema& schema,
                                   const std::string& attribute,
                                   AttrValue::Kind kind);

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_SCHEMA_H_

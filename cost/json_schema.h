// Checks a JSON tree against a JSON schema, with messages for the person who
// wrote the file.
//
// The published schema is the parser's own list of fields: there is no second
// list that could disagree with it. The dialect is the part of JSON Schema
// 2020-12 that our schemas use: type, properties, required,
// additionalProperties, items, minItems, maxItems, minimum, maximum,
// exclusiveMinimum, enum, const, $ref to #/$defs/NAME. `x-unit` names the unit
// of a number in messages. Any other constraint in a schema is a bug of ours,
// and CHECKs.
#ifndef ESAT_COST_JSON_SCHEMA_H_
#define ESAT_COST_JSON_SCHEMA_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cost/json_document.h"

namespace esat {

// kInvalidArgument with up to eight lines "FILE:LINE: PATH: expected ..., found
// ...", in the file's order; OK if `value` satisfies `schema`.
absl::Status CheckJsonSchema(const JsonValue& value, const JsonValue& schema,
                             const std::string& file);

// The candidate a misspelt `name` most likely meant, or "". Names that share
// their first word but end in another unit (clock_mhz, clock_hz) count as near.
std::string NearestName(std::string_view name,
                        const std::vector<std::string>& candidates);

}  // namespace esat

#endif  // ESAT_COST_JSON_SCHEMA_H_

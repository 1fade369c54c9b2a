// From a checked JSON tree to a TargetMachine. Private to the cost room and its
// tests.
#ifndef ESAT_COST_MACHINE_JSON_H_
#define ESAT_COST_MACHINE_JSON_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cost/json_document.h"
#include "cost/machine.h"

namespace esat {

// The presets and the schema, as they were when esat was built: (name below
// cost/, text), sorted by name.
const std::vector<std::pair<std::string, std::string_view>>&
EmbeddedMachineFiles();

// Requires: `root` satisfies the schema. If `fields_read` is not null, every
// JSON path that was read is appended to it (array indexes as []), so that a
// test can tell a schema field that nobody reads.
absl::StatusOr<TargetMachine> MachineFromJson(
    const JsonValue& root, const std::string& file,
    std::vector<std::string>* fields_read);

}  // namespace esat

#endif  // ESAT_COST_MACHINE_JSON_H_

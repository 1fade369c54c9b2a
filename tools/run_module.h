// The simulator behind `esat run MODULE`.
#ifndef ESAT_TOOLS_RUN_MODULE_H_
#define ESAT_TOOLS_RUN_MODULE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/thread_pool.h"
#include "ir/literal.h"
#include "tools/commands.h"

namespace esat {

struct ModuleRun {
  std::vector<Literal> outputs;
  std::vector<std::string> names;
  std::string summary;  // Cycles and traffic, for a person.
};

// Reads the module back from its text and runs it launch by launch on the
// inputs of the command's folder.
absl::StatusOr<ModuleRun> RunModule(const RunCommand& command,
                                    ThreadPool* pool);

}  // namespace esat

#endif  // ESAT_TOOLS_RUN_MODULE_H_

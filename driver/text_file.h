// Text files that are there whole or not at all.
#ifndef ESAT_DRIVER_TEXT_FILE_H_
#define ESAT_DRIVER_TEXT_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace esat {

// Writes under a temporary name and renames. kUnavailable, with the path, if
// the file cannot be written.
absl::Status WriteTextFile(const std::string& path, std::string_view text);

}  // namespace esat

#endif  // ESAT_DRIVER_TEXT_FILE_H_

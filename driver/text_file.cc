#include "driver/text_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace esat {

absl::Status WriteTextFile(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  std::error_code error;
  if (file) {
    std::filesystem::rename(temporary, path, error);
    if (!error) return absl::OkStatus();
  }
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
}

}  // namespace esat

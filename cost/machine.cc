#include "cost/machine.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "cost/json_schema.h"
#include "cost/machine_json.h"

namespace esat {
namespace {

constexpr std::string_view kPresetPrefix = "presets/";
constexpr std::string_view kPresetSuffix = ".json";
// No honest machine file comes near; a model given by mistake does.
constexpr uintmax_t kMaxFileBytes = 16 << 20;

const std::string_view* FindEmbedded(const std::string& name) {
  for (const auto& [file, text] : EmbeddedMachineFiles()) {
    if (file == name) return &text;
  }
  return nullptr;
}

std::string PresetFile(const std::string& name) {
  return absl::StrCat(std::string(kPresetPrefix), name,
                      std::string(kPresetSuffix));
}

bool LooksLikePath(const std::string& text) {
  return text.find('/') != std::string::npos ||
         (text.size() > kPresetSuffix.size() &&
          text.compare(text.size() - kPresetSuffix.size(), std::string::npos,
                       kPresetSuffix) == 0);
}

absl::Status NotFound(const std::string& name_or_path) {
  if (LooksLikePath(name_or_path)) {
    return absl::NotFoundError(absl::StrCat(
        name_or_path, ": expected a machine file, found no such file"));
  }
  const std::vector<std::string> names = MachinePresetNames();
  const std::string near = NearestName(name_or_path, names);
  return absl::NotFoundError(absl::StrCat(
      "unknown machine \"", name_or_path, "\"",
      near.empty() ? "" : absl::StrCat(" (did you mean ", near, "?)"),
      ": expected a file, or a preset: ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::string> ReadMachineFile(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status =
      std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return NotFound(path);
  if (std::filesystem::is_directory(status)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a machine file, found a directory"));
  }
  const uintmax_t bytes = std::filesystem::file_size(path, error);
  if (!error && bytes > kMaxFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a machine file of at most ",
                     kMaxFileBytes, " bytes, found ", bytes));
  }
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) {
    return absl::PermissionDeniedError(absl::StrCat(
        path, ": expected a readable machine file: ", std::strerror(errno)));
  }
  return text;
}

}  // namespace

const char* VectorOpName(VectorOp op) {
  static const char* const kNames[] = {
      "add", "mul", "compare", "cast", "move", "div", "sqrt",
      "exp", "log", "tanh",    "erf",  "sin",  "pow", "lookup"};
  static_assert(std::size(kNames) == kVectorOpCount);
  return kNames[static_cast<size_t>(op)];
}

DType TargetMachine::PricedDType(DType dtype) const {
  for (const auto& [from, to] : assume_dtype) {
    if (from == dtype) return to;
  }
  return dtype;
}

const VectorUnit* TargetMachine::FindVectorUnit(DType dtype) const {
  for (const VectorUnit& unit : vector) {
    if (std::find(unit.dtypes.begin(), unit.dtypes.end(), dtype) !=
        unit.dtypes.end()) {
      return &unit;
    }
  }
  return nullptr;
}

bool TargetMachine::IsNativeOp(std::string_view op) const {
  return !native_ops.has_value() ||
         std::find(native_ops->begin(), native_ops->end(), op) !=
             native_ops->end();
}

std::vector<std::string> MachinePresetNames() {
  std::vector<std::string> names;
  for (const auto& [file, text] : EmbeddedMachineFiles()) {
    if (file.rfind(kPresetPrefix, 0) != 0) continue;
    names.push_back(
        file.substr(kPresetPrefix.size(),
                    file.size() - kPresetPrefix.size() - kPresetSuffix.size()));
  }
  return names;
}

std::string_view MachinePresetText(const std::string& name) {
  const std::string_view* text = FindEmbedded(PresetFile(name));
  ESAT_CHECK(text != nullptr) << "no preset " << name;
  return *text;
}

std::string_view MachineSchemaText() {
  const std::string_view* text =
      FindEmbedded("schema/esat.accel.1.schema.json");
  ESAT_CHECK(text != nullptr);
  return *text;
}

absl::StatusOr<TargetMachine> LoadMachine(const std::string& name_or_path) {
  if (const std::string_view* text = FindEmbedded(PresetFile(name_or_path))) {
    return ParseMachine(*text, absl::StrCat("preset ", name_or_path));
  }
  ESAT_ASSIGN_OR_RETURN(std::string text, ReadMachineFile(name_or_path));
  return ParseMachine(text, name_or_path);
}

}  // namespace esat

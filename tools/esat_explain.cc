// `esat explain FILE`.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "driver/explain/explanation.h"
#include "tools/commands.h"

namespace esat {
namespace {

// The explanation beside a result: PREFIX.explain.json for PREFIX, PREFIX.onnx,
// PREFIX.mlir or itself.
std::string ExplanationPath(const std::string& file) {
  if (file.ends_with(".explain.json")) return file;
  std::filesystem::path path(file);
  if (path.extension() == ".onnx" || path.extension() == ".mlir") {
    path.replace_extension();
  }
  return path.string() + ".explain.json";
}

}  // namespace

int RunExplain(const ExplainCommand& command) {
  const std::string path = ExplanationPath(command.file);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return ReportError(absl::NotFoundError(absl::StrCat(
        path,
        ": expected the explanation of a result, found no such file; "
        "esat MODEL --cost MACHINE --explain writes it")));
  }
  std::ostringstream text;
  text << file.rdbuf();
  const absl::StatusOr<Explanation> explanation =
      ParseExplanation(text.str(), path);
  if (!explanation.ok()) return ReportError(explanation.status());
  std::fputs(ExplanationText(*explanation, command.filter).c_str(), stdout);
  return kExitOk;
}

}  // namespace esat

#include "frontends/onnx/import.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "frontends/onnx/importer.h"
#include "frontends/onnx/mapped_file.h"

namespace esat {
namespace {

using onnx_import::ExternalFiles;
using onnx_import::Importer;
using onnx_import::ImportState;
using onnx_import::MappedFile;

absl::Status In(const std::string& where, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(where, ": ", std::string(status.message())));
}

absl::Status ParseModel(absl::Span<const std::byte> bytes,
                        onnx::ModelProto* model) {
  if (bytes.empty()) {
    return absl::InvalidArgumentError(
        "expected an ONNX model, found an empty file");
  }
  if (bytes.size() > INT_MAX) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected an ONNX model below 2 GiB (weights may be external data), "
        "found ",
        bytes.size(), " bytes"));
  }
  if (!model->ParsePartialFromArray(bytes.data(),
                                    static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError(
        "expected an ONNX model, found bytes that are no ModelProto (cut off, "
        "or another format)");
  }
  if (!model->has_graph()) {
    return absl::InvalidArgumentError(
        "expected an ONNX model, found a ModelProto without a graph");
  }
  return absl::OkStatus();
}

void ReadOpsets(const onnx::ModelProto& proto, Model* model) {
  for (const auto& import : proto.opset_import()) {
    const std::string domain = onnx_import::NormalDomain(import.domain());
    // A domain listed twice: runtimes take the newer one.
    int64_t& version = model->opset_imports[domain];
    version = std::max<int64_t>(version, import.version());
  }
  // Files of IR version 2 and less came before opsets.
  if (proto.opset_import_size() == 0 && proto.ir_version() < 3) {
    model->opset_imports[""] = 1;
  }
}

void ReadHeader(const onnx::ModelProto& proto, Model* model) {
  model->format = "onnx";
  model->ir_version = proto.ir_version();
  model->producer_name = proto.producer_name();
  model->producer_version = proto.producer_version();
  model->domain = proto.domain();
  model->doc = proto.doc_string();
  model->model_version = proto.model_version();
  for (const auto& entry : proto.metadata_props()) {
    model->metadata.emplace_back(entry.key(), entry.value());
  }
  for (const auto& node : proto.graph().node()) {
    model->source_node_count += node.op_type() != "Constant";
  }
  ReadOpsets(proto, model);
}

absl::StatusOr<Model> ImportProto(
    const std::shared_ptr<const onnx::ModelProto>& proto,
    ExternalFiles* external, const ImportOptions& options) {
  Model model;
  ReadHeader(*proto, &model);
  ImportState state;
  state.freeze_initializers = options.freeze_initializers;
  std::vector<std::string> warnings;
  if (options.warnings != nullptr) state.warnings = &warnings;
  Importer importer(*proto, {proto, external}, &state);
  ESAT_RETURN_IF_ERROR(importer.Import(&model));
  model.external_data = external->used();
  // A loop body that was built again warned again.
  std::set<std::string> seen;
  for (std::string& warning : warnings) {
    if (seen.insert(warning).second) options.warnings->push_back(warning);
  }
  return model;
}

}  // namespace

absl::StatusOr<Model> ImportOnnxBytes(absl::Span<const std::byte> bytes,
                                      const std::string& name,
                                      const ImportOptions& options) {
  auto proto = std::make_shared<onnx::ModelProto>();
  if (absl::Status status = ParseModel(bytes, proto.get()); !status.ok()) {
    return In(name, status);
  }
  ExternalFiles external(options.data_folder);
  absl::StatusOr<Model> model =
      ImportProto(std::move(proto), &external, options);
  if (!model.ok()) return In(name, model.status());
  model->path = name;
  return model;
}

absl::StatusOr<Model> ImportOnnx(const std::string& path,
                                 const ImportOptions& options) {
  ESAT_ASSIGN_OR_RETURN(auto file, MappedFile::Open(path));
  ImportOptions with_folder = options;
  if (with_folder.data_folder.empty()) {
    // "./" before a bare file name.
    with_folder.data_folder =
        (std::filesystem::path(".") / path).parent_path().string();
  }
  return ImportOnnxBytes(file->bytes(), path, with_folder);
}

}  // namespace esat

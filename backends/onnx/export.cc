#include "backends/onnx/export.h"

#include <onnx/onnx_pb.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "backends/onnx/functions.h"
#include "backends/onnx/graph_writer.h"
#include "backends/onnx/protos.h"
#include "backends/onnx/versions.h"
#include "base/status_macros.h"

namespace esat {
namespace {

constexpr int64_t kAlignment =
    4096;  // Of tensors in a side file, so that they can be mapped.
constexpr int64_t kSmallBytes =
    1024;  // Stay in the model even when others move out.
constexpr int64_t kFunctionsIrVersion = 8;  // Has model-local functions.
constexpr char kFunctionsDomain[] = "esat.kernels";

using Kernels = std::vector<std::vector<NodeId>>;

// The opset to write at, with the reason if it is not the model's own.
absl::Status ChooseOpset(const Model& model, const Graph& graph,
                         OnnxExport* result) {
  auto it = model.opset_imports.find("");
  const int64_t own = it == model.opset_imports.end() ? 23 : it->second;
  result->opset = own;
  std::string culprit;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const int64_t wanted = MinOpset(graph, graph.node(n));
    if (wanted <= result->opset) continue;
    result->opset = wanted;
    culprit = absl::StrCat("node '", graph.node(n).name, "' (",
                           OpName(graph.node(n).op), ") needs opset ", wanted);
  }
  if (culprit.empty()) return absl::OkStatus();
  if (!model.opset_pin_reason.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(culprit, ", but the model must stay at opset ", own, ": ",
                     model.opset_pin_reason));
  }
  result->opset_reason = culprit;
  return absl::OkStatus();
}

int64_t ConstantBytes(const Graph& graph) {
  int64_t bytes = 0;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    if (graph.node(n).op == Op::kConstant) {
      bytes += graph.node(n).attrs.Tensor("value").byte_size();
    }
  }
  return bytes;
}

// The side file for weights, written as tensors come.
class DataFile {
 public:
  explicit DataFile(std::string path) : path_(std::move(path)) {}

  void Append(const Literal& literal, onnx::TensorProto* tensor) {
    if (!out_.is_open()) out_.open(temporary(), std::ios::binary);
    const Literal dense = literal.Dense();
    const int64_t padding = (kAlignment - offset_ % kAlignment) % kAlignment;
    out_ << std::string(padding, '\0');
    offset_ += padding;
    const auto size = static_cast<int64_t>(dense.bytes().size());
    out_.write(reinterpret_cast<const char*>(dense.bytes().data()), size);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    const auto set = [&](const char* key, const std::string& value) {
      auto* entry = tensor->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    };
    set("location", std::filesystem::path(path_).filename().string());
    set("offset", absl::StrCat(offset_));
    set("length", absl::StrCat(size));
    offset_ += size;
  }

  bool used() const { return out_.is_open(); }
  const std::string& path() const { return path_; }
  std::string temporary() const { return path_ + ".tmp"; }
  bool Close() {
    out_.close();
    return out_.good();
  }

 private:
  std::string path_;
  std::ofstream out_;
  int64_t offset_ = 0;
};

absl::Status WriteError(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": cannot write the file"));
}

absl::Status Publish(const std::string& temporary, const std::string& path) {
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  return error ? WriteError(path) : absl::OkStatus();
}

void WriteHeader(const Model& model, const OnnxWriterContext& context,
                 onnx::ModelProto* proto) {
  proto->set_ir_version(
      std::max(model.ir_version, IrVersionFor(context.opset)));
  proto->set_producer_name(model.producer_name);
  proto->set_producer_version(model.producer_version);
  if (!model.domain.empty()) proto->set_domain(model.domain);
  if (model.model_version != 0) proto->set_model_version(model.model_version);
  if (!model.doc.empty()) proto->set_doc_string(model.doc);
  for (const auto& [key, value] : model.metadata) {
    auto* entry = proto->add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  auto* own = proto->add_opset_import();
  own->set_domain("");
  own->set_version(context.opset);
  for (const auto& [domain, version] : model.opset_imports) {
    if (domain.empty() || !context.domains.contains(domain)) continue;
    auto* import = proto->add_opset_import();
    import->set_domain(domain);
    import->set_version(version);
  }
}

// By node: the kernel that it is in, or -1.
std::vector<int> KernelOf(const Graph& graph, const Kernels& kernels) {
  std::vector<int> kernel_of(graph.node_count(), -1);
  for (size_t k = 0; k < kernels.size(); ++k) {
    for (NodeId n : kernels[k]) kernel_of[n] = static_cast<int>(k);
  }
  return kernel_of;
}

// All nodes kernel by kernel, so that each kernel is one stretch; the nodes in
// none, which need constants alone, come first.
absl::StatusOr<std::vector<NodeId>> LaunchOrder(const Graph& graph,
                                                const Kernels& kernels) {
  const std::vector<int> kernel_of = KernelOf(graph, kernels);
  std::vector<NodeId> order;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    if (kernel_of[n] < 0) order.push_back(n);
  }
  for (const std::vector<NodeId>& kernel : kernels) {
    order.insert(order.end(), kernel.begin(), kernel.end());
  }
  std::vector<bool> done(graph.node_count(), false);
  for (NodeId n : order) {
    for (ValueId input : graph.node(n).inputs) {
      if (input == kNoValue || graph.is_input(input)) continue;
      if (done[graph.value(input).producer]) continue;
      return absl::InternalError(absl::StrCat(
          "node '", graph.node(n).name, "' (", OpName(graph.node(n).op),
          "), kernel ", kernel_of[n], ": '", graph.value(input).name,
          "' is read before it is computed"));
    }
    done[n] = true;
  }
  return order;
}

// Names are free in every domain but those of nodes that esat does not know.
std::string FreeDomain(const OnnxWriterContext& context) {
  std::string domain = kFunctionsDomain;
  while (context.domains.contains(domain)) domain += "_";
  return domain;
}

std::vector<NodeOrigin> Origins(const std::vector<NodeId>& written_for,
                                const std::vector<int>& kernel_of) {
  std::vector<NodeOrigin> origins(written_for.size());
  for (size_t i = 0; i < written_for.size(); ++i) {
    const NodeId n = written_for[i];
    if (n == kNoNode) continue;
    origins[i].kernel = kernel_of[n];
    origins[i].helper = i + 1 < written_for.size() && written_for[i + 1] == n;
  }
  return origins;
}

// Kernels become functions, and the header says that there are some.
void AddFunctions(const std::vector<NodeOrigin>& origins,
                  const OnnxWriterContext& context, onnx::ModelProto* proto) {
  FormFunctions(origins, FreeDomain(context), context.opset, proto);
  if (proto->functions_size() > 0) {
    proto->set_ir_version(std::max(proto->ir_version(), kFunctionsIrVersion));
  }
}

// The model and its side file if that is in use.
absl::Status WriteFiles(const onnx::ModelProto& proto, const std::string& path,
                        DataFile* data, std::vector<std::string>* files) {
  const std::string temporary = path + ".tmp";
  {
    std::ofstream out(temporary, std::ios::binary);
    if (!out || !proto.SerializeToOstream(&out)) return WriteError(path);
  }
  if (data->used()) {
    if (!data->Close()) return WriteError(data->path());
    ESAT_RETURN_IF_ERROR(Publish(data->temporary(), data->path()));
    files->push_back(data->path());
  }
  ESAT_RETURN_IF_ERROR(Publish(temporary, path));
  files->insert(files->begin(), path);
  return absl::OkStatus();
}

// Writes the model; without kernels there are no functions.
absl::StatusOr<OnnxExport> Export(const Model& model, const Graph& graph,
                                  const Kernels& kernels,
                                  const std::string& path,
                                  const OnnxExportOptions& options) {
  OnnxExport result;
  ESAT_RETURN_IF_ERROR(ChooseOpset(model, graph, &result));
  std::filesystem::path data_path(path);
  data_path.replace_extension(".data");
  DataFile data(data_path.string());
  const bool external =
      model.external_data || ConstantBytes(graph) > options.max_inline_bytes;
  OnnxWriterContext context;
  context.model = &model;
  context.opset = result.opset;
  context.write_tensor = [&](const Literal& literal,
                             onnx::TensorProto* tensor) {
    if (external && literal.byte_size() > kSmallBytes &&
        literal.dtype() != DType::kString) {
      data.Append(literal, tensor);
    } else {
      const std::string name = tensor->name();
      tensor->Clear();
      WriteTensor(literal, name, tensor);
    }
  };
  onnx::ModelProto proto;
  OnnxGraphWriter writer(&context, graph, proto.mutable_graph());
  ESAT_ASSIGN_OR_RETURN(const std::vector<NodeId> order,
                        LaunchOrder(graph, kernels));
  ESAT_RETURN_IF_ERROR(writer.Write({}, order));
  WriteHeader(model, context, &proto);
  if (!kernels.empty()) {
    AddFunctions(Origins(writer.written_for(), KernelOf(graph, kernels)),
                 context, &proto);
  }
  result.node_count = context.node_count;
  ESAT_RETURN_IF_ERROR(WriteFiles(proto, path, &data, &result.files));
  return result;
}

}  // namespace

absl::StatusOr<OnnxExport> ExportOnnx(const Model& model, const Graph& graph,
                                      const std::string& path,
                                      const OnnxExportOptions& options) {
  return Export(model, graph, {}, path, options);
}

absl::StatusOr<OnnxExport> ExportOnnxFunctions(
    const Model& model, const KernelizedGraph& graph, const std::string& path,
    const OnnxExportOptions& options) {
  return Export(model, graph.graph, graph.kernels, path, options);
}

}  // namespace esat

#include "backends/accel/export.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "backends/accel/weights_file.h"
#include "base/status_macros.h"

namespace esat {
namespace {

// A file that is written aside, and removed again unless published.
class PendingFile {
 public:
  explicit PendingFile(std::string path) : path_(std::move(path)) {}
  ~PendingFile() {
    std::error_code ignored;
    if (!published_) std::filesystem::remove(temporary(), ignored);
  }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  std::string temporary() const { return path_ + ".tmp"; }
  absl::Status Publish() {
    std::error_code error;
    std::filesystem::rename(temporary(), path_, error);
    published_ = !error;
    return error ? absl::UnavailableError(absl::StrCat(
                       path_, ": cannot write the file: ", error.message()))
                 : absl::OkStatus();
  }

 private:
  const std::string path_;
  bool published_ = false;
};

AccelExport Summary(const AccelModule& module) {
  AccelExport result;
  result.kernels = static_cast<int64_t>(module.kernels.size());
  for (const AccelKernel& kernel : module.kernels) {
    result.host_kernels += kernel.estimate.on_host ? 1 : 0;
  }
  result.buffers = static_cast<int64_t>(module.buffers.size());
  result.constants = static_cast<int64_t>(module.constants.size());
  result.weights_bytes = module.weights_bytes;
  for (const AccelMemory& memory : module.memories) {
    int64_t peak = 0;
    for (const AccelBuffer& b : module.buffers) {
      if (b.memory == memory.name) peak = std::max(peak, b.offset + b.bytes);
    }
    result.memory_peak.emplace_back(memory.name, peak);
  }
  return result;
}

}  // namespace

absl::StatusOr<AccelExport> ExportAccel(const Model& model,
                                        const KernelizedGraph& graph,
                                        absl::Span<const KernelPrice> prices,
                                        const CostModel& cost,
                                        const std::string& path,
                                        ThreadPool* pool) {
  ESAT_ASSIGN_OR_RETURN(AccelModule module,
                        BuildAccel(model, graph, prices, cost, pool));
  const std::filesystem::path weights_path =
      std::filesystem::path(path).replace_extension(".weights");
  PendingFile weights(weights_path.string());
  PendingFile text(path);
  const bool side_file = module.weights_bytes > 0;
  if (side_file) {
    module.weights_file = weights_path.filename().string();
    ESAT_ASSIGN_OR_RETURN(module.weights_checksum,
                          WriteWeights(module, weights.temporary()));
  }
  {
    std::ofstream out(text.temporary(), std::ios::binary);
    out << PrintAccel(module);
    out.close();
    if (!out.good()) {
      return absl::UnavailableError(
          absl::StrCat(path, ": cannot write the file"));
    }
  }
  AccelExport result = Summary(module);
  if (side_file) ESAT_RETURN_IF_ERROR(weights.Publish());
  ESAT_RETURN_IF_ERROR(text.Publish());
  result.files.push_back(path);
  if (side_file) result.files.push_back(weights_path.string());
  return result;
}

}  // namespace esat

// Regions of ops as graphs: bodies of kernels and the subgraphs inside them.
#ifndef ESAT_BACKENDS_ACCEL_BODY_PARSE_H_
#define ESAT_BACKENDS_ACCEL_BODY_PARSE_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "backends/accel/mlir_text.h"
#include "ir/graph.h"

namespace esat {

// What a region may refer to outside itself.
struct BodyContext {
  const std::string& file;
  // Tensor attributes by symbol.
  const absl::flat_hash_map<std::string, Literal>& constants;

  absl::Status Error(int line, const std::string& what) const;
};

// The graph of a region that ends in accel.yield: its inputs are the arguments,
// its outputs what is yielded. Checks that values are defined once and before
// use, with the types that uses say, and that attributes can be read.
absl::StatusOr<Graph> ReadBody(const MlirRegion& region, int line,
                               const BodyContext& context);

// Typed access to attributes of an op; errors name op and attribute.
class OpAttributes {
 public:
  OpAttributes(const MlirOp& op, const std::string& file)
      : op_(op), file_(file) {}

  absl::StatusOr<const MlirAttr*> Get(const std::string& name,
                                      MlirAttr::Kind kind) const;
  // Null when absent.
  absl::StatusOr<const MlirAttr*> Find(const std::string& name,
                                       MlirAttr::Kind kind) const;
  absl::StatusOr<int64_t> Int(const std::string& name) const;
  absl::StatusOr<double> Float(const std::string& name) const;
  absl::StatusOr<std::string> String(const std::string& name) const;
  absl::StatusOr<std::vector<std::string>> Strings(
      const std::string& name) const;
  bool Flag(const std::string& name) const {
    return op_.attributes.Find(name) != nullptr;
  }
  absl::Status Error(const std::string& what) const;

 private:
  const MlirOp& op_;
  const std::string& file_;
};

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_BODY_PARSE_H_

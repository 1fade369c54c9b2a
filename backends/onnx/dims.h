// Symbolic sizes as ONNX computations.
#ifndef ESAT_BACKENDS_ONNX_DIMS_H_
#define ESAT_BACKENDS_ONNX_DIMS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/type.h"

namespace esat {

// What DimWriter emits through: nodes in order, and named int64 constants.
class DimSink {
 public:
  virtual ~DimSink() = default;
  // Appends a node with one output and returns the output's name.
  virtual std::string EmitNode(
      const std::string& op_type, const std::vector<std::string>& inputs,
      const std::vector<std::pair<std::string, int64_t>>& attributes) = 0;
  // The name of an int64 constant; the same for the same contents. `scalar`
  // makes it rank 0.
  virtual std::string EmitInts(const std::vector<int64_t>& values,
                               bool scalar) = 0;
};

// Writes lists of Dims as 1-D int64 tensors. Symbols are read off the shapes of
// values noted before.
class DimWriter {
 public:
  explicit DimWriter(DimSink* sink, const DimWriter* outer = nullptr)
      : sink_(sink), outer_(outer) {}

  // From here on the symbols in `type`'s shape can be read off the value
  // `name`.
  void Note(const std::string& name, const Type& type);

  // The name of a 1-D int64 tensor of these sizes. Fails naming the symbol that
  // no value shows.
  absl::StatusOr<std::string> List(const std::vector<Dim>& dims);
  // The same for one size as a tensor of rank 0.
  absl::StatusOr<std::string> Scalar(const Dim& dim);

 private:
  struct Place {
    std::string value;
    int64_t axis;
  };
  const Place* Find(const std::string& symbol) const;
  absl::StatusOr<std::string> One(const Dim& dim);  // As a 1-element list.
  absl::StatusOr<std::string> Symbol(const std::string& symbol);
  absl::StatusOr<std::string> Function(const std::string& name, const Dim& a,
                                       const Dim& b);

  DimSink* sink_;
  const DimWriter* outer_;
  std::map<std::string, Place> places_;
  std::map<std::string, std::string>
      shapes_;  // By value: the name of its Shape.
  std::map<std::string, std::string> written_;  // By text of the dim: its name.
};

}  // namespace esat

#endif  // ESAT_BACKENDS_ONNX_DIMS_H_

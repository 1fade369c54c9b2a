// Reads the field's e-graph files (egraph-serialize JSON) as problems.
#ifndef ESAT_EXTRACT_SERIALIZED_PROBLEM_H_
#define ESAT_EXTRACT_SERIALIZED_PROBLEM_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "extract/problem.h"

namespace esat {

// Rows are the file's nodes and classes its e-classes, both in the order in
// which the file first mentions them.
struct SerializedProblem {
  ExtractionProblem problem;
  std::vector<std::string> node_ids;   // By row.
  std::vector<std::string> class_ids;  // By class.
};

// Parses `text`; `name` stands for it in messages. Keys that extraction does
// not need are ignored; a node without "cost" costs 1. Fails with
// kInvalidArgument and the JSON path on anything else that is not as the
// format says, negative costs and missing nodes and classes included. Reads
// in one pass; memory is that of the problem and the ids.
absl::StatusOr<SerializedProblem> ParseSerializedProblem(
    std::string_view text, const std::string& name);

// Reads the file at `path`. kNotFound if it cannot be opened.
absl::StatusOr<SerializedProblem> ReadSerializedProblem(
    const std::string& path);

}  // namespace esat

#endif  // ESAT_EXTRACT_SERIALIZED_PROBLEM_H_

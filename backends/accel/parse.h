// Reading accelerator modules back.
#ifndef ESAT_BACKENDS_ACCEL_PARSE_H_
#define ESAT_BACKENDS_ACCEL_PARSE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "backends/accel/module.h"
#include "ir/kernelized_graph.h"

namespace esat {

// Parses the text of a module: the subset of MLIR's generic form that
// PrintAccel writes, however it is laid out (mlir-opt's spelling of it too).
// Constants in the side file get their values from `weights`, which the result
// keeps alive. Errors are kInvalidArgument: "FILE:LINE: ...".
//
// What is checked: syntax, that every operand is defined before its use and
// has the type that its use says, symbols, constants' ranges. VerifyAccel
// checks the rest.
absl::StatusOr<AccelModule> ParseAccel(std::string_view text,
                                       const std::string& file,
                                       absl::Span<const std::byte> weights,
                                       std::shared_ptr<const void> owner);

// Reads `path` and maps the side file that it names, which must lie in the same
// folder and have the size that the module says.
absl::StatusOr<AccelModule> LoadAccel(const std::string& path);

// Whether the text looks like a module rather than something else; for callers
// that are given a file of unknown kind.
bool LooksLikeAccel(std::string_view text);

// The module as a graph with its kernels. Types, names of inputs, outputs,
// nodes and kernel results are as in the text.
KernelizedGraph ToKernelizedGraph(const AccelModule& module);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_PARSE_H_

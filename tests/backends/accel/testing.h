// Small models, exported and read back.
#ifndef ESAT_TESTS_BACKENDS_ACCEL_TESTING_H_
#define ESAT_TESTS_BACKENDS_ACCEL_TESTING_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backends/accel/export.h"
#include "backends/accel/parse.h"
#include "cost/cost_model.h"
#include "ir/kernelized_graph.h"

namespace esat {

// A graph in kernels, with inputs to run it on.
struct Example {
  Model model;
  KernelizedGraph kernels;
  std::vector<Literal> inputs;
  std::map<std::string, int64_t> assumed;
};

// Relu(x · w + b) in one kernel; w has 32 x 16 elements.
Example DenseLayer();
// Two convolutions with epilogues, a pool, views, a skip connection.
Example ConvNet();
// Split and TopK, of which some results are not used; one output twice, one
// that is an input, one that is a constant.
Example ManyOutputs();
// If with captures, around a constant too large for the text.
Example Branches();
// A symbolic batch; Reshape and Expand to expressions; strings on the host.
Example Symbolic();
// Every kind of attribute, infinities, text with quotes and zero bytes.
Example Attributes();
std::vector<std::pair<std::string, Example>> AllExamples();

// A folder of its own under the test's temporary folder.
std::string TestFolder(const std::string& name);
std::vector<KernelPrice> PricesOf(const KernelizedGraph& graph,
                                  const CostModel& cost);
CostModel CostOn(const std::string& machine, const Example& example);

// Exports to `folder`/model.mlir for `machine`; fails the test on errors.
AccelExport MustExport(const Example& example, const std::string& folder,
                       const std::string& machine = "ethos-u65-256");
AccelModule MustLoad(const std::string& path);

std::string ReadText(const std::string& path);
void WriteText(const std::string& path, const std::string& text);

// f32 in [-1, 1) that depend on `seed`.
Literal Noise(std::vector<int64_t> shape, uint64_t seed);

}  // namespace esat

#endif  // ESAT_TESTS_BACKENDS_ACCEL_TESTING_H_

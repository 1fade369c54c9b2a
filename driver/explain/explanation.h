// Why a result is what it is, kernel by kernel.
#ifndef ESAT_DRIVER_EXPLAIN_EXPLANATION_H_
#define ESAT_DRIVER_EXPLAIN_EXPLANATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace esat {

// A rule in the proof that a kernel's values are those of the model.
struct RuleReason {
  std::string name;      // "NAME~" is the backward direction of a `<=>`.
  std::string licences;  // "reassoc, nsz"; empty: exact.
  std::string says;      // Its sentence.
  int64_t steps = 0;     // Applications in the proof.
};

// What kernels cost. The parts overlap: compute and traffic hide each other.
struct CostParts {
  double cost = 0;  // In the machine's objective.
  double compute_us = 0, traffic_us = 0, launch_us = 0, host_us = 0;
  double bytes = 0;  // To and from the last memory.
  int64_t launches = 0;
};

struct KernelSketch {
  std::string ops;   // In execution order, as "Conv+Add+Relu".
  std::string type;  // Of what comes out.
  double cost = 0;
};

// The cheapest other choice for what a kernel computes, everything else as it
// is, except that what is then needed is added and what nobody needs is gone.
struct RunnerUp {
  std::vector<KernelSketch> added, removed;
  CostParts change;  // Added less removed: what it would cost more.
};

struct KernelExplanation {
  KernelSketch kernel;
  std::string computes;              // The model's name for it, if it has one.
  std::vector<std::string> sources;  // Nodes of the model that it covers.
  CostParts parts;
  std::vector<RuleReason> rules;
  // Nothing: the e-graph has no other way to compute it.
  std::optional<RunnerUp> runner_up;
};

struct Explanation {
  std::string model, machine;
  double cost = 0;
  double lower_bound = 0;
  std::string stop_reason;                 // Of saturation.
  std::string note;                        // Worth telling a person.
  std::vector<KernelExplanation> kernels;  // That cost something; launch order.
};

// One JSON object with the schema of docs/comparison.md, ending in a newline.
std::string ExplanationJson(const Explanation& explanation);
// Fails with kInvalidArgument and what was expected; `file` is for messages.
absl::StatusOr<Explanation> ParseExplanation(const std::string& text,
                                             const std::string& file);
// For a person; only kernels whose text has `filter` in it, if not empty.
std::string ExplanationText(const Explanation& explanation,
                            const std::string& filter);

}  // namespace esat

#endif  // ESAT_DRIVER_EXPLAIN_EXPLANATION_H_

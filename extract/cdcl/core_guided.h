// Minimises a sum of weights from below: core by core.
#ifndef ESAT_EXTRACT_CDCL_CORE_GUIDED_H_
#define ESAT_EXTRACT_CDCL_CORE_GUIDED_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "extract/cdcl/solver.h"

namespace esat::cdcl {

// Work that a Minimizer may do.
struct CoreLimits {
  int64_t conflicts = 0;
  int64_t steps = 0;
};

// The least total weight of the literals that are true, over the assignments
// that a Solver accepts.
//
// It assumes that every weighted literal is false. What stands against that is
// a core: literals of which one at least is true. The least of their weights is
// paid for certain and goes into lower_bound(); new literals that count how
// many more of them are true take over the rest. When nothing stands against
// the assumptions any more, what is paid is the optimum.
class Minimizer {
 public:
  // `solver` must outlive this. Its clauses may be added to while Run does not
  // run.
  explicit Minimizer(Solver& solver) : solver_(solver) {}

  // Each literal that is true costs `weight` more. Requires: weight >= 0, and
  // no weight nor target is above 2^53.
  void AddWeight(Literal literal, int64_t weight);

  // Only assignments of at most `target` are of interest. Requires: no more
  // than before.
  void SetTarget(int64_t target) { target_ = target; }
  int64_t target() const { return target_; }

  // No assignment weighs less. Only grows.
  int64_t lower_bound() const { return lower_bound_; }

  enum class Result {
    kOptimal,    // The solver's model weighs lower_bound().
    kExhausted,  // Every assignment weighs more than the target.
    kStopped,
  };
  // `on_bound` is called when lower_bound() grew, `on_model` with every
  // assignment found; both may lower the target.
  Result Run(const CoreLimits& limits, const std::function<void()>& on_bound,
             const std::function<void()>& on_model);

  int64_t cores() const { return cores_; }

 private:
  // A literal with weight left, and what follows when it is paid: the next
  // output of the counter that it belongs to.
  struct Soft {
    Literal literal;
    int64_t weight = 0;
    std::vector<Literal> outputs;  // After this one, of its counter.
    int64_t output_weight = 0;     // Each.
  };
  struct Core {
    std::vector<Literal> literals;  // One of them is true.
    int64_t weight = 0;
  };

  Soft& SoftOf(Literal literal);
  std::vector<Literal> Assumptions() const;
  bool LowerStratum();
  void Pay(std::vector<Literal> core, const CoreLimits& limits);
  void Shrink(std::vector<Literal>& core, const CoreLimits& limits);
  void Relax(const Core& core);
  void AddCounter(std::span<const Literal> inputs, int64_t weight,
                  Literal* at_least_one);
  void Harden();
  bool Spent(const CoreLimits& limits) const;

  Solver& solver_;
  std::vector<Soft> softs_;
  std::vector<uint32_t> soft_of_;  // By literal code.
  std::vector<Core> pending_;      // Paid, their counters not yet there.
  int64_t lower_bound_ = 0;
  int64_t target_ = int64_t{1} << 53;
  int64_t stratum_ = INT64_MAX;  // Lighter literals are not yet assumed.
  int64_t cores_ = 0;
  int64_t first_conflict_ = 0;  // Of this Run.
  int64_t first_step_ = 0;
};

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_CORE_GUIDED_H_

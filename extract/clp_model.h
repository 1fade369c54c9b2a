// Problems and inequalities as Clp wants them. The only header of this room
// that includes COIN-OR's; not for users of the room.
#ifndef ESAT_EXTRACT_CLP_MODEL_H_
#define ESAT_EXTRACT_CLP_MODEL_H_

#include <coin/ClpEventHandler.hpp>
#include <coin/CoinPackedVector.hpp>
#include <coin/OsiClpSolverInterface.hpp>
#include <span>

#include "extract/budget.h"
#include "extract/certificate.h"
#include "extract/problem.h"

namespace esat {

// A power of two that brings the largest cost to about 2^14: Clp's tolerances
// are absolute.
double CostScale(const ExtractionProblem& problem);

// The coefficients of one inequality, by column = row of the problem.
CoinPackedVector Coefficients(const Inequality& inequality);

// Loads a column in [0, 1] for each row of `problem`, scaled costs, and a row
// for each inequality, in order; silences Clp. Requires: finite costs.
void LoadClp(const ExtractionProblem& problem,
             std::span<const Inequality> inequalities,
             OsiClpSolverInterface& clp);

// Appends rows for `inequalities`.
void AppendRows(std::span<const Inequality> inequalities,
                OsiClpSolverInterface& clp);

// Makes Clp stop in mid-solve when the interrupt is raised.
class StopHandler : public ClpEventHandler {
 public:
  explicit StopHandler(const Interrupt* interrupt) : interrupt_(interrupt) {}
  int event(Event which) override;
  ClpEventHandler* clone() const override { return new StopHandler(*this); }

 private:
  const Interrupt* interrupt_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_CLP_MODEL_H_

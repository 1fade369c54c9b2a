#include "extract/clp_model.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"

namespace esat {

double CostScale(const ExtractionProblem& problem) {
  double largest = 0;
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    largest = std::max(largest, problem.cost(row));
  }
  return largest > 0 ? std::ldexp(1.0, 13 - std::ilogb(largest)) : 1;
}

CoinPackedVector Coefficients(const Inequality& inequality) {
  CoinPackedVector vector;
  vector.reserve(
      static_cast<int>(inequality.plus.size() + inequality.minus.size()));
  for (const ProblemRow row : inequality.plus) {
    vector.insert(static_cast<int>(row), 1.0);
  }
  for (const ProblemRow row : inequality.minus) {
    vector.insert(static_cast<int>(row), -1.0);
  }
  return vector;
}

void AppendRows(std::span<const Inequality> inequalities,
                OsiClpSolverInterface& clp) {
  std::vector<CoinPackedVector> rows;
  rows.reserve(inequalities.size());
  for (const Inequality& inequality : inequalities) {
    rows.push_back(Coefficients(inequality));
  }
  std::vector<const CoinPackedVectorBase*> pointers;
  std::vector<double> lower;
  for (size_t i = 0; i < rows.size(); ++i) {
    pointers.push_back(&rows[i]);
    lower.push_back(inequalities[i].least);
  }
  const std::vector<double> upper(rows.size(), COIN_DBL_MAX);
  clp.addRows(static_cast<int>(rows.size()), pointers.data(), lower.data(),
              upper.data());
}

namespace {

CoinPackedMatrix Matrix(std::span<const Inequality> inequalities, int columns) {
  std::vector<double> elements;
  std::vector<int> indices;
  std::vector<CoinBigIndex> starts = {0};
  for (const Inequality& inequality : inequalities) {
    for (const ProblemRow row : inequality.plus) {
      elements.push_back(1);
      indices.push_back(static_cast<int>(row));
    }
    for (const ProblemRow row : inequality.minus) {
      elements.push_back(-1);
      indices.push_back(static_cast<int>(row));
    }
    starts.push_back(static_cast<CoinBigIndex>(indices.size()));
  }
  return CoinPackedMatrix(
      /*colordered=*/false, columns, static_cast<int>(inequalities.size()),
      static_cast<CoinBigIndex>(indices.size()), elements.data(),
      indices.data(), starts.data(), /*len=*/nullptr);
}

}  // namespace

void LoadClp(const ExtractionProblem& problem,
             std::span<const Inequality> inequalities,
             OsiClpSolverInterface& clp) {
  const int columns = static_cast<int>(problem.row_count());
  const double scale = CostScale(problem);
  std::vector<double> costs(columns);
  for (int i = 0; i < columns; ++i) {
    const double cost = problem.cost(static_cast<ProblemRow>(i));
    ESAT_CHECK(std::isfinite(cost)) << "row " << i;
    costs[i] = cost * scale;
  }
  clp.messageHandler()->setLogLevel(0);
  clp.getModelPtr()->setLogLevel(0);
  clp.setHintParam(OsiDoReducePrint, true, OsiHintTry);
  const std::vector<double> zeros(columns, 0.0);
  const std::vector<double> ones(columns, 1.0);
  const CoinPackedMatrix matrix = Matrix(inequalities, columns);
  std::vector<double> lower;
  for (const Inequality& inequality : inequalities) {
    lower.push_back(inequality.least);
  }
  const std::vector<double> upper(lower.size(), COIN_DBL_MAX);
  clp.loadProblem(matrix, zeros.data(), ones.data(), costs.data(), lower.data(),
                  upper.data());
}

int StopHandler::event(Event which) {
  // A look takes far less than a pivot of the smallest program worth one.
  if (which != endOfIteration && which != endOfFactorization) return -1;
  return interrupt_->Raised() ? 0 : -1;
}

}  // namespace esat

// Constant folding with pruning, as egg's tests/math.rs has it.
#ifndef ESAT_BENCH_SEXP_CONSTANT_FOLDING_H_
#define ESAT_BENCH_SEXP_CONSTANT_FOLDING_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "bench/sexp/arithmetic.h"
#include "bench/sexp/language.h"
#include "egraph/analysis.h"
#include "egraph/egraph.h"
#include "egraph/flat_array.h"

namespace esat {

// The facts of a class are its constant, if it is known to have one, and
// whether one of its e-nodes is a symbol (a leaf that is no number).
//
// A constant is a finite f64. A number is one; so is the value of + - * / over
// two constants, unless it divides by zero or the value is not finite. A class
// with two constants (inexact arithmetic, or an unsound rule) has the smaller.
//
// A class that gets a constant also gets the constant's leaf, and all its
// e-nodes that are no leaves are pruned (EGraph::Prune).
class ConstantFolding : public Analysis {
 public:
  // Outlives the analysis.
  explicit ConstantFolding(SexpLanguage* language);

  // The facts of the leader `id`.
  std::optional<double> constant(EClassId id) const {
    const uint32_t number = facts_[id.value].number;
    return number == 0 ? std::nullopt : std::make_optional(numbers_[number]);
  }
  bool is_symbol(EClassId id) const { return facts_[id.value].is_symbol; }

  bool Make(const EGraph& egraph, EClassId id, ENodeId node_id,
            const ENode& node) override;
  MergeEffect Merge(EClassId winner, EClassId loser) override;
  void Modify(EGraph& egraph, EClassId id) override;
  size_t storage_bytes() const override {
    return facts_.size() * sizeof(Facts);
  }

 private:
  // Few classes have a constant, and few constants are different: one word
  // a class, so that facts stay in the cache where there are millions.
  struct Facts {
    uint32_t number : 31;  // In numbers_; 0: no constant.
    uint32_t is_symbol : 1;
    friend bool operator==(const Facts& a, const Facts& b) {
      return a.number == b.number && a.is_symbol == b.is_symbol;
    }
  };

  uint32_t NumberOf(double value);
  Facts Join(const Facts& a, const Facts& b) const;
  Facts FactsOf(const EGraph& egraph, const ENode& node);

  SexpLanguage* language_;
  Arithmetic arithmetic_;
  FlatArray<Facts> facts_;
  std::vector<double> numbers_;
  absl::flat_hash_map<double, uint32_t> number_ids_;
};

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_CONSTANT_FOLDING_H_

// Why two classes were made one.
#ifndef ESAT_EGRAPH_JUSTIFICATION_H_
#define ESAT_EGRAPH_JUSTIFICATION_H_

#include <cstdint>

#include "egraph/ids.h"

namespace esat {

struct Justification {
  enum class Kind : uint8_t {
    kGiven,       // The caller says so.
    kRule,        // `rule` fired on a match.
    kCongruence,  // Same op and attributes over equal children.
    kAnalysis,    // Analysis::Modify found it, for example by folding.
  };

  Kind kind = Kind::kGiven;
  RuleId rule;  // kRule only.
  uint32_t match =
      0;        // kRule only: position in the run's list of applied matches.
  ENodeId row;  // kAnalysis only, if valid: the e-node that was evaluated.

  static Justification Given() { return {}; }
  static Justification Rule(RuleId rule, uint32_t match) {
    return {Kind::kRule, rule, match};
  }
  static Justification Congruence() { return {Kind::kCongruence, RuleId(), 0}; }
  static Justification Analysis(ENodeId row = ENodeId()) {
    return {Kind::kAnalysis, RuleId(), 0, row};
  }
};

}  // namespace esat

#endif  // ESAT_EGRAPH_JUSTIFICATION_H_

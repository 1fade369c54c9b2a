// What the e-graph needs to know of a language: which ops commute, and how to
// write them.
#ifndef ESAT_EGRAPH_LANGUAGE_H_
#define ESAT_EGRAPH_LANGUAGE_H_

#include <string>

#include "egraph/ids.h"

namespace esat {

// Const members are called by all search threads.
class Language {
 public:
  virtual ~Language() = default;

  // True if swapping the first two children gives an equal term. Patterns then
  // match in either order; no e-node is added for it.
  virtual bool IsCommutative(OpId op) const {
    (void)op;
    return false;
  }

  // For dumps only.
  virtual std::string OpName(OpId op) const {
    return std::string("op").append(std::to_string(op.value));
  }
  virtual std::string AttrsText(AttrsId attrs) const {
    return attrs == kNoAttrs
               ? ""
               : std::string("#").append(std::to_string(attrs.value));
  }
};

}  // namespace esat

#endif  // ESAT_EGRAPH_LANGUAGE_H_

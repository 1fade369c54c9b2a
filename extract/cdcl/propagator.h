// A constraint that no set of clauses states in reasonable size.
#ifndef ESAT_EXTRACT_CDCL_PROPAGATOR_H_
#define ESAT_EXTRACT_CDCL_PROPAGATOR_H_

#include <vector>

#include "extract/cdcl/literal.h"

namespace esat::cdcl {

// Joins the search of a Solver. It is told what becomes true and what becomes
// open again, and answers with clauses, one at a time.
class Propagator {
 public:
  virtual ~Propagator() = default;

  // `literal`, of a variable that this watches, became true.
  virtual void OnTrue(Literal literal) = 0;
  // ... and is open again. Called in any order for the literals undone.
  virtual void OnOpen(Literal literal) = 0;

  // Called when the clauses have nothing more to say. Writes a clause that the
  // constraint implies and that is false, or has one open literal and is false
  // otherwise, the open one first; or returns false if there is none.
  virtual bool FindClause(std::vector<Literal>& clause) = 0;
};

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_PROPAGATOR_H_

// Runs compiled patterns against a clean e-graph.
#ifndef ESAT_EGRAPH_EMATCH_MACHINE_H_
#define ESAT_EGRAPH_EMATCH_MACHINE_H_

#include <vector>

#include "egraph/egraph.h"
#include "egraph/ematch/program.h"
#include "egraph/match.h"

namespace esat {

// What counts as new: matches that use an e-node (or, with facts, a class whose
// fact is) younger than `since`. With since == 0 everything is new.
struct MatchWindow {
  uint32_t since = 0;
  bool facts = false;
};

// The touch levels that a pattern needs, see EGraph::EnsureTouchLevels.
int TouchLevelsFor(const Program& program, bool facts);

// One thread's machine: cheap to make, not shared.
//
// A pattern with several roots has one program per start root. Together they
// deliver each new match once: the program that starts at root i delivers those
// whose first new tree is i.
class Machine {
 public:
  // All outlive the machine. Requires: the e-graph is clean and has the touch
  // levels.
  Machine(const EGraph& egraph, const Program& program, MatchWindow window);

  // False if some op or ground leaf of the pattern does not occur at all, or
  // nothing can be new: searching is pointless.
  bool CanMatch() const { return can_match_; }

  // Appends the new matches whose start root is e-node `row` (an op of the
  // start atom).
  void SearchNode(ENodeId row, MatchBuffer* out);

  // The same for a pattern that is one bare variable.
  void SearchClass(EClassId id, MatchBuffer* out);

 private:
  bool IsCandidate(ENodeId row) const;
  void Run(size_t pc);
  void TryNode(const Instruction& bind, ENodeId row, size_t pc);
  void TryParent(const Instruction& bind, EGraph::Use use, size_t pc);
  bool BindNode(const Instruction& bind, ENodeId row, const ENode& node,
                bool* commutative);
  void BindChildren(const Instruction& bind, const ENode& node, bool swapped);
  bool CannotBeNew(const Instruction& bind, EClassId id) const;
  bool IsNew() const;
  bool IsNewTree(int tree) const;
  void Yield();
  void Dedupe(size_t first);

  const EGraph& egraph_;
  const Program& program_;
  const MatchWindow window_;
  bool can_match_ = true;
  int child_touch_level_ = -1;

  std::vector<EClassId> registers_;
  std::vector<ENodeId> atoms_;
  std::vector<AttrsId> attrs_;
  std::vector<OpId> ops_;
  struct List {
    ENodeId row;
    uint32_t begin = 0;
  };
  std::vector<List> lists_;
  std::vector<ENodeId> grounds_;
  MatchBuffer* out_ = nullptr;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_MACHINE_H_

// Runs compiled patterns against a clean e-graph.
#ifndef ESAT_EGRAPH_EMATCH_MACHINE_H_
#define ESAT_EGRAPH_EMATCH_MACHINE_H_

#include <optional>
#include <vector>

#include "egraph/egraph.h"
#include "egraph/ematch/program.h"
#include "egraph/match.h"

namespace esat {

// What counts as new: matches that use an e-node (or, with facts, a class whose
// fact is) younger than `since`. With since == 0 everything is new. E-nodes
// from id `end` on are not there: a search goes on with the e-graph as it was,
// while matches that it found are applied.
struct MatchWindow {
  uint32_t since = 0;
  bool facts = false;
  uint32_t end = UINT32_MAX;
};

// Whether the e-node is young in the window.
bool IsYoung(const EGraph& egraph, MatchWindow window, ENodeId row);

// The e-nodes of the program's ground leaves; nothing if one does not occur, or
// comes before the young term and is young: then there is no match.
std::optional<std::vector<ENodeId>> FindGrounds(const EGraph& egraph,
                                                const Program& program,
                                                MatchWindow window);

// One thread's machine: cheap to make, not shared. Runs programs that start at
// an op term or at a class, on any pattern, along the lists of the e-graph.
class Machine {
 public:
  // All outlive the machine. Requires: the e-graph was clean when it had
  // window.end e-nodes, and was not rebuilt since.
  Machine(const EGraph& egraph, const Program& program, MatchWindow window);

  // False if some op or ground leaf of the pattern does not occur at all, or a
  // ground leaf before the young term is young: searching is pointless.
  bool CanMatch() const { return can_match_; }

  // Appends the matches in which e-node `row` is the start term. Requires: with
  // window.since > 0, `row` is young.
  void SearchNode(ENodeId row, MatchBuffer* out);

  // The same for a pattern that is one bare variable.
  void SearchClass(EClassId id, MatchBuffer* out);

 private:
  void Run(size_t pc);
  void TryNode(const Instruction& bind, ENodeId row, size_t pc);
  void TryParent(const Instruction& bind, EGraph::Use use, size_t pc);
  bool BindNode(const Instruction& bind, ENodeId row, const ENode& node,
                bool* commutative);
  void BindChildren(const Instruction& bind, const ENode& node, bool swapped);
  void Yield();
  void Dedupe(size_t first);

  const EGraph& egraph_;
  const Program& program_;
  const MatchWindow window_;
  bool can_match_ = true;

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

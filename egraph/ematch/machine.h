// Runs compiled patterns against a clean e-graph.
#ifndef ESAT_EGRAPH_EMATCH_MACHINE_H_
#define ESAT_EGRAPH_EMATCH_MACHINE_H_

#include <functional>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "egraph/egraph.h"
#include "egraph/ematch/code_tree.h"
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

// One thread's machine: cheap to make, not shared. Runs a tree of programs, on
// any pattern, along the lists of the e-graph.
class Machine {
 public:
  // Where the matches of a leaf go; asked once a leaf, when it has the first.
  using BufferOf = std::function<MatchBuffer*(uint32_t leaf)>;

  // The e-graph and the tree outlive the machine; what `open` lacks is not
  // searched. Requires: the e-graph was clean when it had window.end e-nodes,
  // and was not rebuilt since; the ground terms of open leaves are there
  // (FindGrounds).
  Machine(const EGraph& egraph, const OpenLeaves& open, MatchWindow window,
          BufferOf buffer_of);

  // Appends the matches in which e-node `row` is the start term. Requires: with
  // window.since > 0, `row` is young.
  void SearchNode(ENodeId row);

  // The leaves that matched at the last e-node, in the order of the first
  // match.
  absl::Span<const uint32_t> matched() const { return matched_; }

  // No match of the leaf is wanted any more.
  void Close(uint32_t leaf) { open_.Close(leaf); }

 private:
  void RunBelow(const CodeNode& node);
  void RunBinds(absl::Span<const uint32_t> nodes);
  void Run(const CodeNode& step);
  ENodeId GroundRow(uint32_t ground);
  void TryNode(const CodeNode& step, ENodeId row, const ENode& node);
  void TryParent(const CodeNode& step, EGraph::Use use);
  bool BindNode(const CodeNode& step, ENodeId row, const ENode& node,
                bool* commutative);
  void BindChildren(const CodeNode& step, const ENode& node, bool swapped);
  void Yield(uint32_t leaf);
  void Dedupe(uint32_t leaf);

  const EGraph& egraph_;
  const CodeTree& tree_;
  const MatchWindow window_;
  OpenLeaves open_;
  const BufferOf buffer_of_;

  // By slot, but for registers.
  std::vector<EClassId> registers_;
  std::vector<ENodeId> rows_;
  std::vector<AttrsId> attrs_;
  std::vector<OpId> ops_;
  struct List {
    ENodeId row;
    uint32_t begin = 0;
  };
  std::vector<List> lists_;
  std::vector<ENodeId> grounds_;  // By ground term; those looked up so far.

  struct Output {
    MatchBuffer* buffer = nullptr;
    size_t first = 0;  // Of the matches at the last e-node.
    bool matched = false;
  };
  std::vector<Output> outputs_;  // By leaf.
  std::vector<uint32_t> matched_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_MACHINE_H_

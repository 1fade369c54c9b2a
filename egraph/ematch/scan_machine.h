// Runs programs of simple patterns over many candidates, along class indexes.
#ifndef ESAT_EGRAPH_EMATCH_SCAN_MACHINE_H_
#define ESAT_EGRAPH_EMATCH_SCAN_MACHINE_H_

#include <vector>

#include "egraph/egraph.h"
#include "egraph/ematch/class_index.h"
#include "egraph/ematch/machine.h"
#include "egraph/ematch/program.h"
#include "egraph/match.h"

namespace esat {

// The counterpart of Machine where much is new: candidates are read in order of
// insertion and inner e-nodes come from a ClassIndex, which costs time linear
// in the e-graph to build and then next to nothing an e-node.
//
// One thread's machine: cheap to make, not shared.
class ScanMachine {
 public:
  // `indexes` has one per atom, null for the start atom and ground ones. All
  // outlive the machine. Requires: program.simple, which starts at root 0, and
  // a window without facts; the e-graph was not rebuilt since it was indexed.
  ScanMachine(const EGraph& egraph, const Program& program, MatchWindow window,
              std::vector<const ClassIndex*> indexes);

  // False if some symbol or ground leaf does not occur, or a ground leaf is
  // young: searching is pointless.
  bool CanMatch() const { return can_match_; }

  // Appends the matches whose root is e-node `row`; of rows with another symbol
  // or another age than the program wants there are none.
  void SearchNode(ENodeId row, MatchBuffer* out) {
    if (egraph_.SymbolOf(row) != root_symbol_) return;
    if ((egraph_.NodeEpoch(row) > window_.since) == old_root_) return;
    SearchRoot(row, out);
  }

 private:
  void SearchRoot(ENodeId row, MatchBuffer* out);
  void Run(size_t pc);
  void Bind(const Instruction& bind, size_t pc);
  void BindLast(const Instruction& bind);
  absl::Span<const ClassIndex::Entry> EntriesFor(const Instruction& bind) const;
  void Yield();
  void WriteMatch(uint32_t* words) const;

  const EGraph& egraph_;
  const Program& program_;
  const MatchWindow window_;
  const std::vector<const ClassIndex*> indexes_;
  uint32_t root_symbol_;
  bool old_root_;
  bool can_match_ = true;
  std::vector<EClassId> registers_;
  std::vector<ENodeId> atoms_;
  std::vector<EClassId> grounds_;
  MatchBuffer* out_ = nullptr;

  // Matches of up to so many words are written by BindLast.
  static constexpr size_t kLine = 8;

  // Where in a match the last instruction, if it is a bind, puts what it binds;
  // kLine, which is not read, if nowhere.
  struct EntryWords {
    size_t child[2] = {kLine, kLine};
    size_t row = kLine;
  };
  EntryWords last_words_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_SCAN_MACHINE_H_

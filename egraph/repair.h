// One batch of congruence repair; part of EGraph::Rebuild.
#ifndef ESAT_EGRAPH_REPAIR_H_
#define ESAT_EGRAPH_REPAIR_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/thread_pool.h"
#include "egraph/egraph.h"

namespace esat {

// Repairs what uses the losers of unions, many losers together. Its arrays are
// kept from call to call. See repair.cc.
class EGraph::Repair {
 public:
  // Losers that are best repaired together.
  static constexpr size_t kBatch = 4096;

  explicit Repair(EGraph& egraph) : egraph_(egraph) {}

  // What there is no time for.
  struct Haste {
    // Unions of congruent rows: one of these is set aside instead (see
    // EGraph::Rebuild), and no pending unions are added.
    bool set_aside = false;
    // Making the hash-cons anew or larger: it may get fuller than it should.
    bool keep_table = false;
  };

  // Repairs pending unions [begin, end): rows that use a loser get canonical
  // children and their place in the hash-cons; congruent rows are united, which
  // adds pending unions; then each loser's rows and uses go to its winner. The
  // result does not depend on `pool`, which may be null. Returns how many uses
  // there were.
  size_t Run(size_t begin, size_t end, ThreadPool* pool, const Haste& haste);

 private:
  // A row that must be rewritten, and the row that has its new key already.
  struct Visit {
    ENodeId row;
    uint32_t tag;
    EClassId child[kInlineChildren];  // More: [0] is where in long_keys_.
    ENodeId twin;   // Not valid: none; then the following two say where to go.
    uint32_t slot;  // In the hash-cons, where a mark is.
    bool first;     // It is this visit's, the first with the key.
    bool changed;   // False: the row is dead, or canonical already.
  };
  struct Chain {
    uint32_t first = kEnd;
    uint32_t last = kEnd;
  };
  struct Moved {
    Chain rows;
    Chain uses;
    uint32_t use_count = 0;
  };

  template <typename Body>
  void Over(size_t size, size_t grain, const Body& body);

  void GatherUses(size_t begin, size_t end);
  void PrefetchLosers(size_t at) const;
  void MakeRoom(size_t count);
  void RepairUses(size_t begin, size_t end);
  absl::Span<const EClassId> KeyOf(uint32_t visit) const;
  void Look(size_t begin, size_t end);
  bool FindTwin(uint32_t visit);
  void MakeKeys(size_t begin, size_t end);
  void RewriteFirsts();
  void WriteKey(uint32_t visit);
  void Settle();
  void ReplaceMarks();
  void Rewrite(uint32_t visit);
  bool Unite(uint32_t visit, ENodeId twin);
  void Move(size_t begin, size_t end);
  Moved TakeChains(EClassId loser, EClassId target,
                   std::vector<ENodeId>* changed);

  EGraph& egraph_;
  ThreadPool* pool_ = nullptr;
  Haste haste_;
  std::vector<EClassId> targets_;                // By loser.
  std::vector<std::vector<uint32_t>> gathered_;  // Uses, by piece of losers.
  std::vector<uint32_t> uses_;
  std::vector<Visit> visits_;                     // Of a slice of the uses.
  std::vector<std::vector<EClassId>> long_keys_;  // By block of the visits.
  std::vector<std::vector<uint32_t>> misses_;  // Visits without twin, by piece.
  std::vector<uint32_t> late_;                 // Visits to settle last.
  std::vector<Moved> moved_;                   // By loser.
  std::vector<std::vector<ENodeId>> changed_;  // By piece, to be logged.
};

}  // namespace esat

#endif  // ESAT_EGRAPH_REPAIR_H_

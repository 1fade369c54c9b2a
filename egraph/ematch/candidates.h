// Where a search starts: live e-nodes by op, all of them or the young ones.
#ifndef ESAT_EGRAPH_EMATCH_CANDIDATES_H_
#define ESAT_EGRAPH_EMATCH_CANDIDATES_H_

#include <vector>

#include "absl/types/span.h"
#include "base/thread_pool.h"
#include "egraph/egraph.h"
#include "egraph/ematch/machine.h"
#include "egraph/flat_array.h"

namespace esat {

// A snapshot of live e-nodes by op, each list ascending. Threads: const members
// may run concurrently.
class Candidates {
 public:
  // All of them. O(enode_ids), on the threads of `pool`, which may be null.
  static Candidates All(const EGraph& egraph, ThreadPool* pool = nullptr);

  // Those young in the window. Takes time in proportion to what changed since,
  // or O(enode_ids) if that is much or the change log does not reach back.
  static Candidates Young(const EGraph& egraph, MatchWindow window,
                          ThreadPool* pool = nullptr);

  absl::Span<const ENodeId> WithOp(OpId op) const {
    if (op.value >= by_op_.size()) return {};
    return {by_op_[op.value].data(), by_op_[op.value].size()};
  }
  size_t size() const { return size_; }

 private:
  void Add(const EGraph& egraph, ENodeId row);
  void AddFrom(const EGraph& egraph, MatchWindow window, uint32_t first);
  void AddFromOnThreads(const EGraph& egraph, MatchWindow window,
                        uint32_t first, ThreadPool* pool);

  std::vector<FlatArray<ENodeId>> by_op_;
  size_t size_ = 0;
};

// Leaders that did not exist at the end of epoch `since`, or whose fact changed
// after it; ascending.
std::vector<EClassId> YoungClasses(const EGraph& egraph, uint32_t since);

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_CANDIDATES_H_

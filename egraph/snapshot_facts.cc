// Facts of a loaded e-graph, from its e-nodes.
#include <algorithm>
#include <functional>
#include <queue>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "egraph/snapshot_access.h"

namespace esat {
namespace {

// Rounds in which facts may still change. Facts climb one level a round.
constexpr int kMaxFactRounds = 100000;

}  // namespace

class SnapshotAccess::FactMaker {
 public:
  explicit FactMaker(EGraph* egraph) : g_(*egraph) {}
  absl::Status MakeFirst();
  absl::Status Refine();

 private:
  bool Make(ENodeId row) {
    return g_.analysis_->Make(g_, g_.ClassOf(row), row, g_.Node(row));
  }

  // Calls visit(row) for each use of the class, by pruned rows too.
  template <typename Visit>
  void VisitParents(EClassId id, const Visit& visit) const {
    for (uint32_t use = g_.lists_[id.value].use; use != EGraph::kEnd;
         use = g_.NextUse(use)) {
      visit(g_.UseOf(use).node);
    }
  }

  EGraph& g_;
};

// Topological order by counting: a row is ready when all its children's classes
// have facts. Every class has a finite term, so in a sound file each is
// reached.
absl::Status SnapshotAccess::FactMaker::MakeFirst() {
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
  std::vector<uint32_t> missing(g_.rows_.size());
  std::vector<bool> has_fact(g_.class_ids());
  for (uint32_t i = 0; i < g_.rows_.size(); ++i) {
    missing[i] = g_.symbols_[g_.rows_[i].symbol].arity;
    if (missing[i] == 0 && g_.rows_[i].epoch != EGraph::kDead) ready.push(i);
  }
  while (!ready.empty()) {
    const ENodeId row(ready.top());
    ready.pop();
    Make(row);
    const EClassId id = g_.ClassOf(row);
    if (has_fact[id.value]) continue;
    has_fact[id.value] = true;
    VisitParents(id, [&](ENodeId parent) {
      if (--missing[parent.value] == 0) ready.push(parent.value);
    });
  }
  for (uint32_t i = 0; i < g_.class_ids(); ++i) {
    if (g_.IsLeader(EClassId(i)) && !has_fact[i]) {
      return absl::DataLossError(
          absl::StrCat("class ", i, " has no finite term, so no fact"));
    }
  }
  return absl::OkStatus();
}

// Rounds as in Rebuild: first every row, then the parents of what changed.
absl::Status SnapshotAccess::FactMaker::Refine() {
  std::vector<ENodeId> rows;
  for (uint32_t i = 0; i < g_.rows_.size(); ++i) {
    if (g_.rows_[i].epoch != EGraph::kDead) rows.push_back(ENodeId(i));
  }
  for (int round = 0; !rows.empty(); ++round) {
    if (round == kMaxFactRounds) {
      return absl::InternalError(absl::StrCat(
          "the analysis has no fixpoint: facts still change after ", round,
          " rounds"));
    }
    std::vector<EClassId> changed;
    for (const ENodeId row : rows) {
      if (Make(row)) changed.push_back(g_.ClassOf(row));
    }
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    rows.clear();
    for (const EClassId id : changed) {
      VisitParents(id, [&rows](ENodeId row) { rows.push_back(row); });
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  }
  return absl::OkStatus();
}

absl::Status SnapshotAccess::MakeFacts(EGraph* egraph) {
  FactMaker maker(egraph);
  ESAT_RETURN_IF_ERROR(maker.MakeFirst());
  return maker.Refine();
}

}  // namespace esat

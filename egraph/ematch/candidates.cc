#include "egraph/ematch/candidates.h"

#include <algorithm>

namespace esat {
namespace {

// When more than this share of the e-nodes is listed as changed, reading all of
// them in order is cheaper than sorting the list.
constexpr size_t kScanDivisor = 8;

// Rows that a thread takes at once, and fewer than are worth waking one for.
constexpr int64_t kPiece = 32768;
constexpr size_t kMinParallel = 65536;

template <typename T>
void SortUnique(std::vector<T>* items) {
  std::sort(items->begin(), items->end());
  items->erase(std::unique(items->begin(), items->end()), items->end());
}

// Rows below `first` that are young: the changed ones, and with facts those
// whose class or children have a young fact. Ascending.
std::vector<ENodeId> ChangedRows(const EGraph& egraph, MatchWindow window,
                                 uint32_t first) {
  const ChangeLog& changes = egraph.changes();
  std::vector<ENodeId> rows;
  const auto add = [&](ENodeId row) {
    if (row.value < first && egraph.IsLive(row)) rows.push_back(row);
  };
  for (const ENodeId* row = changes.ChangedRowsAfter(window.since);
       row != changes.changed_rows_end(); ++row) {
    if (egraph.NodeEpoch(*row) > window.since) add(*row);
  }
  if (window.facts) {
    std::vector<EClassId> classes;
    for (const EClassId* id = changes.ChangedFactsAfter(window.since);
         id != changes.changed_facts_end(); ++id) {
      if (egraph.IsLeader(*id)) classes.push_back(*id);
    }
    SortUnique(&classes);
    for (const EClassId id : classes) {
      for (const ENodeId row : egraph.NodesOf(id)) add(row);
      for (const EGraph::Use use : egraph.UsesOf(id)) add(use.node);
    }
  }
  SortUnique(&rows);
  return rows;
}

}  // namespace

void Candidates::Add(const EGraph& egraph, ENodeId row) {
  by_op_[egraph.OpOf(row).value].push_back(row);
  ++size_;
}

Candidates Candidates::All(const EGraph& egraph, ThreadPool* pool) {
  return Young(egraph, MatchWindow{0, false}, pool);
}

Candidates Candidates::Young(const EGraph& egraph, MatchWindow window,
                             ThreadPool* pool) {
  Candidates result;
  result.by_op_.resize(egraph.op_ids());
  const ChangeLog& changes = egraph.changes();
  uint32_t first = window.since == 0 ? 0 : changes.FirstRowAfter(window.since);
  if (first > 0) {
    const bool scan =
        !changes.Reaches(window.since) ||
        static_cast<size_t>(changes.changed_rows_end() -
                            changes.ChangedRowsAfter(window.since)) >
            first / kScanDivisor;
    if (scan) {
      first = 0;
    } else {
      for (const ENodeId row : ChangedRows(egraph, window, first)) {
        result.Add(egraph, row);
      }
    }
  }
  if (pool != nullptr && pool->thread_count() > 1 &&
      egraph.enode_ids() - first >= kMinParallel) {
    result.AddFromOnThreads(egraph, window, first, pool);
  } else {
    result.AddFrom(egraph, window, first);
  }
  return result;
}

// The young rows from `first` on.
void Candidates::AddFrom(const EGraph& egraph, MatchWindow window,
                         uint32_t first) {
  const auto end = static_cast<uint32_t>(egraph.enode_ids());
  for (uint32_t i = first; i < end; ++i) {
    const ENodeId row(i);
    if (egraph.IsLive(row) && IsYoung(egraph, window, row)) Add(egraph, row);
  }
}

// As AddFrom: pieces of the rows are sorted by op apart, and joined op by op.
void Candidates::AddFromOnThreads(const EGraph& egraph, MatchWindow window,
                                  uint32_t first, ThreadPool* pool) {
  const auto count = static_cast<int64_t>(egraph.enode_ids() - first);
  std::vector<Candidates> parts(ThreadPool::PieceCount(count, kPiece));
  pool->ParallelFor(
      count, kPiece, [&](int64_t piece, int64_t begin, int64_t end) {
        Candidates& part = parts[static_cast<size_t>(piece)];
        part.by_op_.resize(by_op_.size());
        for (int64_t i = begin; i < end; ++i) {
          const ENodeId row(first + static_cast<uint32_t>(i));
          if (egraph.IsLive(row) && IsYoung(egraph, window, row)) {
            part.Add(egraph, row);
          }
        }
      });
  pool->ParallelFor(static_cast<int64_t>(by_op_.size()), 1,
                    [&](int64_t op, int64_t, int64_t) {
                      FlatArray<ENodeId>& all = by_op_[op];
                      size_t size = all.size();
                      for (const Candidates& part : parts) {
                        size += part.by_op_[op].size();
                      }
                      all.reserve(size);
                      for (const Candidates& part : parts) {
                        all.append(part.by_op_[op].data(),
                                   part.by_op_[op].size());
                      }
                    });
  for (const Candidates& part : parts) size_ += part.size_;
}

std::vector<EClassId> YoungClasses(const EGraph& egraph, uint32_t since) {
  const ChangeLog& changes = egraph.changes();
  std::vector<EClassId> classes;
  uint32_t first = since == 0 ? 0 : changes.FirstClassAfter(since);
  if (first > 0 && !changes.Reaches(since)) {
    for (uint32_t i = 0; i < first; ++i) {
      if (egraph.FactEpoch(EClassId(i)) > since) classes.push_back(EClassId(i));
    }
  } else if (first > 0) {
    for (const EClassId* id = changes.ChangedFactsAfter(since);
         id != changes.changed_facts_end(); ++id) {
      if (id->value < first) classes.push_back(*id);
    }
    SortUnique(&classes);
  }
  for (uint32_t i = first; i < egraph.class_ids(); ++i) {
    classes.push_back(EClassId(i));
  }
  std::erase_if(classes, [&](EClassId id) { return !egraph.IsLeader(id); });
  return classes;
}

}  // namespace esat

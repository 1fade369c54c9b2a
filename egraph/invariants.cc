// EGraph::CheckInvariants: everything the storage promises, recomputed the
// obvious way.
#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "egraph/egraph.h"

namespace esat {

void EGraph::CheckInvariants() const {
  ESAT_CHECK(clean()) << "invariants hold only of a clean e-graph";
  absl::flat_hash_set<ENodeId> outside(refused_rows_.begin(),
                                       refused_rows_.end());
  outside.insert(set_aside_rows_.begin(), set_aside_rows_.end());
  using Key = std::vector<uint32_t>;
  absl::flat_hash_map<Key, ENodeId> keys;
  size_t live = 0;
  std::vector<uint32_t> rows_in_class(class_ids(), 0);
  std::vector<uint32_t> uses_of_class(class_ids(), 0);
  std::vector<uint32_t> rows_of_op(op_ids(), 0);
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    const ENodeId id(i);
    if (!IsLive(id)) continue;
    ++live;
    const ENode node = Node(id);
    Key key = {node.op.value, node.attrs.value};
    for (const EClassId child : node.children) {
      ESAT_CHECK(IsLeader(child)) << "row " << id << " has child " << child;
      key.push_back(child.value);
      ++uses_of_class[child.value];
    }
    ESAT_CHECK(IsLeader(rows_[i].eclass)) << "row " << id;
    ++rows_in_class[rows_[i].eclass.value];
    ESAT_CHECK(rows_[i].epoch <= epoch_) << "row " << id;
    ++rows_of_op[node.op.value];
    if (outside.contains(id)) continue;
    const auto [twin, inserted] = keys.emplace(std::move(key), id);
    ESAT_CHECK(inserted) << "rows " << twin->second << " and " << id
                         << " are congruent";
    ESAT_CHECK(LookupNode(node) == id) << "row " << id << " is not found";
  }
  ESAT_CHECK(live == enode_count()) << live << " vs " << enode_count();
  size_t leaders = 0;
  for (uint32_t i = 0; i < class_ids(); ++i) {
    const EClassId id(i);
    if (!IsLeader(id)) {
      ESAT_CHECK(Find(id) < id) << "class " << id << " lost to a larger id";
      ESAT_CHECK(lists_[i].row == kEnd && lists_[i].use == kEnd) << id;
      continue;
    }
    ++leaders;
    ESAT_CHECK(rows_in_class[i] > 0) << "class " << id << " is empty";
    for (const ENodeId row : NodesOf(id)) {
      ESAT_CHECK(rows_[row.value].eclass == id) << "row " << row;
      --rows_in_class[i];
    }
    ESAT_CHECK(rows_in_class[i] == 0) << "class " << id << " misses rows";
    for (const Use use : UsesOf(id)) {
      ESAT_CHECK(Node(use.node).children[use.position] == id) << use.node;
      --uses_of_class[i];
    }
    ESAT_CHECK(uses_of_class[i] == 0) << "class " << id << " misses uses";
    size_t uses = 0;
    for (uint32_t use = lists_[i].use; use != kEnd; use = NextUse(use)) ++uses;
    ESAT_CHECK(uses == lists_[i].uses)
        << "class " << id << " has " << uses << ", not " << lists_[i].uses;
  }
  ESAT_CHECK(leaders == class_count()) << leaders << " vs " << class_count();
  ESAT_CHECK(rows_of_op == op_counts_) << "e-nodes are counted wrong by op";
}

}  // namespace esat

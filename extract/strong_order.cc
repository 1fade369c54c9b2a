#include "extract/strong_order.h"

#include <algorithm>
#include <numeric>

#include "extract/strong_components.h"

namespace esat {

StrongOrder::StrongOrder(const WorkGraph& graph)
    : order_(graph.class_count()),
      begin_(graph.class_count(), 0),
      size_(graph.class_count() + 1, 0),
      local_(graph.class_count()) {
  // One component until it is looked at.
  std::iota(order_.begin(), order_.end(), Class{0});
  size_[0] = static_cast<uint32_t>(order_.size());
  Refine(graph, 0);
  split_.clear();
}

bool StrongOrder::Refine(const WorkGraph& graph, uint32_t begin) {
  const std::vector<Class> old(members(begin).begin(), members(begin).end());
  if (old.size() < 2) return false;
  for (uint32_t i = 0; i < old.size(); ++i) local_[old[i]] = i;
  const std::vector<uint32_t> component = StrongComponents(
      old.size(), [&](uint32_t i, std::vector<uint32_t>& next) {
        for (const WorkGraph::NodeId n : graph.nodes(old[i])) {
          for (const Class d : graph.node(n).children) {
            if (begin_[d] == begin) next.push_back(local_[d]);
          }
        }
      });
  const uint32_t count =
      1 + *std::max_element(component.begin(), component.end());
  if (count == 1) return false;
  std::vector<uint32_t> next(count + 1, 0);
  for (const uint32_t id : component) ++next[id + 1];
  for (uint32_t id = 0; id < count; ++id) next[id + 1] += next[id];
  for (uint32_t id = 0; id < count; ++id) {
    size_[begin + next[id]] = next[id + 1] - next[id];
  }
  const std::vector<uint32_t> first(next.begin(), next.end() - 1);
  for (uint32_t i = 0; i < old.size(); ++i) {
    begin_[old[i]] = begin + first[component[i]];
    order_[begin + next[component[i]]++] = old[i];
  }
  split_.insert(split_.end(), old.begin(), old.end());
  return true;
}

}  // namespace esat

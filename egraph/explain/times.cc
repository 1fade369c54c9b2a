#include "egraph/explain/times.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace esat {

EqualityTimes::EqualityTimes(const History& history) {
  for (uint32_t i = 0; i < history.term_count(); ++i) {
    links_.push_back({EClassId(i)});
  }
  std::vector<uint32_t> sizes(links_.size(), 1);
  const auto root = [this](EClassId id) {
    while (links_[id.value].up != id) id = links_[id.value].up;
    return id;
  };
  const absl::Span<const History::Edge> edges = history.edges();
  for (uint32_t time = 0; time < edges.size(); ++time) {
    EClassId small = root(edges[time].a);
    EClassId large = root(edges[time].b);
    ESAT_CHECK(small != large) << "edge " << time << " united nothing";
    if (sizes[small.value] > sizes[large.value]) std::swap(small, large);
    sizes[large.value] += sizes[small.value];
    links_[small.value] = {large, time};
  }
}

uint32_t EqualityTimes::When(EClassId a, EClassId b) const {
  uint32_t when = 0;
  while (a != b) {
    if (links_[a.value].time > links_[b.value].time) std::swap(a, b);
    const Link& link = links_[a.value];
    if (link.time == kNever) return kNever;
    when = std::max(when, link.time);
    a = link.up;
  }
  return when;
}

}  // namespace esat

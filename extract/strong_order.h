// The strong components of a graph that loses edges.
#ifndef ESAT_EXTRACT_STRONG_ORDER_H_
#define ESAT_EXTRACT_STRONG_ORDER_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "extract/work_graph.h"

namespace esat {

// The classes of a WorkGraph, component by component, children first.
//
// Reductions only ever split components: they drop edges, and an edge that
// they add goes where a path led already, or comes from the root, which nothing
// needs. So an old order stays true, only too coarse, and a component is looked
// at again alone, in its own place. Compact ends the life of this.
class StrongOrder {
 public:
  using Class = WorkGraph::Class;

  // O(edges).
  explicit StrongOrder(const WorkGraph& graph);

  // Where the component of `c` begins; children have no later one.
  uint32_t begin(Class c) const { return begin_[c]; }
  bool Together(Class a, Class b) const { return begin_[a] == begin_[b]; }
  // The classes of the component that begins at `begin`, ascending.
  std::span<const Class> members(uint32_t begin) const {
    return {order_.data() + begin, size_[begin]};
  }

  // Splits the component that begins at `begin` if it is none any more, and
  // returns whether. O(edges of its nodes).
  bool Refine(const WorkGraph& graph, uint32_t begin);

  // The classes of components that Refine split since the last call.
  std::vector<Class> TakeSplit() { return std::exchange(split_, {}); }

 private:
  std::vector<Class> order_;
  std::vector<uint32_t> begin_;  // By class.
  std::vector<uint32_t> size_;   // By begin.
  std::vector<uint32_t> local_;  // By class; scratch of Refine.
  std::vector<Class> split_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_STRONG_ORDER_H_

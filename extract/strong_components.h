// Strongly connected components of a graph over dense ids.
#ifndef ESAT_EXTRACT_STRONG_COMPONENTS_H_
#define ESAT_EXTRACT_STRONG_COMPONENTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace esat {

// Returns the component of each of `count` vertices, numbered successors
// first. `append_successors(v, list)` appends the
// successors of v; repetitions do no harm.
// O(vertices + edges), by Tarjan's algorithm without recursion.
std::vector<uint32_t> StrongComponents(
    size_t count, const std::function<void(uint32_t, std::vector<uint32_t>&)>&
                      append_successors);

}  // namespace esat

#endif  // ESAT_EXTRACT_STRONG_COMPONENTS_H_

// A value that has a name of the model's in both programs, and that kernels of
// both provide, is a seam. Kernels of one program belong together if one reads
// of the other what is no seam; kernels of both, if they provide the same seam.
// Connected components are the regions.
#include "driver/compare/align.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace esat {
namespace {

class Aligner {
 public:
  Aligner(const Graph& model, const LaunchedProgram& a,
          const LaunchedProgram& b, const CostModel& cost)
      : programs_{&a, &b}, cost_(cost) {
    for (ValueId v = 0; v < model.value_count(); ++v) {
      if (!model.value(v).name.empty()) {
        model_names_.insert(model.value(v).name);
      }
    }
    first_b_ = a.kernels.kernels.size();
    parents_.resize(first_b_ + b.kernels.kernels.size());
    std::iota(parents_.begin(), parents_.end(), 0);
  }

  std::vector<Region> Run() {
    for (int side = 0; side < 2; ++side) FindProviders(side);
    for (const auto& [name, kernel] : provided_[0]) {
      const auto other = provided_[1].find(name);
      if (other == provided_[1].end()) continue;
      seams_.insert(name);
      Unite(kernel, other->second);
    }
    for (int side = 0; side < 2; ++side) LinkReaders(side);
    return Regions();
  }

 private:
  size_t First(int side) const { return side == 0 ? 0 : first_b_; }

  void FindProviders(int side) {
    const KernelizedGraph& launched = programs_[side]->kernels;
    for (size_t k = 0; k < launched.kernels.size(); ++k) {
      for (const NodeId n : launched.kernels[k]) {
        for (const ValueId v : launched.graph.node(n).outputs) {
          const std::string& name = launched.graph.value(v).name;
          producer_[side][v] = First(side) + k;
          if (model_names_.contains(name)) {
            provided_[side].try_emplace(name, First(side) + k);
          }
        }
      }
    }
  }

  void LinkReaders(int side) {
    const KernelizedGraph& launched = programs_[side]->kernels;
    for (size_t k = 0; k < launched.kernels.size(); ++k) {
      for (const NodeId n : launched.kernels[k]) {
        for (const ValueId v : launched.graph.node(n).inputs) {
          const auto producer = producer_[side].find(v);
          if (producer == producer_[side].end()) continue;
          if (seams_.contains(launched.graph.value(v).name)) continue;
          Unite(First(side) + k, producer->second);
        }
      }
    }
  }

  std::vector<Region> Regions() {
    absl::btree_map<size_t, Region> regions;
    absl::btree_map<size_t, std::vector<std::string>> values;
    for (size_t k = 0; k < parents_.size(); ++k) {
      Region& region = regions[Find(k)];
      const int side = k < first_b_ ? 0 : 1;
      const size_t index = k - First(side);
      const double cost = cost_.Cost(programs_[side]->prices[index]);
      (side == 0 ? region.a : region.b).push_back(index);
      (side == 0 ? region.cost_a : region.cost_b) += cost;
    }
    for (const std::string& name : seams_) {
      values[Find(provided_[0].at(name))].push_back(name);
    }
    std::vector<Region> sorted;
    for (auto& [leader, region] : regions) {
      region.values = absl::StrJoin(values[leader], ", ");
      sorted.push_back(std::move(region));
    }
    std::stable_sort(
        sorted.begin(), sorted.end(), [](const Region& x, const Region& y) {
          return std::abs(x.cost_a - x.cost_b) > std::abs(y.cost_a - y.cost_b);
        });
    return sorted;
  }

  size_t Find(size_t k) {
    while (parents_[k] != k) k = parents_[k] = parents_[parents_[k]];
    return k;
  }
  void Unite(size_t x, size_t y) {
    x = Find(x);
    y = Find(y);
    parents_[std::max(x, y)] = std::min(x, y);
  }

  const LaunchedProgram* programs_[2];
  const CostModel& cost_;
  size_t first_b_ = 0;
  absl::flat_hash_set<std::string> model_names_;
  // By side. Kernels are numbered through, those of `b` after those of `a`.
  absl::flat_hash_map<ValueId, size_t> producer_[2];
  absl::btree_map<std::string, size_t> provided_[2];
  absl::btree_set<std::string> seams_;
  std::vector<size_t> parents_;
};

}  // namespace

std::vector<Region> AlignKernels(const Graph& model, const LaunchedProgram& a,
                                 const LaunchedProgram& b,
                                 const CostModel& cost) {
  return Aligner(model, a, b, cost).Run();
}

std::string KernelText(const Graph& graph, const std::vector<NodeId>& kernel) {
  std::vector<std::string> ops;
  for (const NodeId n : kernel) ops.push_back(OpName(graph.node(n).op));
  std::string text = absl::StrJoin(ops, "+");
  const Node& last = graph.node(kernel.back());
  if (last.outputs.size() == 1) {
    absl::StrAppend(&text, " ", graph.value(last.outputs[0]).type.ToString());
  }
  return text;
}

}  // namespace esat

#include "extract/strong_components.h"

#include <algorithm>

namespace esat {
namespace {

constexpr uint32_t kUnseen = UINT32_MAX;

class Tarjan {
 public:
  using Append = std::function<void(uint32_t, std::vector<uint32_t>&)>;

  Tarjan(size_t count, const Append& append)
      : append_(append),
        index_(count, kUnseen),
        low_(count),
        component_(count, kUnseen) {}

  std::vector<uint32_t> Run() {
    for (uint32_t v = 0; v < index_.size(); ++v) {
      if (index_[v] == kUnseen) From(v);
    }
    return std::move(component_);
  }

 private:
  struct Frame {
    uint32_t v;
    size_t begin;  // This frame's successors begin here in pending_ ...
    size_t next;   // ... and end where the next frame's begin.
  };

  void Enter(uint32_t v) {
    index_[v] = low_[v] = next_index_++;
    open_.push_back(v);
    frames_.push_back({v, pending_.size(), pending_.size()});
    append_(v, pending_);
  }

  void From(uint32_t start) {
    Enter(start);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.next < pending_.size()) {
        const uint32_t w = pending_[frame.next++];
        if (index_[w] == kUnseen) {
          Enter(w);
        } else if (component_[w] == kUnseen) {
          low_[frame.v] = std::min(low_[frame.v], index_[w]);
        }
        continue;
      }
      const uint32_t v = frame.v;
      pending_.resize(frame.begin);
      frames_.pop_back();
      if (!frames_.empty()) {
        low_[frames_.back().v] = std::min(low_[frames_.back().v], low_[v]);
      }
      if (low_[v] == index_[v]) Close(v);
    }
  }

  void Close(uint32_t v) {
    uint32_t w;
    do {
      w = open_.back();
      open_.pop_back();
      component_[w] = next_component_;
    } while (w != v);
    ++next_component_;
  }

  const Append& append_;
  std::vector<uint32_t> index_;
  std::vector<uint32_t> low_;
  std::vector<uint32_t> component_;
  std::vector<uint32_t> open_;
  std::vector<uint32_t> pending_;
  std::vector<Frame> frames_;
  uint32_t next_index_ = 0;
  uint32_t next_component_ = 0;
};

}  // namespace

std::vector<uint32_t> StrongComponents(
    size_t count, const std::function<void(uint32_t, std::vector<uint32_t>&)>&
                      append_successors) {
  return Tarjan(count, append_successors).Run();
}

}  // namespace esat

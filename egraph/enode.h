// What an e-node is: an op with its attribute record over child classes.
#ifndef ESAT_EGRAPH_ENODE_H_
#define ESAT_EGRAPH_ENODE_H_

#include <vector>

#include "absl/types/span.h"
#include "egraph/ids.h"

namespace esat {

// A view. One that the e-graph returned is good until the next Add, Union or
// Rebuild.
struct ENode {
  OpId op;
  AttrsId attrs;
  absl::Span<const EClassId> children;
};

// Many e-nodes laid flat, as EGraph::AddBatch wants them. Children are classes
// that exist before the batch is added.
class ENodeBatch {
 public:
  void Clear() {
    heads_.clear();
    children_.clear();
  }
  void Push(OpId op, AttrsId attrs, absl::Span<const EClassId> children) {
    heads_.push_back({op, attrs, static_cast<uint32_t>(children_.size())});
    children_.insert(children_.end(), children.begin(), children.end());
  }
  size_t size() const { return heads_.size(); }
  ENode operator[](size_t i) const {
    const size_t begin = heads_[i].begin;
    const size_t end =
        i + 1 < heads_.size() ? heads_[i + 1].begin : children_.size();
    return {heads_[i].op, heads_[i].attrs,
            absl::MakeConstSpan(children_.data() + begin, end - begin)};
  }

 private:
  struct Head {
    OpId op;
    AttrsId attrs;
    uint32_t begin;
  };
  std::vector<Head> heads_;
  std::vector<EClassId> children_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_ENODE_H_

// Programs that begin alike, merged: what they share runs once.
#ifndef ESAT_EGRAPH_EMATCH_CODE_TREE_H_
#define ESAT_EGRAPH_EMATCH_CODE_TREE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "egraph/ematch/program.h"
#include "egraph/ids.h"

namespace esat {

// One step of some programs: an instruction that they agree on, to the last
// register. Slots hold what a path from the root has met so far: rows,
// attribute records, ops and lists, each numbered in the order in which the
// path binds them, so that patterns share steps whatever they call their
// variables.
struct CodeNode {
  enum class Kind : uint8_t {
    kRoot,
    kBind,        // As Instruction::Kind.
    kBindParent,  // "
    kCompare,     // "
    kGround,      // Register `in` is the class of the tree's ground term `out`.
    kPredicate,   // The atom's predicate, of the row in slot `row`.
  };

  Kind kind = Kind::kRoot;
  Instruction::Slot attr_kind = Instruction::Slot::kNone;
  Instruction::Slot op_kind = Instruction::Slot::kNone;
  Instruction::Slot list_kind = Instruction::Slot::kNone;
  bool old = false;            // A young e-node will not do.
  const Atom* atom = nullptr;  // Of the first program that came here.
  uint32_t in = 0;
  uint32_t out = 0;
  uint32_t root = 0;
  uint32_t position = 0;
  uint32_t row = 0;  // The slots.
  uint32_t attr = 0;
  uint32_t op_slot = 0;
  uint32_t list = 0;

  uint32_t parent = 0;
  std::vector<uint32_t> children;
  std::vector<uint32_t> leaves;  // The programs that end here.
};

// Where a program ends: which slot has what its matches tell.
struct CodeLeaf {
  RuleId rule;
  const Program* program = nullptr;
  uint32_t order = 0;  // Among the leaves of the rule.
  uint32_t node = 0;
  std::vector<uint32_t> attr_slots;  // By attribute variable.
  std::vector<uint32_t> op_slots;    // By op variable.
  std::vector<uint32_t> list_slots;  // By list variable.
  std::vector<uint32_t> row_slots;   // By atom.
};

// The programs that start at e-nodes of one op. Plain data once it is built.
class CodeTree {
 public:
  CodeTree() : nodes_(1) {}

  // Appends a leaf for the program, which outlives the tree, and what steps it
  // does not share; returns the leaf. Requires: Start::kAtom. O(code size times
  // alternatives).
  uint32_t Add(RuleId rule, uint32_t order, const Program* program);

  // Node 0 is the root; a parent comes before its children.
  const CodeNode& node(uint32_t i) const { return nodes_[i]; }
  size_t node_count() const { return nodes_.size(); }
  const CodeLeaf& leaf(uint32_t i) const { return leaves_[i]; }
  size_t leaf_count() const { return leaves_.size(); }

  // How many slots of each kind a path needs at most, and one in any case: a
  // step that uses none names slot 0.
  struct Sizes {
    uint32_t registers = 1;
    uint32_t rows = 1;
    uint32_t attrs = 1;
    uint32_t ops = 1;
    uint32_t lists = 1;
  };
  const Sizes& sizes() const { return sizes_; }

  // Leaves with an exact record that some program wants.
  struct Ground {
    OpId op;
    AttrsId attrs;
  };
  absl::Span<const Ground> grounds() const { return grounds_; }

 private:
  class Path;

  uint32_t Step(uint32_t from, const CodeNode& wanted);
  uint32_t GroundIndex(const GroundTerm& term);

  std::vector<CodeNode> nodes_;
  std::vector<CodeLeaf> leaves_;
  std::vector<Ground> grounds_;
  Sizes sizes_;
};

// Which leaves of a tree are wanted, counted upward: how many below each node.
class OpenLeaves {
 public:
  // None.
  explicit OpenLeaves(const CodeTree& tree)
      : tree_(&tree),
        open_(tree.leaf_count(), false),
        below_(tree.node_count(), 0) {}

  void Open(uint32_t leaf) { Set(leaf, true); }
  void Close(uint32_t leaf) { Set(leaf, false); }
  bool IsOpen(uint32_t leaf) const { return open_[leaf]; }
  bool AnyBelow(uint32_t node) const { return below_[node] > 0; }
  const CodeTree& tree() const { return *tree_; }

 private:
  void Set(uint32_t leaf, bool open) {
    if (open_[leaf] == open) return;
    open_[leaf] = open;
    const uint32_t change = open ? 1 : UINT32_MAX;
    uint32_t node = tree_->leaf(leaf).node;
    for (; node != 0; node = tree_->node(node).parent) below_[node] += change;
    below_[0] += change;
  }

  const CodeTree* tree_;
  std::vector<bool> open_;       // By leaf.
  std::vector<uint32_t> below_;  // By node.
};

// All programs of some rewrites, a tree for each op at which one can start. A
// tree is built when it is first asked for: of hundreds of rules few start at
// the ops that an e-graph has.
class CodeForest {
 public:
  // Where the programs of a rule end, by program, then by start op.
  struct Leaf {
    OpId op;
    uint32_t leaf;
  };

  // Programs that start at a class have no place here. The programs outlive the
  // forest; each rule is added once, before a tree is asked for.
  void Add(RuleId rule, absl::Span<const Program> programs);

  absl::Span<const Leaf> LeavesOf(RuleId rule) const {
    return leaves_[rule.value];
  }
  // Requires: a program starts there. Stays where it is.
  const CodeTree& TreeOf(OpId op);

 private:
  struct Start {
    RuleId rule;
    uint32_t order;
    const Program* program;
  };
  struct Place {
    std::vector<Start> starts;  // The leaves of the tree to be.
    std::unique_ptr<CodeTree> tree;
  };
  std::vector<Place> places_;              // By op.
  std::vector<std::vector<Leaf>> leaves_;  // By rule.
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_CODE_TREE_H_

// The e-matching machine: backtracking over registers, by recursion at every
// step of a code tree. Steps that read the e-nodes of one class side by side
// read each e-node once.
//
// Semi-naive evaluation: the start term is bound to young e-nodes, and op terms
// before it in preorder only to old ones, so that each new match comes out of
// one program. Old and young are told apart when an e-node is bound, which
// prunes early.
#include "egraph/ematch/machine.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "base/check.h"

namespace esat {

bool IsYoung(const EGraph& egraph, MatchWindow window, ENodeId row) {
  if (egraph.NodeEpoch(row) > window.since) return true;
  if (!window.facts) return false;
  if (egraph.FactEpoch(egraph.RebuiltClassOf(row)) > window.since) return true;
  const ENode node = egraph.Node(row);
  return std::any_of(
      node.children.begin(), node.children.end(),
      [&](EClassId child) { return egraph.FactEpoch(child) > window.since; });
}

std::optional<std::vector<ENodeId>> FindGrounds(const EGraph& egraph,
                                                const Program& program,
                                                MatchWindow window) {
  std::vector<ENodeId> rows;
  for (const GroundTerm& ground : program.grounds) {
    const auto row = egraph.LookupNode({ground.op, ground.attrs, {}});
    if (!row || row->value >= window.end || !egraph.IsLive(*row)) {
      return std::nullopt;
    }
    if (ground.atom < program.young_atom && IsYoung(egraph, window, *row)) {
      return std::nullopt;
    }
    rows.push_back(*row);
  }
  return rows;
}

Machine::Machine(const EGraph& egraph, const OpenLeaves& open,
                 MatchWindow window, BufferOf buffer_of)
    : egraph_(egraph),
      tree_(open.tree()),
      window_(window),
      open_(open),
      buffer_of_(std::move(buffer_of)),
      registers_(tree_.sizes().registers),
      rows_(tree_.sizes().rows),
      attrs_(tree_.sizes().attrs),
      ops_(tree_.sizes().ops),
      lists_(tree_.sizes().lists),
      grounds_(tree_.grounds().size()),
      outputs_(tree_.leaf_count()) {}

void Machine::SearchNode(ENodeId row) {
  for (const uint32_t leaf : matched_) outputs_[leaf].matched = false;
  matched_.clear();
  registers_[0] = egraph_.RebuiltClassOf(row);
  const ENode node = egraph_.Node(row);
  for (const uint32_t child : tree_.node(0).children) {
    if (open_.AnyBelow(child)) TryNode(tree_.node(child), row, node);
  }
  for (const uint32_t leaf : matched_) {
    if (tree_.leaf(leaf).program->needs_dedupe) Dedupe(leaf);
  }
}

// What comes after `node`, whose step is done.
void Machine::RunBelow(const CodeNode& node) {
  for (const uint32_t leaf : node.leaves) {
    if (open_.IsOpen(leaf)) Yield(leaf);
  }
  const absl::Span<const uint32_t> children = node.children;
  for (size_t i = 0; i < children.size();) {
    const CodeNode& child = tree_.node(children[i]);
    size_t end = i + 1;
    if (child.kind == CodeNode::Kind::kBind) {
      while (end < children.size() &&
             tree_.node(children[end]).kind == CodeNode::Kind::kBind &&
             tree_.node(children[end]).in == child.in) {
        ++end;
      }
      RunBinds(children.subspan(i, end - i));
    } else if (open_.AnyBelow(children[i])) {
      Run(child);
    }
    i = end;
  }
}

// Binds from one class, each of its e-nodes read once.
void Machine::RunBinds(absl::Span<const uint32_t> nodes) {
  const auto open = [this](uint32_t node) { return open_.AnyBelow(node); };
  if (std::none_of(nodes.begin(), nodes.end(), open)) return;
  const EClassId id = registers_[tree_.node(nodes[0]).in];
  for (const ENodeId row : egraph_.NodesOf(id)) {
    if (row.value >= window_.end) continue;
    const ENode node = egraph_.Node(row);
    for (const uint32_t step : nodes) {
      if (open(step)) TryNode(tree_.node(step), row, node);
    }
  }
}

ENodeId Machine::GroundRow(uint32_t ground) {
  ENodeId& row = grounds_[ground];
  if (!row.valid()) {
    const CodeTree::Ground& term = tree_.grounds()[ground];
    row = egraph_.LookupNode({term.op, term.attrs, {}}).value();
  }
  return row;
}

void Machine::Run(const CodeNode& step) {
  switch (step.kind) {
    case CodeNode::Kind::kRoot:
    case CodeNode::Kind::kBind:
      ESAT_CHECK(false) << "binds are run side by side";
      return;
    case CodeNode::Kind::kCompare:
      if (registers_[step.in] != registers_[step.out]) return;
      break;
    case CodeNode::Kind::kGround: {
      const ENodeId row = GroundRow(step.out);
      if (registers_[step.in] != egraph_.RebuiltClassOf(row)) return;
      rows_[step.row] = row;
      break;
    }
    case CodeNode::Kind::kPredicate: {
      const ENode node = egraph_.Node(rows_[step.row]);
      if (!step.atom->attrs.predicate(node.op, node.attrs)) return;
      break;
    }
    case CodeNode::Kind::kBindParent: {
      const EClassId id = registers_[step.in];
      for (const EGraph::Use use : egraph_.UsesOf(id)) {
        if (use.node.value < window_.end) TryParent(step, use);
      }
      return;
    }
  }
  RunBelow(step);
}

// Whether the e-node fits the atom, children aside; fills the attribute, op
// and list slots.
bool Machine::BindNode(const CodeNode& step, ENodeId row, const ENode& node,
                       bool* commutative) {
  const Atom& atom = *step.atom;
  size_t which = 0;
  if (atom.ops.size() == 1) {
    if (atom.ops[0] != node.op) return false;
  } else {
    const auto at = std::lower_bound(atom.ops.begin(), atom.ops.end(), node.op);
    if (at == atom.ops.end() || *at != node.op) return false;
    which = at - atom.ops.begin();
  }
  if (atom.rest.valid() ? node.children.size() < atom.children
                        : node.children.size() != atom.children) {
    return false;
  }
  if (atom.attrs.exact.valid() && atom.attrs.exact != node.attrs) return false;
  const auto fits = [](Instruction::Slot kind, auto& slot, auto value) {
    if (kind == Instruction::Slot::kBind) slot = value;
    return kind == Instruction::Slot::kNone || slot == value;
  };
  if (!fits(step.attr_kind, attrs_[step.attr], node.attrs)) return false;
  if (!fits(step.op_kind, ops_[step.op_slot], node.op)) return false;
  if (step.list_kind == Instruction::Slot::kBind) {
    lists_[step.list] = {row, atom.children};
  } else if (step.list_kind == Instruction::Slot::kCheck) {
    const List& list = lists_[step.list];
    if (egraph_.Node(list.row).children.subspan(list.begin) !=
        node.children.subspan(atom.children)) {
      return false;
    }
  }
  if (step.old && IsYoung(egraph_, window_, row)) return false;
  rows_[step.row] = row;
  *commutative = atom.commutative[which];
  return true;
}

void Machine::BindChildren(const CodeNode& step, const ENode& node,
                           bool swapped) {
  for (uint32_t i = 0; i < step.atom->children; ++i) {
    registers_[step.out + i] = node.children[i];
  }
  if (swapped) std::swap(registers_[step.out], registers_[step.out + 1]);
}

void Machine::TryNode(const CodeNode& step, ENodeId row, const ENode& node) {
  bool commutative = false;
  if (!BindNode(step, row, node, &commutative)) return;
  BindChildren(step, node, false);
  RunBelow(step);
  if (!commutative || node.children[0] == node.children[1]) return;
  // What ran above may have rebound slots further down, never these.
  BindChildren(step, node, true);
  RunBelow(step);
}

void Machine::TryParent(const CodeNode& step, EGraph::Use use) {
  const ENode node = egraph_.Node(use.node);
  const bool straight = use.position == step.position;
  if (!straight && (use.position > 1 || step.position > 1)) return;
  bool commutative = false;
  if (!BindNode(step, use.node, node, &commutative)) return;
  if (!straight && (!commutative || node.children[0] == node.children[1])) {
    return;
  }
  BindChildren(step, node, !straight);
  registers_[step.root] = egraph_.RebuiltClassOf(use.node);
  RunBelow(step);
}

void Machine::Yield(uint32_t leaf) {
  Output& output = outputs_[leaf];
  const CodeLeaf& end = tree_.leaf(leaf);
  const PatternShape& shape = end.program->shape;
  if (output.buffer == nullptr) output.buffer = buffer_of_(leaf);
  if (!output.matched) {
    output.matched = true;
    output.first = output.buffer->count(shape);
    matched_.push_back(leaf);
  }
  FlatArray<uint32_t>& words = output.buffer->words;
  for (const uint32_t reg : end.program->word_registers) {
    words.push_back(registers_[reg].value);
  }
  for (const uint32_t slot : end.attr_slots) {
    words.push_back(attrs_[slot].value);
  }
  for (const uint32_t slot : end.op_slots) words.push_back(ops_[slot].value);
  for (const uint32_t slot : end.list_slots) {
    const List& list = lists_[slot];
    const auto items = egraph_.Node(list.row).children.subspan(list.begin);
    std::vector<EClassId>& lists = output.buffer->lists;
    words.push_back(static_cast<uint32_t>(lists.size()));
    words.push_back(static_cast<uint32_t>(items.size()));
    lists.insert(lists.end(), items.begin(), items.end());
  }
  for (int i = 0; i < shape.atoms; ++i) {
    words.push_back(rows_[end.row_slots[i]].value);
  }
}

// Drops, among the matches at the last e-node, those that repeat the bindings
// and root e-nodes of an earlier one.
void Machine::Dedupe(uint32_t leaf) {
  const Program& program = *tree_.leaf(leaf).program;
  const PatternShape& shape = program.shape;
  MatchBuffer& out = *outputs_[leaf].buffer;
  const size_t first = outputs_[leaf].first;
  const size_t count = out.count(shape);
  if (count - first < 2) return;
  std::vector<uint32_t> key;
  absl::flat_hash_set<std::vector<uint32_t>> seen;
  size_t kept = first;
  for (size_t i = first; i < count; ++i) {
    const uint32_t* words = out.words.data() + i * shape.words();
    key.assign(words, words + shape.list_at());
    const Match match = out.at(shape, i);
    for (int list = 0; list < shape.list_vars; ++list) {
      const auto items = match[ListVar(list)];
      key.push_back(static_cast<uint32_t>(items.size()));
      for (const EClassId id : items) key.push_back(id.value);
    }
    for (int atom = 0; atom < shape.atoms; ++atom) {
      if (program.atoms[atom].depth > 0) continue;
      key.push_back(match.node(atom).value);
    }
    if (!seen.insert(key).second) continue;
    std::copy(words, words + shape.words(),
              out.words.data() + kept * shape.words());
    ++kept;
  }
  out.words.resize(kept * shape.words());
}

}  // namespace esat

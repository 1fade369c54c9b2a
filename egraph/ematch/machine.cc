// The e-matching machine: backtracking over registers, by recursion at every
// instruction that branches.
//
// Incremental matching. A root is a candidate only if it or something within
// the pattern's reach below it changed (EGraph::TouchEpoch); of the matches
// found there, those whose e-nodes are all old have been delivered before and
// are dropped. When only one op term is left to bind and all before it is old,
// that term must be new, and its class is skipped unless it was touched.
#include "egraph/ematch/machine.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "base/check.h"

namespace esat {

int TouchLevelsFor(const Program& program, bool facts) {
  int height = 0;
  for (const Atom& atom : program.atoms) {
    height = std::max(height, atom.height);
  }
  return std::max(1, height - (facts ? 0 : 1));
}

Machine::Machine(const EGraph& egraph, const Program& program,
                 MatchWindow window)
    : egraph_(egraph),
      program_(program),
      window_(window),
      registers_(program.register_trees.size()),
      atoms_(program.atoms.size()),
      attrs_(program.shape.attr_vars),
      ops_(program.shape.op_vars),
      lists_(program.shape.list_vars) {
  ESAT_DCHECK(egraph.clean());
  if (window.since == 0 && program.start > 0) can_match_ = false;
  for (const Atom& atom : program.atoms) {
    can_match_ &= std::any_of(atom.ops.begin(), atom.ops.end(), [&](OpId op) {
      return !egraph.NodesWithOp(op).empty();
    });
  }
  for (const GroundTerm& ground : program.grounds) {
    const auto row = egraph.LookupNode({ground.op, ground.attrs, {}});
    can_match_ &= row.has_value();
    grounds_.push_back(row.value_or(ENodeId()));
    atoms_[ground.atom] = grounds_.back();
  }
  if (program.starts_at_class) return;
  const int height = program.atoms[program.start_atom].height;
  child_touch_level_ = height - 2 + (window.facts ? 1 : 0);
  ESAT_CHECK(child_touch_level_ < egraph.touch_levels())
      << "the e-graph keeps " << egraph.touch_levels() << " touch levels";
}

bool Machine::IsCandidate(ENodeId row) const {
  if (egraph_.NodeEpoch(row) > window_.since) return true;
  if (window_.facts &&
      egraph_.FactEpoch(egraph_.ClassOf(row)) > window_.since) {
    return true;
  }
  if (child_touch_level_ < 0) return false;
  for (const EClassId child : egraph_.Node(row).children) {
    if (egraph_.TouchEpoch(child_touch_level_, child) > window_.since) {
      return true;
    }
  }
  return false;
}

void Machine::SearchNode(ENodeId row, MatchBuffer* out) {
  if (window_.since > 0 && !IsCandidate(row)) return;
  out_ = out;
  const size_t first = out->count(program_.shape);
  registers_[program_.root_registers[program_.start]] = egraph_.ClassOf(row);
  TryNode(program_.code[0], row, 0);
  if (program_.needs_dedupe) Dedupe(first);
}

void Machine::SearchClass(EClassId id, MatchBuffer* out) {
  if (egraph_.FactEpoch(id) <= window_.since) return;
  out_ = out;
  registers_[program_.root_registers[0]] = id;
  Run(0);
}

void Machine::Run(size_t pc) {
  for (; pc < program_.code.size(); ++pc) {
    const Instruction& i = program_.code[pc];
    switch (i.kind) {
      case Instruction::Kind::kCompare:
        if (registers_[i.in] != registers_[i.out]) return;
        break;
      case Instruction::Kind::kGround:
        if (registers_[i.in] != egraph_.ClassOf(grounds_[i.out])) return;
        break;
      case Instruction::Kind::kBind: {
        const EClassId id = registers_[i.in];
        if (i.last_atom && CannotBeNew(i, id)) return;
        for (const ENodeId row : egraph_.NodesOf(id)) TryNode(i, row, pc);
        return;
      }
      case Instruction::Kind::kBindParent: {
        const EClassId id = registers_[i.in];
        for (const EGraph::Use use : egraph_.UsesOf(id)) TryParent(i, use, pc);
        return;
      }
    }
  }
  Yield();
}

// Whether the one op term left to bind, in class `id`, is old with all the
// others.
bool Machine::CannotBeNew(const Instruction& bind, EClassId id) const {
  if (window_.since == 0 || window_.facts) return false;
  const int level = program_.atoms[bind.atom].height - 1;
  if (egraph_.TouchEpoch(level, id) > window_.since) return false;
  for (uint32_t atom = 0; atom < atoms_.size(); ++atom) {
    if (atom != bind.atom && egraph_.NodeEpoch(atoms_[atom]) > window_.since) {
      return false;
    }
  }
  return true;
}

// Whether the e-node fits the atom, children aside; fills the attribute, op
// and list slots.
bool Machine::BindNode(const Instruction& bind, ENodeId row, const ENode& node,
                       bool* commutative) {
  const Atom& atom = program_.atoms[bind.atom];
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
  switch (bind.attr_slot) {
    case Instruction::Slot::kNone:
      break;
    case Instruction::Slot::kBind:
      attrs_[atom.attrs.bind.value] = node.attrs;
      break;
    case Instruction::Slot::kCheck:
      if (attrs_[atom.attrs.bind.value] != node.attrs) return false;
      break;
  }
  switch (bind.op_slot) {
    case Instruction::Slot::kNone:
      break;
    case Instruction::Slot::kBind:
      ops_[atom.op_var.value] = node.op;
      break;
    case Instruction::Slot::kCheck:
      if (ops_[atom.op_var.value] != node.op) return false;
      break;
  }
  if (bind.list_slot == Instruction::Slot::kBind) {
    lists_[atom.rest.value] = {row, atom.children};
  } else if (bind.list_slot == Instruction::Slot::kCheck) {
    const List& list = lists_[atom.rest.value];
    if (egraph_.Node(list.row).children.subspan(list.begin) !=
        node.children.subspan(atom.children)) {
      return false;
    }
  }
  if (atom.attrs.predicate && !atom.attrs.predicate(node.op, node.attrs)) {
    return false;
  }
  atoms_[bind.atom] = row;
  *commutative = atom.commutative[which];
  return true;
}

void Machine::BindChildren(const Instruction& bind, const ENode& node,
                           bool swapped) {
  const uint32_t count = program_.atoms[bind.atom].children;
  for (uint32_t i = 0; i < count; ++i) {
    registers_[bind.out + i] = node.children[i];
  }
  if (swapped) std::swap(registers_[bind.out], registers_[bind.out + 1]);
}

void Machine::TryNode(const Instruction& bind, ENodeId row, size_t pc) {
  const ENode node = egraph_.Node(row);
  bool commutative = false;
  if (!BindNode(bind, row, node, &commutative)) return;
  BindChildren(bind, node, false);
  Run(pc + 1);
  if (!commutative || node.children[0] == node.children[1]) return;
  // What ran above may have rebound slots further down, never these.
  BindChildren(bind, node, true);
  Run(pc + 1);
}

void Machine::TryParent(const Instruction& bind, EGraph::Use use, size_t pc) {
  const ENode node = egraph_.Node(use.node);
  const bool straight = use.position == bind.position;
  if (!straight && (use.position > 1 || bind.position > 1)) return;
  bool commutative = false;
  if (!BindNode(bind, use.node, node, &commutative)) return;
  if (!straight && (!commutative || node.children[0] == node.children[1])) {
    return;
  }
  BindChildren(bind, node, !straight);
  registers_[bind.root] = egraph_.ClassOf(use.node);
  Run(pc + 1);
}

bool Machine::IsNewTree(int tree) const {
  for (size_t i = 0; i < atoms_.size(); ++i) {
    if (program_.atoms[i].tree == tree &&
        egraph_.NodeEpoch(atoms_[i]) > window_.since) {
      return true;
    }
  }
  if (!window_.facts && !program_.starts_at_class) return false;
  for (size_t i = 0; i < registers_.size(); ++i) {
    if (program_.register_trees[i] == tree &&
        egraph_.FactEpoch(registers_[i]) > window_.since) {
      return true;
    }
  }
  for (const Atom& atom : program_.atoms) {
    if (atom.tree != tree || !atom.rest.valid()) continue;
    const List& list = lists_[atom.rest.value];
    for (const EClassId id :
         egraph_.Node(list.row).children.subspan(list.begin)) {
      if (egraph_.FactEpoch(id) > window_.since) return true;
    }
  }
  return false;
}

bool Machine::IsNew() const {
  if (window_.since == 0) return true;
  for (int tree = 0; tree < program_.start; ++tree) {
    if (IsNewTree(tree)) return false;
  }
  return IsNewTree(program_.start);
}

void Machine::Yield() {
  if (!IsNew()) return;
  std::vector<uint32_t>& words = out_->words;
  for (const uint32_t reg : program_.root_registers) {
    words.push_back(registers_[reg].value);
  }
  for (const uint32_t reg : program_.var_registers) {
    words.push_back(registers_[reg].value);
  }
  for (const AttrsId attrs : attrs_) words.push_back(attrs.value);
  for (const OpId op : ops_) words.push_back(op.value);
  for (const List& list : lists_) {
    const auto items = egraph_.Node(list.row).children.subspan(list.begin);
    words.push_back(static_cast<uint32_t>(out_->lists.size()));
    words.push_back(static_cast<uint32_t>(items.size()));
    out_->lists.insert(out_->lists.end(), items.begin(), items.end());
  }
  for (const ENodeId row : atoms_) words.push_back(row.value);
}

// Drops, among the matches from `first` on, those that repeat the bindings and
// root e-nodes of an earlier one. They all start at the same e-node.
void Machine::Dedupe(size_t first) {
  const PatternShape& shape = program_.shape;
  const size_t count = out_->count(shape);
  if (count - first < 2) return;
  std::vector<uint32_t> key;
  absl::flat_hash_set<std::vector<uint32_t>> seen;
  size_t kept = first;
  for (size_t i = first; i < count; ++i) {
    const uint32_t* words = out_->words.data() + i * shape.words();
    key.assign(words, words + shape.list_at());
    const Match match = out_->at(shape, i);
    for (int list = 0; list < shape.list_vars; ++list) {
      const auto items = match[ListVar(list)];
      key.push_back(static_cast<uint32_t>(items.size()));
      for (const EClassId id : items) key.push_back(id.value);
    }
    for (size_t atom = 0; atom < program_.atoms.size(); ++atom) {
      const bool is_root = atom == 0 || program_.atoms[atom].tree !=
                                            program_.atoms[atom - 1].tree;
      if (is_root) key.push_back(match.node(static_cast<int>(atom)).value);
    }
    if (!seen.insert(key).second) continue;
    std::copy(words, words + shape.words(),
              out_->words.data() + kept * shape.words());
    ++kept;
  }
  out_->words.resize(kept * shape.words());
}

}  // namespace esat

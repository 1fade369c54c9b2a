// The e-matching machine: backtracking over registers, by recursion at every
// instruction that branches.
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

Machine::Machine(const EGraph& egraph, const Program& program,
                 MatchWindow window)
    : egraph_(egraph),
      program_(program),
      window_(window),
      registers_(program.register_count),
      atoms_(program.atoms.size()),
      attrs_(program.shape.attr_vars),
      ops_(program.shape.op_vars),
      lists_(program.shape.list_vars) {
  ESAT_DCHECK(program.start != Program::Start::kRoot);
  for (const Atom& atom : program.atoms) {
    can_match_ &= std::any_of(atom.ops.begin(), atom.ops.end(), [&](OpId op) {
      return egraph.CountOfOp(op) > 0;
    });
  }
  auto grounds = FindGrounds(egraph, program, window);
  can_match_ &= grounds.has_value();
  if (!can_match_) return;
  grounds_ = *std::move(grounds);
  for (size_t i = 0; i < grounds_.size(); ++i) {
    atoms_[program.grounds[i].atom] = grounds_[i];
  }
}

void Machine::SearchNode(ENodeId row, MatchBuffer* out) {
  out_ = out;
  const size_t first = out->count(program_.shape);
  registers_[program_.start_register] = egraph_.RebuiltClassOf(row);
  TryNode(program_.code[0], row, 0);
  if (program_.needs_dedupe) Dedupe(first);
}

void Machine::SearchClass(EClassId id, MatchBuffer* out) {
  out_ = out;
  registers_[program_.root_registers[0]] = id;
  Yield();
}

void Machine::Run(size_t pc) {
  for (; pc < program_.code.size(); ++pc) {
    const Instruction& i = program_.code[pc];
    switch (i.kind) {
      case Instruction::Kind::kCompare:
        if (registers_[i.in] != registers_[i.out]) return;
        break;
      case Instruction::Kind::kGround:
        if (registers_[i.in] != egraph_.RebuiltClassOf(grounds_[i.out])) return;
        break;
      case Instruction::Kind::kBind: {
        const EClassId id = registers_[i.in];
        for (const ENodeId row : egraph_.NodesOf(id)) {
          if (row.value < window_.end) TryNode(i, row, pc);
        }
        return;
      }
      case Instruction::Kind::kBindParent: {
        const EClassId id = registers_[i.in];
        for (const EGraph::Use use : egraph_.UsesOf(id)) {
          if (use.node.value < window_.end) TryParent(i, use, pc);
        }
        return;
      }
    }
  }
  Yield();
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
  if (bind.atom < program_.young_atom && IsYoung(egraph_, window_, row)) {
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
  registers_[bind.root] = egraph_.RebuiltClassOf(use.node);
  Run(pc + 1);
}

void Machine::Yield() {
  FlatArray<uint32_t>& words = out_->words;
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
  for (int i = 0; i < program_.shape.atoms; ++i) {
    words.push_back(atoms_[i].value);
  }
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
    for (int atom = 0; atom < shape.atoms; ++atom) {
      if (program_.atoms[atom].depth > 0) continue;
      key.push_back(match.node(atom).value);
    }
    if (!seen.insert(key).second) continue;
    std::copy(words, words + shape.words(),
              out_->words.data() + kept * shape.words());
    ++kept;
  }
  out_->words.resize(kept * shape.words());
}

}  // namespace esat

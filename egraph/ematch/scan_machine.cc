#include "egraph/ematch/scan_machine.h"

#include <utility>

#include "base/check.h"

namespace esat {

ScanMachine::ScanMachine(const EGraph& egraph, const Program& program,
                         MatchWindow window,
                         std::vector<const ClassIndex*> indexes)
    : egraph_(egraph),
      program_(program),
      window_(window),
      indexes_(std::move(indexes)),
      old_root_(program.start == Program::Start::kRoot),
      registers_(program.register_count),
      atoms_(program.atoms.size()) {
  ESAT_CHECK(program.simple && program.start_atom == 0 && !window.facts);
  const Atom& root = program.atoms[0];
  const auto symbol =
      egraph.FindSymbol({root.ops[0], root.attrs.exact, root.children});
  can_match_ = symbol.has_value();
  root_symbol_ = symbol.value_or(0);
  const auto grounds = FindGrounds(egraph, program, window);
  can_match_ &= grounds.has_value();
  if (!can_match_) return;
  for (size_t i = 0; i < grounds->size(); ++i) {
    grounds_.push_back(egraph.RebuiltClassOf((*grounds)[i]));
    atoms_[program.grounds[i].atom] = (*grounds)[i];
  }
}

void ScanMachine::SearchRoot(ENodeId row, MatchBuffer* out) {
  out_ = out;
  registers_[program_.start_register] = egraph_.RebuiltClassOf(row);
  atoms_[0] = row;
  const absl::Span<const EClassId> children = egraph_.Node(row).children;
  for (size_t i = 0; i < children.size(); ++i) {
    registers_[program_.code[0].out + i] = children[i];
  }
  Run(1);
}

void ScanMachine::Run(size_t pc) {
  for (; pc < program_.code.size(); ++pc) {
    const Instruction& i = program_.code[pc];
    switch (i.kind) {
      case Instruction::Kind::kCompare:
        if (registers_[i.in] != registers_[i.out]) return;
        break;
      case Instruction::Kind::kGround:
        if (registers_[i.in] != grounds_[i.out]) return;
        break;
      case Instruction::Kind::kBind:
        Bind(i, pc);
        return;
      case Instruction::Kind::kBindParent:
        ESAT_CHECK(false) << "a simple pattern has one root";
    }
  }
  Yield();
}

void ScanMachine::Bind(const Instruction& bind, size_t pc) {
  const ClassIndex& index = *indexes_[bind.atom];
  const EClassId id = registers_[bind.in];
  // Which ages the program wants of this op term; the root's is checked.
  const bool young = bind.atom == program_.young_atom && bind.atom != 0;
  const bool old = bind.atom < program_.young_atom;
  const absl::Span<const ClassIndex::Entry> entries =
      young ? index.YoungOf(id, window_.since) : index.EntriesOf(id);
  for (const ClassIndex::Entry& entry : entries) {
    if (entry.epoch > window_.since ? old : young) continue;
    registers_[bind.out] = entry.child[0];
    if (program_.atoms[bind.atom].children == 2) {
      registers_[bind.out + 1] = entry.child[1];
    }
    atoms_[bind.atom] = entry.row;
    Run(pc + 1);
  }
}

void ScanMachine::Yield() {
  uint32_t* word = out_->words.Extend(program_.shape.words());
  const EClassId* registers = registers_.data();
  for (const uint32_t reg : program_.word_registers) {
    *word++ = registers[reg].value;
  }
  for (int i = 0; i < program_.shape.atoms; ++i) *word++ = atoms_[i].value;
}

}  // namespace esat

#include "egraph/ematch/scan_machine.h"

#include <cstring>
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
  const Instruction& last = program.code.back();
  const uint32_t children = program.atoms[last.atom].children;
  const auto words = static_cast<uint32_t>(program.word_registers.size());
  for (uint32_t w = 0; w < words; ++w) {
    const uint32_t child = program.word_registers[w] - last.out;
    if (child < children) last_words_.child[child] = w;
  }
  if (program.shape.atoms > 0) last_words_.row = words + last.atom;
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

// Those of the class that the term's e-node must be of; a young term's are a
// superset.
absl::Span<const ClassIndex::Entry> ScanMachine::EntriesFor(
    const Instruction& bind) const {
  const ClassIndex& index = *indexes_[bind.atom];
  const EClassId id = registers_[bind.in];
  return bind.atom == program_.young_atom ? index.YoungOf(id, window_.since)
                                          : index.EntriesOf(id);
}

void ScanMachine::Bind(const Instruction& bind, size_t pc) {
  if (pc + 1 == program_.code.size() &&
      static_cast<size_t>(program_.shape.words()) <= kLine) {
    BindLast(bind);
    return;
  }
  const bool young = bind.atom == program_.young_atom;
  const bool old = bind.atom < program_.young_atom;
  for (const ClassIndex::Entry& entry : EntriesFor(bind)) {
    if (entry.epoch > window_.since ? old : young) continue;
    registers_[bind.out] = entry.child[0];
    if (program_.atoms[bind.atom].children == 2) {
      registers_[bind.out + 1] = entry.child[1];
    }
    atoms_[bind.atom] = entry.row;
    Run(pc + 1);
  }
}

// Nothing is left to check: every entry of the right age is a match. They
// differ in few words only, so the others are copied as a line of fixed length,
// whose end the next match overwrites.
void ScanMachine::BindLast(const Instruction& bind) {
  const absl::Span<const ClassIndex::Entry> entries = EntriesFor(bind);
  if (entries.empty()) return;
  const bool young = bind.atom == program_.young_atom;
  const bool old = bind.atom < program_.young_atom;
  const size_t stride = static_cast<size_t>(program_.shape.words());
  const EntryWords at = last_words_;
  FlatArray<uint32_t>& words = out_->words;
  uint32_t* match = words.Extend(entries.size() * stride + kLine + 1);
  uint32_t line[kLine];
  WriteMatch(line);
  for (const ClassIndex::Entry& entry : entries) {
    if (entry.epoch > window_.since ? old : young) continue;
    std::memcpy(match, line, sizeof(line));
    match[at.child[0]] = entry.child[0].value;
    match[at.child[1]] = entry.child[1].value;
    match[at.row] = entry.row.value;
    match += stride;
  }
  words.resize(static_cast<size_t>(match - words.data()));
}

void ScanMachine::Yield() {
  WriteMatch(out_->words.Extend(program_.shape.words()));
}

void ScanMachine::WriteMatch(uint32_t* words) const {
  const EClassId* registers = registers_.data();
  for (const uint32_t reg : program_.word_registers) {
    *words++ = registers[reg].value;
  }
  for (int i = 0; i < program_.shape.atoms; ++i) *words++ = atoms_[i].value;
}

}  // namespace esat

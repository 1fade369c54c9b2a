// Pattern compilation. A program climbs from its start term to the root, along
// the e-graph's parent index, and binds the other terms from there down, in
// preorder; equalities and ground leaves are tested as soon as their registers
// are known, before anything else branches. A further root is bound from its
// own class if that is known, else by climbing from a shared variable, which
// makes the conjunction a join.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "egraph/ematch/program.h"

namespace esat {
namespace {

constexpr uint32_t kUnbound = Id<void>::kNone;

bool IsGroundLeaf(const PatternTerm& term) {
  return term.ops.size() == 1 && term.children.empty() &&
         term.attrs.exact.valid() && !term.rest.valid() &&
         !term.attrs.bind.valid() && !term.attrs.predicate &&
         !term.op_var.valid();
}

class Compiler {
 public:
  Compiler(const Pattern& pattern, const Language& language,
           Program::Start start, uint32_t young_atom)
      : pattern_(pattern) {
    program_.shape = ShapeOf(pattern);
    program_.start = start;
    program_.young_atom = young_atom;
    program_.root_registers.assign(pattern.roots.size(), kUnbound);
    program_.var_registers.assign(program_.shape.class_vars, kUnbound);
    bound_attrs_.assign(program_.shape.attr_vars, false);
    bound_ops_.assign(program_.shape.op_vars, false);
    bound_lists_.assign(program_.shape.list_vars, false);
    for (size_t tree = 0; tree < pattern.roots.size(); ++tree) {
      NumberAtoms(pattern.roots[tree], static_cast<int>(tree), 0, language);
    }
  }

  Program Compile(bool keep_atoms) {
    const int tree = CompileStart();
    std::vector<int> rest;
    for (int i = 0; i < static_cast<int>(pattern_.roots.size()); ++i) {
      if (i != tree) rest.push_back(i);
    }
    while (!rest.empty()) {
      const auto joined = std::find_if(rest.begin(), rest.end(),
                                       [this](int i) { return Join(i); });
      ESAT_CHECK(joined != rest.end()) << "pattern roots are not connected";
      rest.erase(joined);
    }
    program_.needs_dedupe = std::any_of(
        program_.atoms.begin(), program_.atoms.end(), [](const Atom& atom) {
          return std::count(atom.commutative.begin(), atom.commutative.end(),
                            true) > 0 ||
                 (!atom.attrs.exact.valid() && !atom.attrs.bind.valid()) ||
                 (atom.ops.size() > 1 && !atom.op_var.valid());
        });
    program_.simple = pattern_.roots.size() == 1 &&
                      std::all_of(program_.atoms.begin(), program_.atoms.end(),
                                  [](const Atom& atom) { return atom.simple; });
    if (!keep_atoms) program_.shape.atoms = 0;
    program_.word_registers = program_.root_registers;
    program_.word_registers.insert(program_.word_registers.end(),
                                   program_.var_registers.begin(),
                                   program_.var_registers.end());
    return std::move(program_);
  }

 private:
  struct Pending {
    const PatternTerm* term;
    uint32_t reg;
  };

  int NumberAtoms(const PatternTerm& term, int tree, int depth,
                  const Language& language) {
    if (term.is_variable()) return 0;
    const uint32_t index = static_cast<uint32_t>(program_.atoms.size());
    atom_of_[&term] = index;
    terms_.push_back(&term);
    Atom atom;
    atom.ops = term.ops;
    std::sort(atom.ops.begin(), atom.ops.end());
    for (const OpId op : atom.ops) {
      atom.commutative.push_back(term.children.size() >= 2 &&
                                 language.IsCommutative(op));
    }
    atom.op_var = term.op_var;
    atom.attrs = term.attrs;
    atom.children = static_cast<uint32_t>(term.children.size());
    atom.rest = term.rest;
    atom.tree = tree;
    atom.depth = depth;
    atom.ground = depth > 0 && IsGroundLeaf(term);
    atom.simple = IsSimple(atom);
    program_.atoms.push_back(std::move(atom));
    int below = 0;
    for (const PatternTerm& child : term.children) {
      below = std::max(below, NumberAtoms(child, tree, depth + 1, language));
    }
    program_.atoms[index].height = below + 1;
    return below + 1;
  }

  static bool IsSimple(const Atom& atom) {
    return atom.ops.size() == 1 && !atom.commutative[0] &&
           !atom.op_var.valid() && atom.attrs.exact.valid() &&
           !atom.attrs.bind.valid() && !atom.attrs.predicate &&
           !atom.rest.valid() && atom.children <= 2;
  }

  uint32_t NewRegisters(uint32_t count) {
    const uint32_t first = program_.register_count;
    program_.register_count += count;
    return first;
  }

  // Returns the root that the start term belongs to, with all of it bound.
  int CompileStart() {
    if (program_.start == Program::Start::kClass) {
      program_.root_registers[0] = program_.var_registers[0] = NewRegisters(1);
      return 0;
    }
    program_.start_atom = program_.start == Program::Start::kRoot
                              ? atom_of_.at(&pattern_.roots[0])
                              : program_.young_atom;
    const PatternTerm& term = *terms_[program_.start_atom];
    const int tree = program_.atoms[program_.start_atom].tree;
    program_.start_register = NewRegisters(1);
    NameRegister(term, program_.start_register);
    EmitBind(term, program_.start_register);
    std::vector<uint32_t> path;
    ESAT_CHECK(FindTerm(pattern_.roots[tree], term, &path));
    program_.root_registers[tree] =
        path.empty() ? program_.start_register
                     : ClimbFromStart(pattern_.roots[tree], path, 0);
    EmitPending();
    return tree;
  }

  // The child positions that lead from `from` to `wanted`.
  static bool FindTerm(const PatternTerm& from, const PatternTerm& wanted,
                       std::vector<uint32_t>* path) {
    if (&from == &wanted) return true;
    for (uint32_t i = 0; i < from.children.size(); ++i) {
      path->push_back(i);
      if (FindTerm(from.children[i], wanted, path)) return true;
      path->pop_back();
    }
    return false;
  }

  // Emits the climb to `term` from the start term at the end of `path`.
  uint32_t ClimbFromStart(const PatternTerm& term,
                          const std::vector<uint32_t>& path, size_t level) {
    if (level == path.size()) return program_.start_register;
    const uint32_t from =
        ClimbFromStart(term.children[path[level]], path, level + 1);
    const Instruction bind = EmitBindParent(term, from, path[level]);
    for (uint32_t i = 0; i < term.children.size(); ++i) {
      if (i != path[level]) PlaceChild(term.children[i], bind.out + i);
    }
    return bind.root;
  }

  Instruction EmitBindParent(const PatternTerm& term, uint32_t from,
                             uint32_t position) {
    Instruction bind = MakeBind(Instruction::Kind::kBindParent, term);
    bind.in = from;
    bind.position = position;
    bind.root = NewRegisters(1);
    program_.code.push_back(bind);
    NameRegister(term, bind.root);
    return bind;
  }

  // The variable of `term`, if any, is in `reg`: binds or compares.
  void NameRegister(const PatternTerm& term, uint32_t reg) {
    if (!term.var.valid()) return;
    uint32_t& bound = program_.var_registers[term.var.value];
    if (bound == kUnbound) {
      bound = reg;
      return;
    }
    if (bound == reg) return;
    Instruction compare{Instruction::Kind::kCompare};
    compare.in = reg;
    compare.out = bound;
    program_.code.push_back(compare);
  }

  // A child whose class is in `reg`.
  void PlaceChild(const PatternTerm& child, uint32_t reg) {
    NameRegister(child, reg);
    if (child.is_variable()) return;
    if (!IsGroundLeaf(child)) {
      pending_.push_back({&child, reg});
      return;
    }
    Instruction ground{Instruction::Kind::kGround};
    ground.in = reg;
    ground.out = static_cast<uint32_t>(program_.grounds.size());
    program_.grounds.push_back(
        {child.ops[0], child.attrs.exact, atom_of_.at(&child)});
    program_.code.push_back(ground);
  }

  static Instruction::Slot Use(std::vector<bool>& bound, uint32_t slot) {
    if (slot == kUnbound) return Instruction::Slot::kNone;
    if (bound[slot]) return Instruction::Slot::kCheck;
    bound[slot] = true;
    return Instruction::Slot::kBind;
  }

  Instruction MakeBind(Instruction::Kind kind, const PatternTerm& term) {
    Instruction bind{kind};
    bind.atom = atom_of_.at(&term);
    bind.attr_slot = Use(bound_attrs_, term.attrs.bind.value);
    bind.op_slot = Use(bound_ops_, term.op_var.value);
    bind.list_slot = Use(bound_lists_, term.rest.value);
    bind.out = NewRegisters(static_cast<uint32_t>(term.children.size()));
    return bind;
  }

  void EmitBind(const PatternTerm& term, uint32_t reg) {
    Instruction bind = MakeBind(Instruction::Kind::kBind, term);
    bind.in = reg;
    program_.code.push_back(bind);
    for (size_t i = 0; i < term.children.size(); ++i) {
      PlaceChild(term.children[i], bind.out + static_cast<uint32_t>(i));
    }
  }

  void EmitPending() {
    while (!pending_.empty()) {
      auto next = pending_.begin();
      if (program_.start == Program::Start::kRoot) {
        const auto young = std::find_if(
            pending_.begin(), pending_.end(), [this](const Pending& pending) {
              return pending.term == terms_[program_.young_atom];
            });
        if (young != pending_.end()) next = young;
      }
      const Pending taken = *next;
      pending_.erase(next);
      EmitBind(*taken.term, taken.reg);
    }
  }

  bool IsBound(const PatternTerm& term) const {
    return term.var.valid() &&
           program_.var_registers[term.var.value] != kUnbound;
  }

  // Binds root `index` if it shares a variable with what is bound.
  bool Join(int index) {
    const PatternTerm& root = pattern_.roots[index];
    if (IsBound(root)) {
      const uint32_t reg = program_.var_registers[root.var.value];
      program_.root_registers[index] = reg;
      EmitBind(root, reg);
      EmitPending();
      return true;
    }
    std::vector<uint32_t> path;
    for (int depth = 1; depth <= program_.atoms[atom_of_.at(&root)].height;
         ++depth) {
      if (FindBound(root, depth, &path)) {
        program_.root_registers[index] = Climb(root, path, 0);
        EmitPending();
        return true;
      }
    }
    return false;
  }

  // Finds a bound term exactly `depth` below `term`; `path` gets its child
  // positions.
  bool FindBound(const PatternTerm& term, int depth,
                 std::vector<uint32_t>* path) const {
    if (depth == 0) return IsBound(term);
    for (uint32_t i = 0; i < term.children.size(); ++i) {
      path->push_back(i);
      if (FindBound(term.children[i], depth - 1, path)) return true;
      path->pop_back();
    }
    return false;
  }

  // Emits the climb to `term` from the bound term at the end of `path`;
  // returns the register of the term's class.
  uint32_t Climb(const PatternTerm& term, const std::vector<uint32_t>& path,
                 size_t level) {
    const PatternTerm& child = term.children[path[level]];
    const bool at_end = level + 1 == path.size();
    const uint32_t from = at_end ? program_.var_registers[child.var.value]
                                 : Climb(child, path, level + 1);
    const Instruction bind = EmitBindParent(term, from, path[level]);
    for (uint32_t i = 0; i < term.children.size(); ++i) {
      if (i != path[level]) {
        PlaceChild(term.children[i], bind.out + i);
      } else if (at_end && !child.is_variable()) {
        pending_.push_back({&child, bind.out + i});
      }
    }
    return bind.root;
  }

  const Pattern& pattern_;
  Program program_;
  std::vector<const PatternTerm*> terms_;  // By atom.
  absl::flat_hash_map<const PatternTerm*, uint32_t> atom_of_;
  std::vector<bool> bound_attrs_;
  std::vector<bool> bound_ops_;
  std::vector<bool> bound_lists_;
  std::vector<Pending> pending_;
};

}  // namespace

Program CompilePattern(const Pattern& pattern, const Language& language,
                       Program::Start start, uint32_t young_atom,
                       bool keep_atoms) {
  return Compiler(pattern, language, start, young_atom).Compile(keep_atoms);
}

}  // namespace esat

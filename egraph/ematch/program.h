// Patterns compiled to a small instruction set (de Moura and Bjorner,
// "Efficient E-matching for SMT solvers", CADE 2007).
#ifndef ESAT_EGRAPH_EMATCH_PROGRAM_H_
#define ESAT_EGRAPH_EMATCH_PROGRAM_H_

#include <cstdint>
#include <vector>

#include "egraph/language.h"
#include "egraph/pattern.h"

namespace esat {

// Registers hold e-class ids. A program starts from the candidates of one op
// term, climbs to its root, binds the rest of that root's term downward and
// joins the other roots to it.
struct Instruction {
  enum class Kind : uint8_t {
    // For every e-node of class `in` that fits `atom`: children to `out`, `out`
    // + 1, ...
    kBind,
    // For every e-node that fits `atom` and has class `in` as its child
    // `position`: its class to
    // `root`, children as above. This is how a join climbs from a shared
    // variable.
    kBindParent,
    // Registers `in` and `out` are the same class.
    kCompare,
    // Register `in` is the class of ground term `out`, looked up once a search.
    kGround,
  };
  enum class Slot : uint8_t { kNone, kBind, kCheck };

  Kind kind;
  Slot attr_slot = Slot::kNone;
  Slot op_slot = Slot::kNone;
  Slot list_slot = Slot::kNone;
  uint32_t atom = 0;
  uint32_t in = 0;
  uint32_t out = 0;
  uint32_t root = 0;
  uint32_t position = 0;
};

// An op term of the pattern as the machine wants it.
struct Atom {
  std::vector<OpId> ops;          // Sorted.
  std::vector<bool> commutative;  // By position in `ops`.
  OpVar op_var;
  AttrsPattern attrs;
  uint32_t children = 0;
  ListVar rest;
  int tree = 0;         // The root it belongs to.
  int depth = 0;        // Op terms above it.
  int height = 1;       // Levels of op terms from here down.
  bool ground = false;  // One of Program::grounds.

  // Exactly one symbol fits (EGraph::Symbol), children fit in the row, and
  // binding it fills nothing but registers.
  bool simple = false;
};

// A leaf with an exact record: one class at most, found by look-up.
struct GroundTerm {
  OpId op;
  AttrsId attrs;
  uint32_t atom;
};

// Of the matches that use an e-node younger than some epoch, a program delivers
// those whose *first* young op term, in preorder, is `young_atom`: the programs
// of a pattern, one per op term, deliver each new match once (semi-naive
// evaluation).
struct Program {
  // Where the search starts.
  enum class Start {
    kAtom,   // At young e-nodes of `young_atom`.
    kRoot,   // At old e-nodes of root 0; `young_atom` is bound next.
    kClass,  // At classes: the pattern is one bare variable.
  };

  PatternShape shape;
  std::vector<Atom> atoms;
  std::vector<GroundTerm> grounds;
  std::vector<Instruction> code;

  Start start = Start::kAtom;
  uint32_t young_atom = 0;
  uint32_t start_atom = 0;      // Unless kClass; code[0] binds it.
  uint32_t start_register = 0;  // The class of the start atom.
  uint32_t register_count = 0;
  std::vector<uint32_t> root_registers;
  std::vector<uint32_t> var_registers;
  std::vector<uint32_t> word_registers;  // Both, as a match has them.
  bool needs_dedupe = false;  // Two e-node tuples may give the same bindings.
  bool simple = false;        // One root, and every atom is simple.
};

// Compiles `pattern` for `young_atom`. `keep_atoms` says whether matches carry
// the e-nodes that the op terms matched. Requires: CheckPattern(pattern) is OK;
// for Start::kRoot one root, and `young_atom` > 0.
Program CompilePattern(const Pattern& pattern, const Language& language,
                       Program::Start start, uint32_t young_atom,
                       bool keep_atoms);

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_PROGRAM_H_

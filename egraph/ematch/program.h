// Patterns compiled to a small instruction set (de Moura and Bjorner,
// "Efficient E-matching for SMT solvers", CADE 2007).
#ifndef ESAT_EGRAPH_EMATCH_PROGRAM_H_
#define ESAT_EGRAPH_EMATCH_PROGRAM_H_

#include <cstdint>
#include <vector>

#include "egraph/language.h"
#include "egraph/pattern.h"

namespace esat {

// Registers hold e-class ids. A program starts from one root's candidates and
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
  bool last_atom = false;  // No kBind or kBindParent follows.
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
  int tree = 0;    // The root it belongs to.
  int height = 1;  // Levels of op terms from here down.
};

// A leaf with an exact record: one class at most, found by look-up.
struct GroundTerm {
  OpId op;
  AttrsId attrs;
  uint32_t atom;
};

struct Program {
  PatternShape shape;
  std::vector<Atom> atoms;
  std::vector<GroundTerm> grounds;
  std::vector<Instruction> code;

  int start = 0;                 // The root whose candidates start the program.
  bool starts_at_class = false;  // The pattern is one bare variable.
  uint32_t start_atom = 0;
  std::vector<uint32_t> root_registers;
  std::vector<uint32_t> var_registers;
  std::vector<int> register_trees;  // The root each register belongs to.
  bool needs_dedupe = false;  // Two e-node tuples may give the same bindings.
};

// Compiles `pattern` to start at root `start`. Requires: CheckPattern(pattern)
// is OK.
Program CompilePattern(const Pattern& pattern, const Language& language,
                       int start);

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_PROGRAM_H_

// A small language with every feature that patterns know, random e-graphs and
// random patterns over it.
#ifndef ESAT_TESTS_EGRAPH_TESTING_RANDOM_PATTERNS_H_
#define ESAT_TESTS_EGRAPH_TESTING_RANDOM_PATTERNS_H_

#include <algorithm>
#include <random>
#include <vector>

#include "egraph/egraph.h"
#include "egraph/rewrite.h"

namespace esat::testing {

// Ops 0..5: unary f g, binary + * (of which + commutes), variadic cat; leaves.
class RandomLanguage : public Language {
 public:
  bool IsCommutative(OpId op) const override { return op == OpId(2); }
};
inline constexpr uint32_t kOps = 6;
inline constexpr uint32_t kLeaf = 5;
inline constexpr uint32_t kVariadic = 4;

inline uint32_t ArityOf(uint32_t op, std::mt19937& random) {
  if (op == kLeaf) return 0;
  if (op == kVariadic) return 1 + random() % 3;
  return op < 2 ? 1 : 2;
}

inline void AddRandomNodes(EGraph& egraph, int count, std::mt19937& random) {
  for (int i = 0; i < count; ++i) {
    const uint32_t op = egraph.class_ids() < 3 ? kLeaf : random() % kOps;
    std::vector<EClassId> children(ArityOf(op, random));
    for (EClassId& child : children) {
      child = EClassId(random() % egraph.class_ids());
    }
    egraph.Add(OpId(op), AttrsId(random() % (op == kLeaf ? 4 : 2)), children);
  }
}

inline void UniteRandomly(EGraph& egraph, int count, std::mt19937& random) {
  for (int i = 0; i < count; ++i) {
    egraph.Union(EClassId(random() % egraph.class_ids()),
                 EClassId(random() % egraph.class_ids()));
  }
  egraph.Rebuild();
}

// Draws variables from small ranges, so that they often repeat.
class RandomPattern {
 public:
  explicit RandomPattern(std::mt19937& random) : random_(random) {}

  Rewrite Make() {
    Rewrite rewrite;
    rewrite.name = "random";
    rewrite.reads_facts = false;
    do {
      classes_ = attrs_ = ops_ = lists_ = 0;
      rewrite.pattern.roots.clear();
      const int roots = random_() % 2 == 0 ? 2 + random_() % 2 : 1;
      for (int i = 0; i < roots; ++i) {
        rewrite.pattern.roots.push_back(Term(
            roots > 1 ? 1 + random_() % 2 : 1 + random_() % 3, roots == 1));
      }
    } while (!CheckPattern(rewrite.pattern).ok());
    return rewrite;
  }

 private:
  template <typename IdType>
  IdType Slot(uint32_t* used, uint32_t most) {
    const uint32_t slot = random_() % std::min(*used + 1, most);
    *used = std::max(*used, slot + 1);
    return IdType(slot);
  }

  PatternTerm Term(int depth, bool may_be_variable) {
    if (may_be_variable && (depth == 0 || random_() % 4 == 0)) {
      return Var(Slot<ClassVar>(&classes_, 4));
    }
    PatternTerm term;
    const uint32_t op = depth == 0 ? kLeaf : random_() % kOps;
    term.ops = {OpId(op)};
    if (op < 4 && random_() % 3 == 0) {
      term.ops.push_back(OpId(op ^ 1));
      if (random_() % 2) term.op_var = Slot<OpVar>(&ops_, 2);
    }
    if (random_() % 4 == 0) term.var = Slot<ClassVar>(&classes_, 4);
    switch (random_() % 4) {
      case 0:
        term.attrs.exact = AttrsId(random_() % 2);
        break;
      case 1:
        term.attrs.bind = Slot<AttrVar>(&attrs_, 2);
        break;
      case 2:
        term.attrs.predicate = [](OpId, AttrsId attrs) {
          return attrs == AttrsId(1);
        };
        break;
      default:
        break;
    }
    uint32_t arity = ArityOf(op, random_);
    if (op == kVariadic && random_() % 2) {
      term.rest = Slot<ListVar>(&lists_, 2);
      --arity;
    }
    for (uint32_t i = 0; i < arity; ++i) {
      term.children.push_back(Term(depth - 1, true));
    }
    return term;
  }

  std::mt19937& random_;
  uint32_t classes_ = 0, attrs_ = 0, ops_ = 0, lists_ = 0;
};

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_RANDOM_PATTERNS_H_

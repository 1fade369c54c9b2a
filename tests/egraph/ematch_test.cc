// Compiled matching against the naive matcher, full and incremental.
#include <gtest/gtest.h>

#include <random>

#include "bench/sexp/language.h"
#include "tests/egraph/testing/naive.h"

namespace esat::testing {
namespace {

// Ops 0..5: unary f g, binary + * (of which + commutes), variadic cat; leaves.
class RandomLanguage : public Language {
 public:
  bool IsCommutative(OpId op) const override { return op == OpId(2); }
};
constexpr uint32_t kOps = 6;
constexpr uint32_t kLeaf = 5;
constexpr uint32_t kVariadic = 4;

uint32_t ArityOf(uint32_t op, std::mt19937& random) {
  if (op == kLeaf) return 0;
  if (op == kVariadic) return 1 + random() % 3;
  return op < 2 ? 1 : 2;
}

void AddRandomNodes(EGraph& egraph, int count, std::mt19937& random) {
  for (int i = 0; i < count; ++i) {
    const uint32_t op = egraph.class_ids() < 3 ? kLeaf : random() % kOps;
    std::vector<EClassId> children(ArityOf(op, random));
    for (EClassId& child : children) {
      child = EClassId(random() % egraph.class_ids());
    }
    egraph.Add(OpId(op), AttrsId(random() % (op == kLeaf ? 4 : 2)), children);
  }
}

void UniteRandomly(EGraph& egraph, int count, std::mt19937& random) {
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

TEST(EMatch, MachineEqualsNaiveMatcher) {
  size_t total = 0;
  size_t multi_root = 0;
  ThreadPool pool(3);
  for (int seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    RandomLanguage language;
    EGraph egraph(&language);
    AddRandomNodes(egraph, 30, random);
    UniteRandomly(egraph, 6, random);
    for (int i = 0; i < 10; ++i) {
      const Rewrite rewrite = RandomPattern(random).Make();
      const auto naive = NaiveMatches(egraph, rewrite.pattern);
      ASSERT_EQ(MachineMatches(egraph, rewrite), naive) << "seed " << seed;
      ASSERT_EQ(MachineMatches(egraph, rewrite, &pool), naive);
      total += naive.size();
      if (rewrite.pattern.roots.size() > 1) multi_root += naive.size();
    }
  }
  EXPECT_GT(total, 10000u);
  EXPECT_GT(multi_root, 200u);
}

// Incremental search may repeat old matches, but every match that was not there
// before the change must be found.
TEST(EMatch, IncrementalSearchFindsEverythingNew) {
  size_t fresh = 0;
  size_t skipped = 0;
  for (int seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    RandomLanguage language;
    EGraph egraph(&language);
    AddRandomNodes(egraph, 30, random);
    UniteRandomly(egraph, 4, random);
    std::vector<Rewrite> rewrites;
    std::vector<std::set<PlainMatch>> before;
    for (int i = 0; i < 10; ++i) {
      rewrites.push_back(RandomPattern(random).Make());
      before.push_back(NaiveMatches(egraph, rewrites.back().pattern));
    }
    const uint32_t since = egraph.epoch();
    egraph.AdvanceEpoch();
    AddRandomNodes(egraph, 3, random);
    UniteRandomly(egraph, 1 + random() % 2, random);
    for (int i = 0; i < 10; ++i) {
      // What was known, in today's names.
      std::set<PlainMatch> known;
      const PatternShape shape = ShapeOf(rewrites[i].pattern);
      for (PlainMatch match : before[i]) {
        int w = 0;
        for (; w < shape.attr_at(); ++w) {
          match[w] = egraph.Find(EClassId(match[w])).value;
        }
        w = shape.list_at();
        for (int list = 0; list < shape.list_vars; ++list) {
          const uint32_t size = match[w++];
          for (uint32_t item = 0; item < size; ++item, ++w) {
            match[w] = egraph.Find(EClassId(match[w])).value;
          }
        }
        known.insert(match);
      }
      const auto naive = NaiveMatches(egraph, rewrites[i].pattern);
      const auto found = MachineMatches(egraph, rewrites[i], nullptr, since);
      for (const PlainMatch& match : naive) {
        if (known.contains(match)) {
          skipped += !found.contains(match);
          continue;
        }
        ++fresh;
        ASSERT_TRUE(found.contains(match)) << "seed " << seed << " rule " << i;
      }
      for (const PlainMatch& match : found) ASSERT_TRUE(naive.contains(match));
    }
  }
  EXPECT_GT(fresh, 1000u);
  EXPECT_GT(skipped, 1000u);
}

TEST(Pattern, RefusesWhatItCannotMatch) {
  Pattern pattern;
  EXPECT_FALSE(CheckPattern(pattern).ok());
  pattern.roots = {Apply(OpId(0), {Var(1)})};
  EXPECT_FALSE(CheckPattern(pattern).ok());  // Slot 0 is not used.
  pattern.roots = {Apply(OpId(0), {Var(0)}), Apply(OpId(0), {Var(1)})};
  EXPECT_FALSE(CheckPattern(pattern).ok());  // A product.
  pattern.roots = {Apply(OpId(0), {Var(0)}), Var(0)};
  EXPECT_FALSE(CheckPattern(pattern).ok());
  pattern.roots = {Apply(OpId(0), {Var(0)}), Apply(OpId(1), {Var(0)})};
  EXPECT_TRUE(CheckPattern(pattern).ok());
}

}  // namespace
}  // namespace esat::testing

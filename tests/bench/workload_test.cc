// The reader of workload files: what it makes, and the errors.
#include "bench/sexp/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "egraph/runner.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  const auto workload = ParseWorkload(text, "f.sexp");
  return workload.ok() ? "none" : std::string(workload.status().message());
}

TEST(Sexp, ReadsWordsListsAndComments) {
  const auto all = ParseSexps("; first\nx (f ; inside\n  (g y) -1.5)", "f");
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(ToString((*all)[0]), "x");
  EXPECT_EQ((*all)[0].line, 2);
  EXPECT_EQ(ToString((*all)[1]), "(f (g y) -1.5)");
  EXPECT_EQ((*all)[1].line, 2);
  EXPECT_EQ((*all)[1].items[0].line, 3);
}

TEST(Sexp, RefusesWhatIsNotClosedOrNotOpened) {
  EXPECT_EQ(ErrorOf("(term (f x)\n(term y)\n"),
            "f.sexp:3: expected ')' for the '(' of line 1, found the end of "
            "the text");
  EXPECT_EQ(ErrorOf("(term x)\n)"),
            "f.sexp:2: expected an expression, found ')'");
  EXPECT_EQ(ErrorOf("\n()"), "f.sexp:2: expected a word after '(', found ')'");
  EXPECT_EQ(ErrorOf("((term x))"),
            "f.sexp:1: expected a word after '(', found '('");
  EXPECT_THAT(ErrorOf(std::string(100000, '(')), HasSubstr("found '('"));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "(f ";
  EXPECT_EQ(ErrorOf(deep),
            "f.sexp:1: expected at most 1000 nested lists, found one more");
}

TEST(Workload, ReadsRulesTermsAndAnalysis) {
  const auto workload = ParseWorkload(
      "(analysis constant-folding)\n"
      "(rule r (f ?x ?y) (g ?x) :if (is-const ?x) :if (is-sym ?y))\n"
      "(rule all ?a (id ?a))\n"
      "(term (f 1 y))\n(term 2)",
      "f.sexp");
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_TRUE(workload->constant_folding);
  ASSERT_EQ(workload->rules.size(), 2u);
  EXPECT_EQ(workload->rules[0].name, "r");
  EXPECT_EQ(workload->rules[0].conditions.size(), 2u);
  EXPECT_EQ(ToString(workload->rules[1].lhs), "?a");
  EXPECT_EQ(workload->terms.size(), 2u);
}

TEST(Workload, RefusesWhatIsNoForm) {
  EXPECT_EQ(ErrorOf("(term x)\n(terms y)"),
            "f.sexp:2: expected (rule ...), (term ...) or (analysis ...), "
            "found (terms ...)");
  EXPECT_THAT(ErrorOf("term"), HasSubstr("found term"));
  EXPECT_EQ(ErrorOf("; nothing\n"),
            "f.sexp:1: expected at least one (term T), found none");
  EXPECT_EQ(ErrorOf("(term x y)"),
            "f.sexp:1: expected (term T), found (term x y)");
  EXPECT_EQ(ErrorOf("(analysis intervals)"),
            "f.sexp:1: expected (analysis constant-folding), found (analysis "
            "intervals)");
  EXPECT_EQ(ErrorOf("(rule r (f ?x))"),
            "f.sexp:1: expected (rule NAME LHS RHS), found (rule r (f ?x))");
}

TEST(Workload, RefusesWrongRules) {
  EXPECT_EQ(ErrorOf("(rule r (f ?x)\n  (g ?y))"),
            "f.sexp:2: expected a variable of the left-hand side, found ?y");
  EXPECT_EQ(ErrorOf("(rule r x y)\n\n(rule r y x)"),
            "f.sexp:3: expected a new name of a rule, found r, which line 1 "
            "has");
  EXPECT_EQ(ErrorOf("(rule r (?f x) x)"),
            "f.sexp:1: expected an op after '(', found ?f");
  EXPECT_EQ(ErrorOf("(term (f ?x))"),
            "f.sexp:1: expected a term without variables, found ?x");
  EXPECT_EQ(ErrorOf("(rule r x y :when (is-const ?x))"),
            "f.sexp:1: expected `:if COND` after the rule's RHS, found :when");
  EXPECT_EQ(ErrorOf("(rule r x y :if)"),
            "f.sexp:1: expected `:if COND` after the rule's RHS, found :if");
}

TEST(Workload, RefusesWrongConditions) {
  EXPECT_EQ(ErrorOf("(rule r (f ?x) ?x\n :if (is-even ?x))"),
            "f.sexp:2: expected a condition (one of is-not-zero, is-const, "
            "is-sym, is-const-or-distinct-var), found (is-even ?x)");
  EXPECT_EQ(ErrorOf("(rule r (f ?x) ?x :if (is-const ?x ?x))"),
            "f.sexp:1: expected 1 variable(s) after is-const, found (is-const "
            "?x ?x)");
  EXPECT_EQ(ErrorOf("(rule r (f ?x) ?x :if (is-const ?y))"),
            "f.sexp:1: expected a variable of the left-hand side, found ?y");
  EXPECT_EQ(ErrorOf("(rule r (f ?x) ?x\n :if (is-const ?x))\n(term x)"),
            "f.sexp:2: expected (analysis constant-folding) for a condition, "
            "found no analysis");
}

TEST(Workload, RefusesAFileThatIsNotThere) {
  EXPECT_EQ(ReadWorkload("bench/none.sexp").status().message(),
            "bench/none.sexp: expected a workload file, found none to read");
  EXPECT_FALSE(ReadWorkload("bench").ok());
}

TEST(Workload, EveryFileLoads) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("bench/workloads")) {
    const auto workload = ReadWorkload(entry.path().string());
    ASSERT_TRUE(workload.ok()) << workload.status();
    LoadedWorkload loaded(*workload);
    EXPECT_TRUE(loaded.egraph().clean());
    EXPECT_EQ(loaded.rewrites().size(), workload->rules.size());
    ++files;
  }
  EXPECT_GE(files, 10);
}

}  // namespace
}  // namespace esat

// The field's common workloads, with the sizes that every engine must reach
// (measured with egg 0.11 and egglog 3.0, which agree).
#ifndef ESAT_TESTS_EGRAPH_TESTING_WORKLOADS_H_
#define ESAT_TESTS_EGRAPH_TESTING_WORKLOADS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/egraph/testing/sexpr_language.h"

namespace esat::testing {

struct Workload {
  std::vector<std::string> terms;
  std::vector<std::pair<std::string, std::string>> rules;

  void AddTerms(SexprLanguage& language, EGraph& egraph) const {
    for (const std::string& term : terms) language.AddTerm(egraph, term);
  }
  std::vector<Rewrite> Rewrites(SexprLanguage& language) const {
    std::vector<Rewrite> rewrites;
    for (const auto& [lhs, rhs] : rules)
      rewrites.push_back(language.MakeRewrite(lhs, rhs));
    return rewrites;
  }
};

// egglog's math-microbenchmark: 24 rules, 7 terms.
inline Workload MathMicro() {
  return {{"(i (ln x) x)", "(i (+ x (cos x)) x)", "(i (* (cos x) x) x)",
           "(d x (+ 1 (* 2 x)))", "(d x (- (pow x 3) (* 7 (pow x 2))))",
           "(+ (* y (+ x y)) (- (+ x 2) (+ x x)))",
           "(/ 1 (- (/ (+ 1 (sqrt five)) 2) (/ (- 1 (sqrt five)) 2)))"},
          {{"(+ ?a ?b)", "(+ ?b ?a)"},
           {"(* ?a ?b)", "(* ?b ?a)"},
           {"(+ ?a (+ ?b ?c))", "(+ (+ ?a ?b) ?c)"},
           {"(* ?a (* ?b ?c))", "(* (* ?a ?b) ?c)"},
           {"(- ?a ?b)", "(+ ?a (* -1 ?b))"},
           {"(+ ?a 0)", "?a"},
           {"(* ?a 0)", "0"},
           {"(* ?a 1)", "?a"},
           {"(- ?a ?a)", "0"},
           {"(* ?a (+ ?b ?c))", "(+ (* ?a ?b) (* ?a ?c))"},
           {"(+ (* ?a ?b) (* ?a ?c))", "(* ?a (+ ?b ?c))"},
           {"(* (pow ?a ?b) (pow ?a ?c))", "(pow ?a (+ ?b ?c))"},
           {"(pow ?x 1)", "?x"},
           {"(pow ?x 2)", "(* ?x ?x)"},
           {"(d ?x (+ ?a ?b))", "(+ (d ?x ?a) (d ?x ?b))"},
           {"(d ?x (* ?a ?b))", "(+ (* ?a (d ?x ?b)) (* ?b (d ?x ?a)))"},
           {"(d ?x (sin ?x))", "(cos ?x)"},
           {"(d ?x (cos ?x))", "(* -1 (sin ?x))"},
           {"(i 1 ?x)", "?x"},
           {"(i (cos ?x) ?x)", "(sin ?x)"},
           {"(i (sin ?x) ?x)", "(* -1 (cos ?x))"},
           {"(i (+ ?f ?g) ?x)", "(+ (i ?f ?x) (i ?g ?x))"},
           {"(i (- ?f ?g) ?x)", "(- (i ?f ?x) (i ?g ?x))"},
           {"(i (* ?a ?b) ?x)",
            "(- (* ?a (i ?b ?x)) (i (* (d ?x ?a) (i ?b ?x)) ?x))"}}};
}

// MathMicro with the two rules whose left side is a bare variable.
inline Workload MathU7() {
  Workload workload = MathMicro();
  workload.rules.insert(workload.rules.begin() + 8,
                        {{"?a", "(+ ?a 0)"}, {"?a", "(* ?a 1)"}});
  return workload;
}

// A sum of n leaves under associativity and commutativity.
inline Workload AssocComm(int n) {
  std::string term = absl::StrCat("x", n);
  for (int i = n - 1; i >= 1; --i)
    term = absl::StrCat("(+ x", i, " ", term, ")");
  return {
      {term},
      {{"(+ ?a ?b)", "(+ ?b ?a)"}, {"(+ ?a (+ ?b ?c))", "(+ (+ ?a ?b) ?c)"}}};
}

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_WORKLOADS_H_

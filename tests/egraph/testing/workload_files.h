// The workloads of bench/workloads for tests, which run in the repository's
// root.
#ifndef ESAT_TESTS_EGRAPH_TESTING_WORKLOAD_FILES_H_
#define ESAT_TESTS_EGRAPH_TESTING_WORKLOAD_FILES_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "bench/sexp/workload.h"

namespace esat::testing {

inline Workload WorkloadFile(const std::string& name) {
  auto workload = ReadWorkload(absl::StrCat("bench/workloads/", name, ".sexp"));
  ESAT_CHECK(workload.ok()) << workload.status();
  return *std::move(workload);
}

// For several e-graphs over one language. The rules have no conditions.
inline void AddTerms(const Workload& workload, SexpLanguage& language,
                     EGraph& egraph) {
  for (const Sexp& term : workload.terms) language.AddTerm(egraph, term);
}
inline std::vector<Rewrite> RewritesOf(const Workload& workload,
                                       SexpLanguage& language) {
  std::vector<Rewrite> rewrites;
  for (const Workload::Rule& rule : workload.rules) {
    rewrites.push_back(language.MakeRewrite(rule.name, rule.lhs, rule.rhs));
  }
  return rewrites;
}

// AC(n): the rules of the file for 8 leaves.
inline Workload AssocComm(int n) {
  Workload workload = WorkloadFile("ac8");
  std::string term = absl::StrCat("x", n);
  for (int i = n - 1; i >= 1; --i) {
    term = absl::StrCat("(+ x", i, " ", term, ")");
  }
  workload.terms = {ParseSexp(term)};
  return workload;
}

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_WORKLOAD_FILES_H_

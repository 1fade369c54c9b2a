// A language of s-expressions for tests and benchmarks: (f a b) is op "f" over
// two children, a bare word is a leaf, ?x a variable. Ops and leaves are
// whatever words occur.
#ifndef ESAT_TESTS_EGRAPH_TESTING_SEXPR_LANGUAGE_H_
#define ESAT_TESTS_EGRAPH_TESTING_SEXPR_LANGUAGE_H_

#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "egraph/egraph.h"
#include "egraph/rewrite.h"

namespace esat::testing {

// A parsed expression: a word, or a list whose first element is a word.
struct Sexpr {
  std::string word;
  std::vector<Sexpr> items;
  bool is_list = false;
};

inline Sexpr ParseSexpr(const std::string& text, size_t* at) {
  while (*at < text.size() &&
         std::isspace(static_cast<unsigned char>(text[*at])))
    ++*at;
  ESAT_CHECK(*at < text.size()) << "unfinished expression: " << text;
  Sexpr result;
  if (text[*at] != '(') {
    while (*at < text.size() && text[*at] != '(' && text[*at] != ')' &&
           !std::isspace(static_cast<unsigned char>(text[*at]))) {
      result.word += text[(*at)++];
    }
    return result;
  }
  result.is_list = true;
  ++*at;
  for (;;) {
    while (std::isspace(static_cast<unsigned char>(text[*at]))) ++*at;
    ESAT_CHECK(*at < text.size()) << "unfinished expression: " << text;
    if (text[*at] == ')') break;
    result.items.push_back(ParseSexpr(text, at));
  }
  ++*at;
  result.word = result.items.at(0).word;
  result.items.erase(result.items.begin());
  return result;
}

inline Sexpr ParseSexpr(const std::string& text) {
  size_t at = 0;
  return ParseSexpr(text, &at);
}

class SexprLanguage : public Language {
 public:
  // Op 0 is that of all leaves; their word is the attribute record.
  SexprLanguage() {
    op_names_.push_back("leaf");
    words_.push_back("");
  }

  OpId Op(const std::string& name) {
    const auto [at, inserted] =
        ops_.emplace(name, OpId(static_cast<uint32_t>(op_names_.size())));
    if (inserted) op_names_.push_back(name);
    return at->second;
  }
  OpId leaf() const { return OpId(0); }
  AttrsId Word(const std::string& word) {
    const auto [at, inserted] =
        word_ids_.emplace(word, AttrsId(static_cast<uint32_t>(words_.size())));
    if (inserted) words_.push_back(word);
    return at->second;
  }
  void SetCommutative(const std::string& op) { commutative_.insert(Op(op)); }

  bool IsCommutative(OpId op) const override {
    return commutative_.contains(op);
  }
  std::string OpName(OpId op) const override { return op_names_[op.value]; }
  std::string AttrsText(AttrsId attrs) const override {
    return words_[attrs.value];
  }

  EClassId AddTerm(EGraph& egraph, const Sexpr& term) {
    if (!term.is_list) return egraph.Add(leaf(), Word(term.word), {});
    std::vector<EClassId> children;
    for (const Sexpr& item : term.items)
      children.push_back(AddTerm(egraph, item));
    return egraph.Add(Op(term.word), kNoAttrs, children);
  }
  EClassId AddTerm(EGraph& egraph, const std::string& text) {
    return AddTerm(egraph, ParseSexpr(text));
  }

  using Variables = absl::flat_hash_map<std::string, uint32_t>;

  PatternTerm MakePattern(const Sexpr& term, Variables* variables) {
    if (!term.is_list && term.word[0] == '?') {
      return Var(
          variables->emplace(term.word, variables->size()).first->second);
    }
    AttrsPattern attrs;
    attrs.exact = term.is_list ? kNoAttrs : Word(term.word);
    std::vector<PatternTerm> children;
    for (const Sexpr& item : term.items)
      children.push_back(MakePattern(item, variables));
    return Apply(term.is_list ? Op(term.word) : leaf(), std::move(children),
                 std::move(attrs));
  }

  RhsRef MakeRhs(const Sexpr& term, const Variables& variables, Rhs* rhs) {
    if (!term.is_list && term.word[0] == '?')
      return RhsRef::Class(ClassVar(variables.at(term.word)));
    RhsStep step;
    step.op = term.is_list ? Op(term.word) : leaf();
    step.attrs = term.is_list ? kNoAttrs : Word(term.word);
    for (const Sexpr& item : term.items)
      step.children.push_back(MakeRhs(item, variables, rhs));
    rhs->steps.push_back(std::move(step));
    return RhsRef::Step(static_cast<uint32_t>(rhs->steps.size() - 1));
  }

  Rewrite MakeRewrite(const std::string& lhs, const std::string& rhs) {
    Rewrite rewrite;
    rewrite.name = lhs + " => " + rhs;
    Variables variables;
    rewrite.pattern.roots = {MakePattern(ParseSexpr(lhs), &variables)};
    rewrite.rhs.emplace();
    const RhsRef result = MakeRhs(ParseSexpr(rhs), variables, &*rewrite.rhs);
    rewrite.rhs->unions = {{RhsRef::Root(0), result}};
    rewrite.reads_facts = false;
    return rewrite;
  }

 private:
  absl::flat_hash_map<std::string, OpId> ops_;
  std::vector<std::string> op_names_;
  absl::flat_hash_map<std::string, AttrsId> word_ids_;
  std::vector<std::string> words_;
  absl::flat_hash_set<OpId> commutative_;
};

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_SEXPR_LANGUAGE_H_

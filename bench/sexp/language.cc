#include "bench/sexp/language.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace esat {
namespace {

std::optional<double> ParseNumber(const std::string& word) {
  double number = 0;
  const char* end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || at != end || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

SexpLanguage::SexpLanguage() {
  op_names_.push_back("leaf");
  words_.push_back("");
  numbers_.push_back(std::nullopt);
}

OpId SexpLanguage::Op(const std::string& name) {
  const auto [at, inserted] =
      ops_.emplace(name, OpId(static_cast<uint32_t>(op_names_.size())));
  if (inserted) op_names_.push_back(name);
  return at->second;
}

AttrsId SexpLanguage::Word(const std::string& word) {
  const auto [at, inserted] =
      word_ids_.emplace(word, AttrsId(static_cast<uint32_t>(words_.size())));
  if (inserted) {
    words_.push_back(word);
    numbers_.push_back(ParseNumber(word));
  }
  return at->second;
}

AttrsId SexpLanguage::WordOf(double number) {
  char text[64];
  // The shortest text that reads back as the same number; no sign for zero.
  const auto [end, error] =
      std::to_chars(text, text + sizeof(text), number == 0 ? 0.0 : number);
  ESAT_CHECK(error == std::errc()) << number;
  return Word(std::string(text, end));
}

EClassId SexpLanguage::AddTerm(EGraph& egraph, const Sexp& term) {
  ESAT_CHECK(!term.is_variable()) << term.word << " in a ground term";
  if (!term.is_list) return egraph.Add(leaf(), Word(term.word), {});
  std::vector<EClassId> children;
  for (const Sexp& item : term.items) {
    children.push_back(AddTerm(egraph, item));
  }
  return egraph.Add(Op(term.word), kNoAttrs, children);
}

EClassId SexpLanguage::AddTerm(EGraph& egraph, const std::string& text) {
  return AddTerm(egraph, ParseSexp(text));
}

ProofTermId SexpLanguage::Intern(const Sexp& term, ProofTerms* terms) {
  ESAT_CHECK(!term.is_variable()) << term.word << " in a ground term";
  if (!term.is_list) return terms->Intern({leaf(), Word(term.word), {}});
  ProofTerm made{Op(term.word), kNoAttrs, {}};
  for (const Sexp& item : term.items) {
    made.children.push_back(Intern(item, terms));
  }
  return terms->Intern(std::move(made));
}

PatternTerm SexpLanguage::MakePattern(const Sexp& term, Variables* variables) {
  if (term.is_variable()) {
    return Var(variables->emplace(term.word, variables->size()).first->second);
  }
  AttrsPattern attrs;
  attrs.exact = term.is_list ? kNoAttrs : Word(term.word);
  std::vector<PatternTerm> children;
  for (const Sexp& item : term.items) {
    children.push_back(MakePattern(item, variables));
  }
  return Apply(term.is_list ? Op(term.word) : leaf(), std::move(children),
               std::move(attrs));
}

RhsRef SexpLanguage::MakeRhs(const Sexp& term, const Variables& variables,
                             Rhs* rhs) {
  if (term.is_variable()) {
    const auto at = variables.find(term.word);
    ESAT_CHECK(at != variables.end()) << term.word << " is not bound";
    return RhsRef::Class(ClassVar(at->second));
  }
  RhsStep step;
  step.op = term.is_list ? Op(term.word) : leaf();
  step.attrs = term.is_list ? kNoAttrs : Word(term.word);
  for (const Sexp& item : term.items) {
    step.children.push_back(MakeRhs(item, variables, rhs));
  }
  rhs->steps.push_back(std::move(step));
  return RhsRef::Step(static_cast<uint32_t>(rhs->steps.size() - 1));
}

Rewrite SexpLanguage::MakeRewrite(const std::string& name, const Sexp& lhs,
                                  const Sexp& rhs, Variables* variables) {
  Variables own;
  if (variables == nullptr) variables = &own;
  Rewrite rewrite;
  rewrite.name = name;
  rewrite.pattern.roots = {MakePattern(lhs, variables)};
  rewrite.rhs.emplace();
  const RhsRef result = MakeRhs(rhs, *variables, &*rewrite.rhs);
  rewrite.rhs->unions = {{RhsRef::Root(0), result}};
  rewrite.reads_facts = false;
  return rewrite;
}

Rewrite SexpLanguage::MakeRewrite(const std::string& lhs,
                                  const std::string& rhs) {
  return MakeRewrite(absl::StrCat(lhs, " => ", rhs), ParseSexp(lhs),
                     ParseSexp(rhs));
}

}  // namespace esat

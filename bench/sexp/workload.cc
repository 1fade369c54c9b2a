#include "bench/sexp/workload.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "bench/sexp/conditions.h"

namespace esat {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  absl::StatusOr<Workload> Read(const std::vector<Sexp>& forms) && {
    for (const Sexp& form : forms) ESAT_RETURN_IF_ERROR(ReadForm(form));
    if (workload_.terms.empty()) {
      return SexpError(file_, 1, "at least one (term T)", "none");
    }
    for (const Workload::Rule& rule : workload_.rules) {
      if (!rule.conditions.empty() && !workload_.constant_folding) {
        return SexpError(file_, rule.conditions[0].line,
                         "(analysis constant-folding) for a condition",
                         "no analysis");
      }
    }
    return std::move(workload_);
  }

 private:
  absl::Status ReadForm(const Sexp& form) {
    if (form.is_list && form.word == "rule") return ReadRule(form);
    if (form.is_list && form.word == "term") return ReadTerm(form);
    if (form.is_list && form.word == "analysis") return ReadAnalysis(form);
    return SexpError(
        file_, form.line, "(rule ...), (term ...) or (analysis ...)",
        form.is_list ? absl::StrCat("(", form.word, " ...)") : form.word);
  }

  absl::Status ReadRule(const Sexp& form) {
    if (form.items.size() < 3 || form.items[0].is_list) {
      return SexpError(file_, form.line, "(rule NAME LHS RHS)", ToString(form));
    }
    Workload::Rule rule{form.items[0].word, form.items[1], form.items[2], {}};
    const auto [at, inserted] = rule_lines_.emplace(rule.name, form.line);
    if (!inserted) {
      return SexpError(
          file_, form.line, "a new name of a rule",
          absl::StrCat(rule.name, ", which line ", at->second, " has"));
    }
    ESAT_RETURN_IF_ERROR(CheckOps(rule.lhs));
    ESAT_RETURN_IF_ERROR(CheckOps(rule.rhs));
    ESAT_RETURN_IF_ERROR(CheckBound(rule.rhs, rule.lhs));
    for (size_t i = 3; i < form.items.size(); i += 2) {
      const Sexp& word = form.items[i];
      if (word.is_list || word.word != ":if" || i + 1 == form.items.size()) {
        return SexpError(file_, word.line, "`:if COND` after the rule's RHS",
                         ToString(word));
      }
      const Sexp& condition = form.items[i + 1];
      ESAT_RETURN_IF_ERROR(CheckCondition(condition, rule.lhs, file_));
      rule.conditions.push_back(condition);
    }
    workload_.rules.push_back(std::move(rule));
    return absl::OkStatus();
  }

  absl::Status ReadTerm(const Sexp& form) {
    if (form.items.size() != 1) {
      return SexpError(file_, form.line, "(term T)", ToString(form));
    }
    ESAT_RETURN_IF_ERROR(CheckOps(form.items[0]));
    ESAT_RETURN_IF_ERROR(CheckGround(form.items[0]));
    workload_.terms.push_back(form.items[0]);
    return absl::OkStatus();
  }

  absl::Status ReadAnalysis(const Sexp& form) {
    if (form.items.size() != 1 || form.items[0].word != "constant-folding") {
      return SexpError(file_, form.line, "(analysis constant-folding)",
                       ToString(form));
    }
    workload_.constant_folding = true;
    return absl::OkStatus();
  }

  absl::Status CheckOps(const Sexp& term) const {
    if (term.is_list && term.word[0] == '?') {
      return SexpError(file_, term.line, "an op after '('", term.word);
    }
    for (const Sexp& item : term.items) ESAT_RETURN_IF_ERROR(CheckOps(item));
    return absl::OkStatus();
  }

  absl::Status CheckGround(const Sexp& term) const {
    if (term.is_variable()) {
      return SexpError(file_, term.line, "a term without variables", term.word);
    }
    for (const Sexp& item : term.items) ESAT_RETURN_IF_ERROR(CheckGround(item));
    return absl::OkStatus();
  }

  absl::Status CheckBound(const Sexp& rhs, const Sexp& lhs) const {
    if (rhs.is_variable() && !Occurs(rhs.word, lhs)) {
      return SexpError(file_, rhs.line, "a variable of the left-hand side",
                       rhs.word);
    }
    for (const Sexp& item : rhs.items) {
      ESAT_RETURN_IF_ERROR(CheckBound(item, lhs));
    }
    return absl::OkStatus();
  }

  const std::string& file_;
  Workload workload_;
  absl::flat_hash_map<std::string, int> rule_lines_;
};

}  // namespace

absl::StatusOr<Workload> ParseWorkload(const std::string& text,
                                       const std::string& file) {
  ESAT_ASSIGN_OR_RETURN(const std::vector<Sexp> forms, ParseSexps(text, file));
  return Reader(file).Read(forms);
}

absl::StatusOr<Workload> ReadWorkload(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code ignored;
  if (!in || std::filesystem::is_directory(path, ignored)) {
    return absl::NotFoundError(
        absl::StrCat(path, ": expected a workload file, found none to read"));
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return ParseWorkload(text, path);
}

LoadedWorkload::LoadedWorkload(const Workload& workload, bool explain)
    : constant_folding_(workload.constant_folding
                            ? std::make_optional<ConstantFolding>(&language_)
                            : std::nullopt),
      egraph_(&language_, constant_folding_ ? &*constant_folding_ : nullptr) {
  if (explain) egraph_.RecordHistory();
  for (const Workload::Rule& rule : workload.rules) {
    SexpLanguage::Variables variables;
    rewrites_.push_back(
        language_.MakeRewrite(rule.name, rule.lhs, rule.rhs, &variables));
    if (rule.conditions.empty()) continue;
    rewrites_.back().guard =
        MakeGuard(rule.conditions, variables, &*constant_folding_);
    rewrites_.back().reads_facts = true;
  }
  for (const Sexp& term : workload.terms) {
    terms_.push_back(language_.AddTerm(egraph_, term));
  }
  egraph_.Rebuild();
}

}  // namespace esat

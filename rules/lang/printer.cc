// Flat where it fits in kWidth columns; otherwise operands are filled into
// lines that begin below the opening parenthesis.
#include "rules/lang/printer.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace esat {
namespace {

constexpr size_t kWidth = 100;

// Binding strength, weakest first.
enum Precedence : int {
  kOr = 1,
  kAnd,
  kNotLevel,
  kCompare,
  kSum,
  kProduct,
  kUnary,
  kPostfix,
};

int PrecedenceOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kBinary:
      if (expr.name == "or") return kOr;
      if (expr.name == "and") return kAnd;
      if (expr.name == "+" || expr.name == "-") return kSum;
      if (expr.name == "*" || expr.name == "/" || expr.name == "%") {
        return kProduct;
      }
      return kCompare;
    case ExprKind::kMatches:
      return kCompare;
    case ExprKind::kNot:
      return kNotLevel;
    case ExprKind::kNegate:
    case ExprKind::kTolerance:
      return kUnary;
    case ExprKind::kInt:
    case ExprKind::kFloat:
      return std::signbit(expr.float_value) || expr.int_value < 0 ? kUnary
                                                                  : kPostfix;
    default:
      return kPostfix;
  }
}

// The shortest decimal that reads back as `value`, always with a `.`, an
// exponent or a name, so that it scans as a float.
std::string PrintFloat(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[64];
  for (int precision = 1; precision <= 17; ++precision) {
    std::snprintf(buffer, sizeof(buffer), "%.*g", precision, value);
    if (std::strtod(buffer, nullptr) == value) break;
  }
  std::string text = buffer;
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string PrintString(const std::string& value) {
  std::string out = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string PrintAt(const Expr& expr, int precedence);

// "name(" of anything with an argument list; `trait` only where introduced.
std::string PrintHead(const Expr& expr) {
  if (expr.kind == ExprKind::kSplat) return "splat";
  if (!expr.trait.empty()) return absl::StrCat(expr.name, ":", expr.trait);
  return expr.name;
}

std::vector<std::string> FlatArguments(const Expr& expr) {
  std::vector<std::string> arguments;
  for (const Expr& operand : expr.operands) {
    arguments.push_back(PrintAt(operand, kSum));
  }
  for (const Attribute& attribute : expr.attributes) {
    arguments.push_back(
        absl::StrCat(attribute.name, "=", PrintAt(attribute.value, kSum)));
  }
  if (expr.rest) arguments.push_back(absl::StrCat("..", expr.rest->name));
  return arguments;
}

std::string Join(const std::vector<std::string>& parts,
                 std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string PrintBare(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kInt:
      return absl::StrCat(expr.int_value);
    case ExprKind::kFloat:
      return PrintFloat(expr.float_value);
    case ExprKind::kString:
      return PrintString(expr.name);
    case ExprKind::kBool:
      return expr.int_value != 0 ? "true" : "false";
    case ExprKind::kDType:
    case ExprKind::kVariable:
      return expr.name;
    case ExprKind::kWildcard:
      return "_";
    case ExprKind::kList:
      return absl::StrCat("[", Join(FlatArguments(expr), ", "), "]");
    case ExprKind::kOp:
      if (!expr.has_args) return expr.name;
      [[fallthrough]];
    case ExprKind::kOpVariable:
    case ExprKind::kCall:
    case ExprKind::kSplat:
      return absl::StrCat(PrintHead(expr), "(", Join(FlatArguments(expr), ", "),
                          ")");
    case ExprKind::kTolerance:
      return absl::StrCat("~", PrintAt(expr.operands[0], kUnary));
    case ExprKind::kNegate:
      return absl::StrCat("-", PrintAt(expr.operands[0], kPostfix));
    case ExprKind::kNot:
      return absl::StrCat("not ", PrintAt(expr.operands[0], kNotLevel));
    case ExprKind::kBinary:
    case ExprKind::kMatches: {
      const int level = PrecedenceOf(expr);
      // Comparisons do not chain; everything else associates to the left.
      const int left = level == kCompare ? level + 1 : level;
      return absl::StrCat(PrintAt(expr.operands[0], left), " ", expr.name, " ",
                          PrintAt(expr.operands[1], level + 1));
    }
    case ExprKind::kProject:
      return absl::StrCat(PrintAt(expr.operands[0], kPostfix), "#",
                          expr.int_value);
    case ExprKind::kSpread:
      return absl::StrCat(PrintAt(expr.operands[0], kPostfix), "...");
  }
  return "";
}

std::string PrintAt(const Expr& expr, int precedence) {
  // A spread ends a postfix chain, so nothing may follow it.
  const bool wrap = PrecedenceOf(expr) < precedence;
  std::string text = PrintBare(expr);
  return wrap ? absl::StrCat("(", text, ")") : text;
}

// Text under construction that knows its column.
class Page {
 public:
  void Write(std::string_view text) {
    text_ += text;
    column_ += text.size();
  }
  void NewLine(size_t indent) {
    while (!text_.empty() && text_.back() == ' ') text_.pop_back();
    text_ += '\n';
    text_ += std::string(indent, ' ');
    column_ = indent;
  }
  size_t column() const { return column_; }
  bool Fits(size_t length) const { return column_ + length <= kWidth; }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  size_t column_ = 0;
};

bool HasArguments(const Expr& expr) {
  return (expr.kind == ExprKind::kOp && expr.has_args) ||
         expr.kind == ExprKind::kOpVariable || expr.kind == ExprKind::kCall;
}

// Writes `expr`, breaking inside it only if it does not fit with `tail` more
// characters after it.
void Layout(Page& page, const Expr& expr, int precedence, size_t tail) {
  std::string flat = PrintAt(expr, precedence);
  if (page.Fits(flat.size() + tail)) return page.Write(flat);
  if (expr.kind == ExprKind::kBinary && PrecedenceOf(expr) <= kAnd &&
      PrecedenceOf(expr) >= precedence) {
    const size_t indent = page.column();
    Layout(page, expr.operands[0], PrecedenceOf(expr), 0);
    page.NewLine(indent);
    page.Write(absl::StrCat(expr.name, " "));
    return Layout(page, expr.operands[1], PrecedenceOf(expr) + 1, tail);
  }
  if (!HasArguments(expr)) return page.Write(flat);
  page.Write(absl::StrCat(PrintHead(expr), "("));
  const size_t indent = page.column();
  const std::vector<std::string> arguments = FlatArguments(expr);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool last = i + 1 == arguments.size();
    const size_t after = last ? tail + 1 : 1;
    if (i > 0) {
      page.Write(" ");
      if (!page.Fits(arguments[i].size() + after)) page.NewLine(indent);
    }
    if (i < expr.operands.size()) {
      Layout(page, expr.operands[i], kSum, after);
    } else {
      page.Write(arguments[i]);
    }
    page.Write(last ? ")" : ",");
  }
}

void WriteSide(Page& page, const std::vector<Root>& roots, size_t tail) {
  if (roots.size() == 1 && roots[0].name.empty()) {
    return Layout(page, roots[0].term, kSum, tail);
  }
  page.Write("{ ");
  const size_t indent = page.column();
  for (size_t i = 0; i < roots.size(); ++i) {
    if (i > 0) {
      page.Write(";");
      page.NewLine(indent);
    }
    page.Write(absl::StrCat(roots[i].name, " = "));
    Layout(page, roots[i].term, kSum, tail + 2);
  }
  page.Write(" }");
}

std::string FlatSide(const std::vector<Root>& roots) {
  if (roots.size() == 1 && roots[0].name.empty()) {
    return PrintAt(roots[0].term, kSum);
  }
  std::vector<std::string> parts;
  for (const Root& root : roots) {
    parts.push_back(absl::StrCat(root.name, " = ", PrintAt(root.term, kSum)));
  }
  return absl::StrCat("{ ", Join(parts, "; "), " }");
}

void WriteEquation(Page& page, const Rule& rule) {
  const std::string arrow = rule.both_directions ? "<=> " : "=> ";
  page.NewLine(2);
  if (rule.siblings) {
    page.Write(absl::StrCat("siblings ", rule.left[0].name, " = "));
    Layout(page, rule.left[0].term, kSum, 0);
    if (rule.sibling_condition) {
      std::string flat =
          absl::StrCat(" where ", PrintExpr(*rule.sibling_condition));
      if (page.Fits(flat.size())) {
        page.Write(flat);
      } else {
        page.NewLine(4);
        page.Write("where ");
        Layout(page, *rule.sibling_condition, kOr, 0);
      }
    }
    page.NewLine(4);
    page.Write(absl::StrCat(arrow, rule.right[0].name, " = "));
    return Layout(page, rule.right[0].term, kSum, 0);
  }
  std::string flat =
      absl::StrCat(FlatSide(rule.left), " ", arrow, FlatSide(rule.right));
  if (page.Fits(flat.size())) return page.Write(flat);
  WriteSide(page, rule.left, 0);
  page.NewLine(4);
  page.Write(arrow);
  WriteSide(page, rule.right, 0);
}

void WriteClause(Page& page, const Clause& clause) {
  for (const std::string& comment : clause.comments) {
    page.NewLine(2);
    page.Write(comment.empty() ? "#" : absl::StrCat("# ", comment));
  }
  page.NewLine(2);
  switch (clause.kind) {
    case ClauseKind::kLet:
      page.Write(absl::StrCat("let ", clause.let.name, " = "));
      return Layout(page, clause.let.value, kSum, 0);
    case ClauseKind::kWhere:
      page.Write("where ");
      return Layout(page, clause.condition, kOr, 0);
    case ClauseKind::kAssumes: {
      std::vector<std::string> names;
      for (const Licence& licence : clause.licences) {
        names.push_back(licence.name);
      }
      page.Write(absl::StrCat("assumes ", Join(names, ", ")));
    }
  }
}

void WriteComments(std::string& out, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    absl::StrAppend(&out, line.empty() ? "#" : absl::StrCat("# ", line), "\n");
  }
}

}  // namespace

std::string PrintExpr(const Expr& expr) { return PrintAt(expr, kOr); }

std::string PrintRule(const Rule& rule) {
  std::string out;
  WriteComments(out, rule.doc);
  std::vector<std::string> tags;
  for (const Tag& tag : rule.tags) tags.push_back(tag.name);
  Page page;
  page.Write(absl::StrCat("rule ", rule.name, " [", Join(tags, ", "), "]"));
  WriteEquation(page, rule);
  for (const Clause& clause : rule.clauses) WriteClause(page, clause);
  return out + page.Take() + "\n";
}

std::string PrintRules(const RuleFile& file) {
  std::string out;
  for (size_t i = 0; i < file.notes.size(); ++i) {
    for (const std::vector<std::string>& note : file.notes[i]) {
      if (!out.empty()) out += "\n";
      WriteComments(out, note);
    }
    if (i < file.rules.size()) {
      if (!out.empty()) out += "\n";
      out += PrintRule(file.rules[i]);
    }
  }
  return out;
}

}  // namespace esat

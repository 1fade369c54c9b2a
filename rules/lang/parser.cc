// Recursive descent over the token list, one function a grammar line.
//
// Errors. The first error of a rule is reported and the parser goes blind: from
// then on it sees only the end of input, so every loop ends and no second
// message follows from the first. The file loop clears this and goes on at the
// next line that begins with `rule`.
//
// Comments stay in the token list. Peek looks past them; Next moves those it
// passes into `comments_`, from where the clause being parsed takes them. So a
// comment below the last clause stays unread and belongs to what follows.
#include "rules/lang/parser.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rules/lang/scanner.h"

namespace esat {
namespace {

constexpr int kMaxDepth = 200;

constexpr std::string_view kDTypes[] = {"f64", "f32", "f16", "bf16", "i64",
                                        "i32", "i16", "i8",  "u64",  "u32",
                                        "u16", "u8",  "bool"};

constexpr std::string_view kReserved[] = {
    "rule", "let", "where", "assumes", "siblings", "matches", "and",
    "or",   "not", "true",  "false",   "inf",      "nan",     "splat"};

template <size_t N>
bool IsIn(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

Expr MakeExpr(ExprKind kind, SourceLocation at) {
  Expr expr;
  expr.kind = kind;
  expr.at = at;
  return expr;
}

Expr MakeUnary(ExprKind kind, SourceLocation at, Expr operand) {
  Expr expr = MakeExpr(kind, at);
  expr.operands.push_back(std::move(operand));
  return expr;
}

Expr MakeBinary(ExprKind kind, SourceLocation at, std::string name, Expr left,
                Expr right) {
  Expr expr = MakeExpr(kind, at);
  expr.name = std::move(name);
  expr.operands.push_back(std::move(left));
  expr.operands.push_back(std::move(right));
  return expr;
}

template <typename Visitor>
void ForEachExpr(Expr& expr, const Visitor& visit) {
  visit(expr);
  for (Expr& operand : expr.operands) ForEachExpr(operand, visit);
  for (Attribute& attribute : expr.attributes) {
    ForEachExpr(attribute.value, visit);
  }
}

template <typename Visitor>
void ForEachExpr(Rule& rule, const Visitor& visit) {
  for (Root& root : rule.left) ForEachExpr(root.term, visit);
  for (Root& root : rule.right) ForEachExpr(root.term, visit);
  if (rule.sibling_condition) ForEachExpr(*rule.sibling_condition, visit);
  for (Clause& clause : rule.clauses) {
    if (clause.kind == ClauseKind::kLet) ForEachExpr(clause.let.value, visit);
    if (clause.kind == ClauseKind::kWhere) ForEachExpr(clause.condition, visit);
  }
}

class Parser {
 public:
  Parser(const SourceText& source, Diagnostics& diagnostics)
      : source_(source),
        diagnostics_(diagnostics),
        tokens_(Scan(source, diagnostics)) {}

  RuleFile ParseFile() {
    RuleFile file;
    file.notes.emplace_back();
    while (true) {
      std::vector<std::string> doc = TakeNotes(file.notes.back());
      if (tokens_[position_].kind == TokenKind::kEnd) break;
      if (!AtWord("rule")) {
        Error("expected `rule`");
      } else {
        Rule rule = ParseRule(std::move(doc));
        if (!failed_) {
          file.rules.push_back(std::move(rule));
          file.notes.emplace_back();
        }
      }
      if (failed_) Recover();
    }
    return file;
  }

 private:
  // ---- Tokens ----

  size_t NextIndex(size_t from) const {
    while (tokens_[from].kind == TokenKind::kComment) ++from;
    return from;
  }

  const Token& Peek() const {
    return failed_ ? tokens_.back() : tokens_[NextIndex(position_)];
  }

  // The token after Peek().
  const Token& PeekSecond() const {
    if (failed_) return tokens_.back();
    const size_t first = NextIndex(position_);
    if (tokens_[first].kind == TokenKind::kEnd) return tokens_[first];
    return tokens_[NextIndex(first + 1)];
  }

  Token Next() {
    if (failed_) return tokens_.back();
    const size_t next = NextIndex(position_);
    for (size_t i = position_; i < next; ++i) {
      comments_.push_back(tokens_[i].text);
    }
    if (tokens_[next].kind == TokenKind::kEnd) {
      position_ = next;
    } else {
      position_ = next + 1;
    }
    return tokens_[next];
  }

  bool AtWord(std::string_view word) const {
    return Peek().kind == TokenKind::kWord && Peek().text == word;
  }
  bool AtSymbol(std::string_view symbol) const {
    return Peek().kind == TokenKind::kSymbol && Peek().text == symbol;
  }
  static bool IsSymbol(const Token& token, std::string_view symbol) {
    return token.kind == TokenKind::kSymbol && token.text == symbol;
  }

  bool TakeWord(std::string_view word) {
    if (!AtWord(word)) return false;
    Next();
    return true;
  }
  bool TakeSymbol(std::string_view symbol) {
    if (!AtSymbol(symbol)) return false;
    Next();
    return true;
  }

  static std::string Show(const Token& token) {
    switch (token.kind) {
      case TokenKind::kEnd:
        return "the end of the file";
      case TokenKind::kString:
        return "a string";
      default:
        return absl::StrCat("`", token.text, "`");
    }
  }

  void Error(std::string message) { ErrorAt(Peek().at, std::move(message)); }

  void ErrorAt(SourceLocation at, std::string message) {
    if (failed_) return;
    diagnostics_.Add(source_, at, std::move(message));
    failed_ = true;
  }

  void Expected(std::string_view what) {
    if (failed_) return;
    Error(
        absl::StrCat("expected ", std::string(what), ", found ", Show(Peek())));
  }

  void ExpectSymbol(std::string_view symbol) {
    if (!TakeSymbol(symbol))
      Expected(absl::StrCat("`", std::string(symbol), "`"));
  }

  void Recover() {
    failed_ = false;
    comments_.clear();
    // At least one token on, so that the file loop ends.
    if (tokens_[position_].kind != TokenKind::kEnd) ++position_;
    while (tokens_[position_].kind != TokenKind::kEnd &&
           !(tokens_[position_].kind == TokenKind::kWord &&
             tokens_[position_].text == "rule" &&
             tokens_[position_].starts_line)) {
      ++position_;
    }
    // Give the next rule its comment back.
    while (position_ > 0 &&
           tokens_[position_ - 1].kind == TokenKind::kComment &&
           tokens_[position_ - 1].starts_line) {
      --position_;
    }
  }

  // Takes the comments before the next rule: blocks are runs of adjacent lines.
  // Returns the block right above the rule, adds the others to `notes`.
  std::vector<std::string> TakeNotes(
      std::vector<std::vector<std::string>>& notes) {
    std::vector<std::vector<std::string>> blocks;
    int last_line = -1;
    for (; tokens_[position_].kind == TokenKind::kComment; ++position_) {
      const Token& comment = tokens_[position_];
      if (comment.at.line != last_line + 1) blocks.emplace_back();
      blocks.back().push_back(comment.text);
      last_line = comment.at.line;
    }
    std::vector<std::string> doc;
    const Token& next = tokens_[position_];
    if (!blocks.empty() && next.kind != TokenKind::kEnd &&
        next.at.line == last_line + 1) {
      doc = std::move(blocks.back());
      blocks.pop_back();
    }
    for (auto& block : blocks) notes.push_back(std::move(block));
    return doc;
  }

  // The comments passed since the last call and those that end the line of the
  // last token.
  std::vector<std::string> TakeComments() {
    if (!failed_) {
      while (tokens_[position_].kind == TokenKind::kComment &&
             !tokens_[position_].starts_line) {
        comments_.push_back(tokens_[position_++].text);
      }
    }
    return std::exchange(comments_, {});
  }

  // ---- Rules ----

  Rule ParseRule(std::vector<std::string> doc) {
    Rule rule;
    rule.doc = std::move(doc);
    Next();  // `rule`
    Tag name = ParseDashedName("a rule name");
    rule.name = std::move(name.name);
    rule.at = name.at;
    ExpectSymbol("[");
    do {
      rule.tags.push_back(ParseDashedName("a tag"));
    } while (TakeSymbol(","));
    ExpectSymbol("]");
    ParseEquation(rule);
    AppendTo(rule.doc, TakeComments());
    while (!failed_ && ParseClause(rule)) {
    }
    if (!failed_ && !AtWord("rule") && Peek().kind != TokenKind::kEnd) {
      Expected("`let`, `where`, `assumes` or the next rule");
    }
    ResolveOpVariables(rule);
    return rule;
  }

  static void AppendTo(std::vector<std::string>& to,
                       std::vector<std::string> lines) {
    for (std::string& line : lines) to.push_back(std::move(line));
  }

  // word { "-" (word | integer) } without blanks inside.
  Tag ParseDashedName(std::string_view what) {
    Tag name;
    name.at = Peek().at;
    if (Peek().kind != TokenKind::kWord) {
      Expected(what);
      return name;
    }
    name.name = Next().text;
    while (AtSymbol("-") && !Peek().spaced) {
      const Token& after = PeekSecond();
      if (after.spaced ||
          (after.kind != TokenKind::kWord && after.kind != TokenKind::kInt)) {
        break;
      }
      Next();
      absl::StrAppend(&name.name, "-", Next().text);
    }
    return name;
  }

  void ParseEquation(Rule& rule) {
    if (TakeWord("siblings")) {
      rule.siblings = true;
      rule.left.push_back(ParseBind());
      if (TakeWord("where")) rule.sibling_condition = ParseCondition();
      ExpectSymbol("=>");
      rule.right.push_back(ParseBind());
      return;
    }
    rule.left = ParseSide();
    if (TakeSymbol("<=>")) {
      rule.both_directions = true;
    } else if (!TakeSymbol("=>")) {
      Expected("`=>` or `<=>`");
    }
    rule.right = ParseSide();
  }

  std::vector<Root> ParseSide() {
    std::vector<Root> roots;
    if (!TakeSymbol("{")) {
      Root root;
      root.at = Peek().at;
      root.term = ParseSum();
      roots.push_back(std::move(root));
      return roots;
    }
    do {
      if (AtSymbol("}")) break;
      roots.push_back(ParseBind());
    } while (TakeSymbol(";"));
    ExpectSymbol("}");
    return roots;
  }

  Root ParseBind() {
    Root root;
    root.at = Peek().at;
    root.name = ParseVariableName();
    ExpectSymbol("=");
    root.term = ParseSum();
    return root;
  }

  std::string ParseVariableName() {
    if (Peek().kind != TokenKind::kWord || IsReservedWord(Peek().text) ||
        Peek().text == "_") {
      Expected("a variable");
      return "";
    }
    return Next().text;
  }

  bool ParseClause(Rule& rule) {
    Clause clause;
    clause.at = Peek().at;
    if (TakeWord("let")) {
      clause.kind = ClauseKind::kLet;
      clause.let.at = Peek().at;
      clause.let.name = ParseVariableName();
      ExpectSymbol("=");
      clause.let.value = ParseSum();
    } else if (TakeWord("where")) {
      clause.kind = ClauseKind::kWhere;
      clause.condition = ParseCondition();
    } else if (TakeWord("assumes")) {
      clause.kind = ClauseKind::kAssumes;
      do {
        Tag name = ParseDashedName("a licence");
        clause.licences.push_back({std::move(name.name), name.at});
      } while (TakeSymbol(","));
    } else {
      return false;
    }
    clause.comments = TakeComments();
    rule.clauses.push_back(std::move(clause));
    return true;
  }

  // `f(x)` on the right is an op variable if the left wrote `f:trait(...)`.
  static void ResolveOpVariables(Rule& rule) {
    std::vector<std::string> names;
    ForEachExpr(rule, [&](Expr& expr) {
      if (expr.kind == ExprKind::kOpVariable) names.push_back(expr.name);
    });
    if (names.empty()) return;
    ForEachExpr(rule, [&](Expr& expr) {
      if (expr.kind == ExprKind::kCall &&
          std::find(names.begin(), names.end(), expr.name) != names.end()) {
        expr.kind = ExprKind::kOpVariable;
      }
    });
  }

  // ---- Expressions ----

  // Guards the recursion: false, with a message, beyond kMaxDepth levels.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxDepth) {
        parser_.Error(absl::StrCat("nested deeper than ", kMaxDepth));
      }
    }
    ~Level() { --parser_.depth_; }

   private:
    Parser& parser_;
  };

  Expr ParseCondition() {
    Level level(*this);
    Expr left = ParseConjunction();
    while (AtWord("or")) {
      const SourceLocation at = Next().at;
      left = MakeBinary(ExprKind::kBinary, at, "or", std::move(left),
                        ParseConjunction());
    }
    return left;
  }

  Expr ParseConjunction() {
    Expr left = ParseNegation();
    while (AtWord("and")) {
      const SourceLocation at = Next().at;
      left = MakeBinary(ExprKind::kBinary, at, "and", std::move(left),
                        ParseNegation());
    }
    return left;
  }

  Expr ParseNegation() {
    Level level(*this);
    if (!AtWord("not")) return ParseTest();
    const SourceLocation at = Next().at;
    return MakeUnary(ExprKind::kNot, at, ParseNegation());
  }

  Expr ParseTest() {
    Expr left = ParseSum();
    if (AtWord("matches")) {
      const SourceLocation at = Next().at;
      return MakeBinary(ExprKind::kMatches, at, "matches", std::move(left),
                        ParseSum());
    }
    for (std::string_view op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!AtSymbol(op)) continue;
      const SourceLocation at = Next().at;
      return MakeBinary(ExprKind::kBinary, at, std::string(op), std::move(left),
                        ParseSum());
    }
    return left;
  }

  Expr ParseSum() {
    Expr left = ParseProduct();
    while (AtSymbol("+") || AtSymbol("-")) {
      Token op = Next();
      left = MakeBinary(ExprKind::kBinary, op.at, op.text, std::move(left),
                        ParseProduct());
    }
    return left;
  }

  Expr ParseProduct() {
    Expr left = ParseUnary();
    while (AtSymbol("*") || AtSymbol("/") || AtSymbol("%")) {
      Token op = Next();
      left = MakeBinary(ExprKind::kBinary, op.at, op.text, std::move(left),
                        ParseUnary());
    }
    return left;
  }

  Expr ParseUnary() {
    Level level(*this);
    const SourceLocation at = Peek().at;
    if (TakeSymbol("-")) {
      Expr operand = ParseUnary();
      if (operand.kind == ExprKind::kInt) {
        operand.int_value = -operand.int_value;
        operand.at = at;
        return operand;
      }
      if (operand.kind == ExprKind::kFloat) {
        operand.float_value = -operand.float_value;
        operand.at = at;
        return operand;
      }
      return MakeUnary(ExprKind::kNegate, at, std::move(operand));
    }
    if (TakeSymbol("~")) {
      return MakeUnary(ExprKind::kTolerance, at, ParseUnary());
    }
    return ParsePostfix();
  }

  Expr ParsePostfix() {
    Expr expr = ParseAtom();
    while (AtSymbol("#")) {
      const SourceLocation at = Next().at;
      if (Peek().kind != TokenKind::kInt) {
        Expected("an output number");
        return expr;
      }
      const int64_t index = ParseInt(Next().text);
      expr = MakeUnary(ExprKind::kProject, at, std::move(expr));
      expr.int_value = index;
    }
    if (AtSymbol("...")) {
      const SourceLocation at = Next().at;
      expr = MakeUnary(ExprKind::kSpread, at, std::move(expr));
    }
    return expr;
  }

  static int64_t ParseInt(const std::string& digits) {
    return std::strtoll(digits.c_str(), nullptr, 10);
  }

  Expr ParseAtom() {
    const Token& token = Peek();
    const SourceLocation at = token.at;
    switch (token.kind) {
      case TokenKind::kInt: {
        Expr expr = MakeExpr(ExprKind::kInt, at);
        expr.int_value = ParseInt(Next().text);
        return expr;
      }
      case TokenKind::kFloat: {
        Expr expr = MakeExpr(ExprKind::kFloat, at);
        expr.float_value = std::strtod(Next().text.c_str(), nullptr);
        return expr;
      }
      case TokenKind::kString: {
        Expr expr = MakeExpr(ExprKind::kString, at);
        expr.name = Next().text;
        return expr;
      }
      case TokenKind::kOpName: {
        Expr expr = MakeExpr(ExprKind::kOp, at);
        expr.name = Next().text;
        if (AtSymbol("(")) ParseArguments(expr);
        return expr;
      }
      case TokenKind::kWord:
        return ParseWord();
      case TokenKind::kSymbol:
        if (token.text == "[") return ParseList();
        if (token.text == "(") {
          Next();
          Expr inner = ParseCondition();
          ExpectSymbol(")");
          return inner;
        }
        break;
      default:
        break;
    }
    Expected("a term or a value");
    return MakeExpr(ExprKind::kWildcard, at);
  }

  Expr ParseList() {
    Expr expr = MakeExpr(ExprKind::kList, Next().at);
    if (!AtSymbol("]")) {
      do {
        expr.operands.push_back(ParseSum());
      } while (TakeSymbol(","));
    }
    ExpectSymbol("]");
    return expr;
  }

  Expr ParseWord() {
    const Token& token = Peek();
    Expr expr = MakeExpr(ExprKind::kVariable, token.at);
    expr.name = token.text;
    if (token.text == "_") {
      expr.kind = ExprKind::kWildcard;
      expr.name.clear();
    } else if (token.text == "true" || token.text == "false") {
      expr.kind = ExprKind::kBool;
      expr.int_value = token.text == "true";
      expr.name.clear();
    } else if (token.text == "inf" || token.text == "nan") {
      expr.kind = ExprKind::kFloat;
      expr.float_value = token.text == "inf"
                             ? std::numeric_limits<double>::infinity()
                             : std::numeric_limits<double>::quiet_NaN();
      expr.name.clear();
    } else if (IsIn(kDTypes, token.text)) {
      expr.kind = ExprKind::kDType;
    } else if (token.text == "splat") {
      expr.kind = ExprKind::kSplat;
      expr.name.clear();
      Next();
      ParseArguments(expr);
      return expr;
    } else if (IsIn(kReserved, token.text)) {
      Expected("a term or a value");
      return expr;
    }
    Next();
    if (expr.kind != ExprKind::kVariable) return expr;
    if (AtSymbol(":")) {
      Next();
      if (Peek().kind != TokenKind::kWord) {
        Expected("a trait");
        return expr;
      }
      expr.trait = Next().text;
      expr.kind = ExprKind::kOpVariable;
      ParseArguments(expr);
    } else if (AtSymbol("(")) {
      expr.kind = ExprKind::kCall;
      ParseArguments(expr);
    }
    return expr;
  }

  void ParseArguments(Expr& expr) {
    ExpectSymbol("(");
    expr.has_args = true;
    if (TakeSymbol(")")) return;
    do {
      ParseArgument(expr);
    } while (!failed_ && TakeSymbol(","));
    ExpectSymbol(")");
  }

  void ParseArgument(Expr& expr) {
    const Token& token = Peek();
    if (IsSymbol(token, "..")) {
      const SourceLocation at = Next().at;
      if (expr.rest) ErrorAt(at, "`..` stands twice in one argument list");
      expr.rest = RestArgument{"", at};
      if (Peek().kind == TokenKind::kWord) {
        expr.rest->name = ParseVariableName();
      }
      return;
    }
    if (token.kind == TokenKind::kWord && IsSymbol(PeekSecond(), "=")) {
      Attribute attribute;
      attribute.at = token.at;
      attribute.name = Next().text;
      Next();
      attribute.value = ParseSum();
      expr.attributes.push_back(std::move(attribute));
      return;
    }
    if (!expr.attributes.empty() || expr.rest) {
      Error("operands stand before attributes");
      return;
    }
    expr.operands.push_back(ParseSum());
  }

  const SourceText& source_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  size_t position_ = 0;
  std::vector<std::string> comments_;  // Passed and not yet attached.
  bool failed_ = false;
  int depth_ = 0;
};

}  // namespace

RuleFile ParseRules(const SourceText& source, Diagnostics& diagnostics) {
  return Parser(source, diagnostics).ParseFile();
}

bool IsReservedWord(std::string_view word) {
  return IsIn(kReserved, word) || IsIn(kDTypes, word);
}

}  // namespace esat

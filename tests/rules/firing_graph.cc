// Terms of the firing tests as graphs.
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status_macros.h"
#include "ir/infer.h"
#include "ir/text/parse_literal.h"
#include "rules/lang/op_sets.h"
#include "rules/lang/printer.h"
#include "tests/rules/firing_entries.h"

namespace esat {
namespace {

absl::Status Wrong(const Expr& expr, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", PrintExpr(expr), "`: ", what));
}

absl::StatusOr<double> Number(const Expr& expr) {
  if (expr.kind == ExprKind::kInt) return static_cast<double>(expr.int_value);
  if (expr.kind == ExprKind::kFloat) return expr.float_value;
  if (expr.kind == ExprKind::kNegate) {
    ESAT_ASSIGN_OR_RETURN(double value, Number(expr.operands[0]));
    return -value;
  }
  return Wrong(expr, "expected a number");
}

absl::StatusOr<DType> DTypeIn(const Expr& expr) {
  auto dtype = ParseDType(expr.name);
  if (expr.kind != ExprKind::kDType || !dtype) {
    return Wrong(expr, "expected a dtype");
  }
  return *dtype;
}

absl::StatusOr<std::vector<Dim>> Dims(const Expr& expr) {
  if (expr.kind != ExprKind::kList) return Wrong(expr, "expected a list");
  std::vector<Dim> dims;
  for (const Expr& element : expr.operands) {
    // The printer puts blanks around an operator; a dim's text has none.
    ESAT_ASSIGN_OR_RETURN(Dim dim, Dim::Parse(absl::StrReplaceAll(
                                       PrintExpr(element), {{" ", ""}})));
    dims.push_back(dim);
  }
  return dims;
}

absl::StatusOr<AttrValue> AttributeOf(const Expr& expr, AttrValue::Kind kind) {
  switch (kind) {
    case AttrValue::kInt:
      if (expr.kind != ExprKind::kInt) return Wrong(expr, "expected an int");
      return AttrValue(expr.int_value);
    case AttrValue::kFloat: {
      ESAT_ASSIGN_OR_RETURN(double number, Number(expr));
      return AttrValue(number);
    }
    case AttrValue::kString:
      return AttrValue(expr.name);
    case AttrValue::kDType: {
      ESAT_ASSIGN_OR_RETURN(DType dtype, DTypeIn(expr));
      return AttrValue(dtype);
    }
    case AttrValue::kDims: {
      ESAT_ASSIGN_OR_RETURN(std::vector<Dim> dims, Dims(expr));
      return AttrValue(std::move(dims));
    }
    case AttrValue::kInts: {
      ESAT_ASSIGN_OR_RETURN(std::vector<Dim> dims, Dims(expr));
      std::vector<int64_t> ints;
      for (const Dim& dim : dims) {
        if (!dim.is_constant()) return Wrong(expr, "expected integers");
        ints.push_back(dim.constant());
      }
      return AttrValue(std::move(ints));
    }
    default:
      return Wrong(expr, "attributes of this kind have no text here");
  }
}

// A window of two dimensions that does nothing special.
AttrRecord PlainAttributes(Op op) {
  const std::vector<int64_t> ones = {1, 1}, none = {0, 0, 0, 0};
  AttrRecord window = {{"auto_pad", "NOTSET"},
                       {"dilations", ones},
                       {"pads", none},
                       {"strides", ones}};
  switch (op) {
    case Op::kConvTranspose:
      window.Set("output_padding", std::vector<int64_t>{0, 0});
      [[fallthrough]];
    case Op::kConv:
      window.Set("group", 1);
      return window;
    case Op::kAveragePool:
      window.Set("ceil_mode", 0);
      window.Set("count_include_pad", 1);
      return window;
    default:
      return {};
  }
}

class Builder {
 public:
  explicit Builder(const Rule& equation) : equation_(equation) {}

  absl::Status Declare(const FiringEntry::Declaration& declaration) {
    const std::string& text = declaration.text;
    if (!absl::StrContains(text, " ")) {
      ESAT_ASSIGN_OR_RETURN(Type type, Type::Parse(text));
      names_[declaration.name] = graph_.AddInput(declaration.name, type);
      return absl::OkStatus();
    }
    Scanner scanner(text);
    ESAT_ASSIGN_OR_RETURN(Literal literal, ParseLiteral(&scanner, nullptr));
    constants_.emplace(declaration.name, std::move(literal));
    return absl::OkStatus();
  }

  absl::StatusOr<ValueId> Term(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kVariable:
        return Variable(expr);
      case ExprKind::kSplat:
        return Splat(expr);
      case ExprKind::kProject: {
        ESAT_ASSIGN_OR_RETURN(ValueId tuple, Term(expr.operands[0]));
        const NodeId node = graph_.value(tuple).producer;
        const auto& outputs = graph_.node(node).outputs;
        const auto i = static_cast<size_t>(expr.int_value);
        if (i >= outputs.size()) return Wrong(expr, "no such result");
        return outputs[i];
      }
      case ExprKind::kOp:
        return IsNone(expr) ? absl::StatusOr<ValueId>(kNoValue) : Apply(expr);
      default:
        return Wrong(expr, "expected a term");
    }
  }

  absl::StatusOr<Graph> Finish(const std::vector<Root>& roots) {
    for (const Root& root : roots) {
      ESAT_ASSIGN_OR_RETURN(ValueId value, Term(root.term));
      graph_.AddOutput(value);
    }
    ESAT_RETURN_IF_ERROR(InferGraph(&graph_).status());
    return std::move(graph_);
  }

 private:
  // An input, a constant or a let; each becomes one value.
  absl::StatusOr<ValueId> Variable(const Expr& expr) {
    if (auto known = names_.find(expr.name); known != names_.end()) {
      return known->second;
    }
    ValueId value = kNoValue;
    if (auto constant = constants_.find(expr.name);
        constant != constants_.end()) {
      value = graph_.AddConstant(constant->second);
    }
    for (const Clause& clause : equation_.clauses) {
      if (clause.let.name != expr.name) continue;
      ESAT_ASSIGN_OR_RETURN(value, Term(clause.let.value));
    }
    if (value == kNoValue) return Wrong(expr, "not declared");
    names_[expr.name] = value;
    return value;
  }

  // A scalar, of f32 unless it says otherwise.
  absl::StatusOr<ValueId> Splat(const Expr& expr) {
    ESAT_ASSIGN_OR_RETURN(double number, Number(expr.operands[0]));
    DType dtype = DType::kF32;
    for (const Attribute& attribute : expr.attributes) {
      ESAT_ASSIGN_OR_RETURN(dtype, DTypeIn(attribute.value));
    }
    return graph_.AddConstant(Literal::ScalarOf(dtype, number));
  }

  absl::StatusOr<ValueId> Apply(const Expr& expr) {
    const std::optional<Op> op = FindOp(expr.name);
    if (!op) return Wrong(expr, "no such op");
    std::vector<ValueId> inputs;
    for (size_t i = 0; i < OperandCount(expr); ++i) {
      ESAT_ASSIGN_OR_RETURN(ValueId input, Term(expr.operands[i]));
      inputs.push_back(input);
    }
    AttrRecord attrs = PlainAttributes(*op);
    for (const Attribute& attribute : expr.attributes) {
      const AttrDef* def = GetOp(*op).FindAttribute(attribute.name);
      if (def == nullptr) return Wrong(expr, "no such attribute");
      ESAT_ASSIGN_OR_RETURN(AttrValue value,
                            AttributeOf(attribute.value, def->kind));
      attrs.Set(attribute.name, std::move(value));
    }
    ESAT_RETURN_IF_ERROR(CheckAttributes(GetOp(*op), attrs));
    const int results =
        *op == Op::kSplit ? static_cast<int>(attrs.Dims("split").size()) : 1;
    const NodeId node =
        graph_.AddNode(*op, std::move(attrs), std::move(inputs), results);
    return graph_.node(node).outputs[0];
  }

  const Rule& equation_;
  Graph graph_;
  std::map<std::string, ValueId> names_;
  std::map<std::string, Literal> constants_;
};

}  // namespace

absl::StatusOr<Graph> FiringGraph(const FiringEntry& entry,
                                  const Firing& firing, bool expected) {
  Builder builder(firing.equation);
  for (const FiringEntry::Declaration& declaration : entry.declarations) {
    ESAT_RETURN_IF_ERROR(builder.Declare(declaration));
  }
  return builder.Finish(expected ? firing.equation.right
                                 : firing.equation.left);
}

}  // namespace esat

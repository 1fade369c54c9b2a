// Recursive descent. The kind of an attribute is ops.def's, so that the text
// needs no marks for it.

#include "ir/text/parse.h"

#include <map>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "ir/text/parse_literal.h"
#include "ir/text/scanner.h"

namespace esat {
namespace {

constexpr int kMaxDepth = 64;  // Of graphs within graphs.

class GraphParser {
 public:
  GraphParser(Scanner* scanner, const ResourceTable* resources)
      : in_(*scanner), resources_(resources) {}

  absl::StatusOr<Graph> Parse(int depth) {
    if (depth > kMaxDepth) return in_.Error("graphs nested too deep");
    depth_ = depth;
    ESAT_RETURN_IF_ERROR(in_.Expect("graph"));
    ESAT_ASSIGN_OR_RETURN(graph_.name, in_.Name());
    ESAT_RETURN_IF_ERROR(Inputs());
    ESAT_RETURN_IF_ERROR(in_.Expect("->"));
    // Outputs name values that come later.
    const size_t outputs = in_.position();
    ESAT_RETURN_IF_ERROR(in_.Expect("("));
    ESAT_RETURN_IF_ERROR(SkipOutputs());
    ESAT_RETURN_IF_ERROR(in_.Expect("{"));
    while (!in_.Take("}")) {
      if (in_.AtEnd()) return in_.Error("expected '}'");
      ESAT_RETURN_IF_ERROR(Statement());
    }
    const size_t end = in_.position();
    in_.set_position(outputs);
    ESAT_RETURN_IF_ERROR(Outputs());
    in_.set_position(end);
    return std::move(graph_);
  }

 private:
  // ---- Names ----

  struct Reference {
    std::string name;
    int number = 1;  // Of the values of that name.
  };

  absl::StatusOr<Reference> ReadReference() {
    Reference reference;
    ESAT_ASSIGN_OR_RETURN(reference.name, in_.Name());
    if (in_.Take("#") && !absl::SimpleAtoi(in_.Number(), &reference.number)) {
      return in_.Error("expected a number after '#'");
    }
    return reference;
  }

  // A value that exists.
  absl::StatusOr<ValueId> ReadUse() {
    ESAT_ASSIGN_OR_RETURN(Reference reference, ReadReference());
    auto it = values_.find(reference.name);
    if (it == values_.end() || reference.number < 1 ||
        reference.number > static_cast<int>(it->second.size())) {
      return in_.Error("no value '", reference.name, "' before");
    }
    return it->second[reference.number - 1];
  }

  // `reference` begins to name `id`.
  absl::Status Define(const Reference& reference, ValueId id) {
    std::vector<ValueId>& same = values_[reference.name];
    same.push_back(id);
    if (reference.number != static_cast<int>(same.size())) {
      return in_.Error("'", reference.name, "#", reference.number,
                       "', expected number ", same.size());
    }
    graph_.value(id).name = reference.name;
    return absl::OkStatus();
  }

  // ---- The graph's ends ----

  absl::Status Inputs() {
    ESAT_RETURN_IF_ERROR(in_.Expect("("));
    if (in_.Take(")")) return absl::OkStatus();
    do {
      ESAT_ASSIGN_OR_RETURN(Reference reference, ReadReference());
      ESAT_RETURN_IF_ERROR(in_.Expect(":"));
      ESAT_ASSIGN_OR_RETURN(Type type, ReadType(",)="));
      const ValueId id = graph_.AddInput(reference.name, std::move(type));
      ESAT_RETURN_IF_ERROR(Define(reference, id));
      if (in_.Take("=")) {
        ESAT_ASSIGN_OR_RETURN(Literal literal, ParseLiteral(&in_, resources_));
        graph_.input_defaults.emplace(id, std::move(literal));
      }
    } while (in_.Take(","));
    return in_.Expect(")");
  }

  absl::Status SkipOutputs() {
    while (!in_.Take(")")) {
      ESAT_RETURN_IF_ERROR(ReadReference().status());
      in_.Take("=");
      in_.Take(",");
    }
    return absl::OkStatus();
  }

  absl::Status Outputs() {
    ESAT_RETURN_IF_ERROR(in_.Expect("("));
    if (in_.Take(")")) return absl::OkStatus();
    do {
      const size_t begin = in_.position();
      ESAT_ASSIGN_OR_RETURN(Reference reference, ReadReference());
      const bool renamed = in_.Take("=");
      if (!renamed) in_.set_position(begin);
      ESAT_ASSIGN_OR_RETURN(ValueId value, ReadUse());
      graph_.AddOutput(value, reference.name);
    } while (in_.Take(","));
    return in_.Expect(")");
  }

  absl::StatusOr<Type> ReadType(std::string_view stops) {
    const std::string text = in_.Balanced(stops);
    absl::StatusOr<Type> type = Type::Parse(text);
    if (type.ok()) return type;
    return in_.Error(std::string(type.status().message()));
  }

  // ---- Statements ----

  absl::Status Statement() {
    const size_t begin = in_.position();
    if (in_.Word() == "doc" && in_.Peek() == '"') {
      ESAT_ASSIGN_OR_RETURN(graph_.doc, in_.Quoted());
      return absl::OkStatus();
    }
    in_.set_position(begin);
    std::vector<Reference> results;
    ESAT_ASSIGN_OR_RETURN(Reference first, ReadReference());
    if (in_.Peek() == '(') {
      in_.set_position(begin);  // An op without results.
    } else {
      results.push_back(std::move(first));
      while (in_.Take(",")) {
        ESAT_ASSIGN_OR_RETURN(Reference next, ReadReference());
        results.push_back(std::move(next));
      }
      ESAT_RETURN_IF_ERROR(in_.Expect("="));
    }
    const std::string word = in_.Word();
    const std::optional<Op> op = FindOp(word);
    if (!op) return in_.Error("no operator '", word, "'");
    std::vector<ValueId> operands;
    AttrRecord attrs;
    ESAT_RETURN_IF_ERROR(Arguments(GetOp(*op), &operands, &attrs));
    const NodeId id = graph_.AddNode(*op, std::move(attrs), {},
                                     static_cast<int>(results.size()));
    Node& node = graph_.node(id);
    node.inputs = std::move(operands);
    for (size_t i = 0; i < results.size(); ++i) {
      ESAT_RETURN_IF_ERROR(Define(results[i], node.outputs[i]));
    }
    if (!results.empty()) node.name = results[0].name;
    if (in_.Take("@")) {
      ESAT_ASSIGN_OR_RETURN(node.name, in_.Name());
    }
    if (results.empty()) return absl::OkStatus();
    ESAT_RETURN_IF_ERROR(in_.Expect(":"));
    for (size_t i = 0; i < results.size(); ++i) {
      if (i > 0) ESAT_RETURN_IF_ERROR(in_.Expect(","));
      ESAT_ASSIGN_OR_RETURN(Type type, ReadType(",\n"));
      graph_.value(node.outputs[i]).type = std::move(type);
    }
    return absl::OkStatus();
  }

  absl::Status Arguments(const OpDef& op, std::vector<ValueId>* operands,
                         AttrRecord* attrs) {
    ESAT_RETURN_IF_ERROR(in_.Expect("("));
    if (in_.Take(")")) return absl::OkStatus();
    do {
      const size_t begin = in_.position();
      const std::string word = in_.Word();
      if (!word.empty() && in_.Take("=")) {
        const AttrDef* def = op.FindAttribute(word);
        if (def == nullptr) {
          return in_.Error(op.name, " has no attribute '", word, "'");
        }
        ESAT_ASSIGN_OR_RETURN(AttrValue value, Attribute(def->kind));
        attrs->Set(word, std::move(value));
      } else if (word == "_") {
        operands->push_back(kNoValue);
      } else {
        in_.set_position(begin);
        ESAT_ASSIGN_OR_RETURN(ValueId operand, ReadUse());
        operands->push_back(operand);
      }
    } while (in_.Take(","));
    return in_.Expect(")");
  }

  // ---- Attributes ----

  absl::StatusOr<int64_t> Int() {
    int64_t value;
    const std::string text = in_.Number();
    if (!absl::SimpleAtoi(text, &value)) {
      return in_.Error("'", text, "', expected an integer");
    }
    return value;
  }

  absl::StatusOr<double> Float() {
    double value;
    const std::string text = in_.Number();
    if (!absl::SimpleAtod(text, &value)) {
      return in_.Error("'", text, "', expected a number");
    }
    return value;
  }

  template <typename T>
  absl::StatusOr<std::vector<T>> List(
      absl::StatusOr<T> (GraphParser::*item)()) {
    std::vector<T> values;
    ESAT_RETURN_IF_ERROR(in_.Expect("["));
    if (in_.Take("]")) return values;
    do {
      ESAT_ASSIGN_OR_RETURN(T value, (this->*item)());
      values.push_back(std::move(value));
    } while (in_.Take(","));
    ESAT_RETURN_IF_ERROR(in_.Expect("]"));
    return values;
  }

  absl::StatusOr<std::string> String() { return in_.Quoted(); }

  absl::StatusOr<std::vector<Dim>> DimList() {
    const std::string text = in_.Balanced(",)");
    // A list of dims is a shape.
    absl::StatusOr<Type> type = Type::Parse(absl::StrCat("i64", text));
    if (type.ok() && type->ranked) return type->shape;
    return in_.Error("'", text, "', expected a list of sizes");
  }

  absl::StatusOr<DType> DTypeWord() {
    const std::string word = in_.Word();
    if (word == DTypeName(DType::kUndefined)) return DType::kUndefined;
    if (std::optional<DType> dtype = ParseDType(word)) return *dtype;
    return in_.Error("'", word, "', expected a dtype");
  }

  absl::StatusOr<GraphRef> Subgraph() {
    GraphParser inner(&in_, resources_);
    ESAT_ASSIGN_OR_RETURN(Graph graph, inner.Parse(depth_ + 1));
    return GraphRef(std::make_shared<const Graph>(std::move(graph)));
  }

  template <typename T>
  static absl::StatusOr<AttrValue> Wrap(absl::StatusOr<T> value) {
    if (!value.ok()) return value.status();
    return AttrValue(*std::move(value));
  }

  absl::StatusOr<AttrValue> Attribute(AttrValue::Kind kind) {
    switch (kind) {
      case AttrValue::kInt:
        return Wrap(Int());
      case AttrValue::kFloat:
        return Wrap(Float());
      case AttrValue::kString:
        return Wrap(String());
      case AttrValue::kInts:
        return Wrap(List(&GraphParser::Int));
      case AttrValue::kFloats:
        return Wrap(List(&GraphParser::Float));
      case AttrValue::kStrings:
        return Wrap(List(&GraphParser::String));
      case AttrValue::kDims:
        return Wrap(DimList());
      case AttrValue::kTensor:
        return Wrap(ParseLiteral(&in_, resources_));
      case AttrValue::kGraph:
        return Wrap(Subgraph());
      case AttrValue::kDType:
        return Wrap(DTypeWord());
    }
    return in_.Error("an attribute of unknown kind");
  }

  Scanner& in_;
  const ResourceTable* resources_;
  int depth_ = 0;
  Graph graph_;
  std::map<std::string, std::vector<ValueId>> values_;
};

}  // namespace

absl::StatusOr<Graph> ParseGraph(std::string_view text,
                                 const ResourceTable* resources) {
  Scanner scanner(text);
  GraphParser parser(&scanner, resources);
  ESAT_ASSIGN_OR_RETURN(Graph graph, parser.Parse(0));
  if (!scanner.AtEnd()) return scanner.Error("expected the end of the text");
  return graph;
}

}  // namespace esat

#include "tests/ir/infer_testing.h"

#include "absl/strings/str_cat.h"

namespace esat {
namespace {

std::vector<Dim> ParseDims(const std::string& text) {
  absl::StatusOr<Type> type = Type::Parse(absl::StrCat("i64[", text, "]"));
  ESAT_CHECK(type.ok()) << text << ": " << type.status().ToString();
  return type->shape;
}

}  // namespace

ValueInfo Operand(const std::string& text) {
  if (text == "none") return ValueInfo::None();
  const size_t equals = text.find(" = ");
  absl::StatusOr<Type> type = Type::Parse(text.substr(0, equals));
  ESAT_CHECK(type.ok()) << text << ": " << type.status().ToString();
  ValueInfo info;
  info.type = *type;
  if (equals != std::string::npos) {
    info.elements = ParseDims(text.substr(equals + 3));
  }
  return info;
}

ValueInfo Floats(const std::vector<float>& values) {
  return ValueInfo::Of(
      Literal::Of<float>({static_cast<int64_t>(values.size())}, values));
}

AttrValue Dims(const std::string& text) { return AttrValue(ParseDims(text)); }

Outcome RunInfer(Op op, const AttrRecord& attrs,
                 const std::vector<ValueInfo>& operands, int result_count) {
  Outcome outcome;
  outcome.results.resize(result_count);
  const absl::Status status =
      Infer(op, attrs, operands, absl::MakeSpan(outcome.results));
  outcome.error = std::string(status.message());
  if (!status.ok()) {
    outcome.types = outcome.error;
    return outcome;
  }
  for (const ValueInfo& info : outcome.results) {
    absl::StrAppend(&outcome.types, outcome.types.empty() ? "" : " ",
                    info.type.ToString());
  }
  if (outcome.results[0].elements) {
    const std::string list = ToString(*outcome.results[0].elements);
    outcome.elements = list.substr(1, list.size() - 2);
  }
  return outcome;
}

Outcome RunInfer(Op op, const AttrRecord& attrs,
                 const std::vector<std::string>& operands, int result_count) {
  std::vector<ValueInfo> infos;
  for (const std::string& text : operands) infos.push_back(Operand(text));
  return RunInfer(op, attrs, infos, result_count);
}

std::string Resolved(Op dynamic, const AttrRecord& attrs,
                     const std::vector<ValueInfo>& operands, int result_count) {
  absl::StatusOr<std::optional<StaticForm>> form =
      ResolveHow(dynamic, attrs, operands, result_count);
  if (!form.ok()) return std::string(form.status().message());
  if (!*form) return "dynamic";
  std::string text = absl::StrCat(OpName((*form)->op), "(");
  for (size_t i = 0; i < (*form)->operands.size(); ++i) {
    absl::StrAppend(&text, i ? ", " : "", (*form)->operands[i]);
  }
  return absl::StrCat(text, ") ", (*form)->attrs.ToString());
}

std::string Resolved(Op dynamic, const AttrRecord& attrs,
                     const std::vector<std::string>& operands,
                     int result_count) {
  std::vector<ValueInfo> infos;
  for (const std::string& text : operands) infos.push_back(Operand(text));
  return Resolved(dynamic, attrs, infos, result_count);
}

}  // namespace esat

#include "backends/accel/body_parse.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "backends/accel/module.h"
#include "backends/accel/tosa.h"
#include "base/status_macros.h"

namespace esat {
namespace {

absl::StatusOr<std::vector<std::string>> StringsOf(const MlirAttr& attr) {
  std::vector<std::string> strings;
  for (const MlirAttr& item : attr.items) {
    if (item.kind != MlirAttr::kString) {
      return absl::InvalidArgumentError("expected strings in the list");
    }
    strings.push_back(item.text);
  }
  return strings;
}

// {dims = [...]} or {dtype = "..."}.
absl::StatusOr<AttrValue> ReadTaggedAttribute(const MlirAttr& attr) {
  const MlirAttr* dims = attr.Find("dims");
  if (attr.entries.size() == 1 && dims != nullptr) {
    ESAT_ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                          StringsOf(*dims));
    std::vector<Dim> values;
    for (const std::string& text : texts) {
      ESAT_ASSIGN_OR_RETURN(Dim dim, Dim::Parse(text));
      values.push_back(std::move(dim));
    }
    return AttrValue(std::move(values));
  }
  const MlirAttr* dtype = attr.Find("dtype");
  if (attr.entries.size() == 1 && dtype != nullptr) {
    const std::optional<DType> value = ParseDType(dtype->text);
    if (value) return AttrValue(*value);
    return absl::InvalidArgumentError(
        absl::StrCat("unknown dtype '", dtype->text, "'"));
  }
  return absl::InvalidArgumentError("expected {dims = [..]} or {dtype = ..}");
}

absl::StatusOr<AttrValue> ReadAttribute(const MlirAttr& attr,
                                        const BodyContext& context) {
  switch (attr.kind) {
    case MlirAttr::kInt:
      return AttrValue(attr.integer);
    case MlirAttr::kFloat:
      return AttrValue(attr.number);
    case MlirAttr::kString:
      return AttrValue(attr.text);
    case MlirAttr::kInts:
      return AttrValue(attr.ints);
    case MlirAttr::kFloats:
      return AttrValue(attr.floats);
    case MlirAttr::kDense:
      return AttrValue(attr.dense);
    case MlirAttr::kDict:
      return ReadTaggedAttribute(attr);
    case MlirAttr::kArray: {
      ESAT_ASSIGN_OR_RETURN(std::vector<std::string> strings, StringsOf(attr));
      return AttrValue(std::move(strings));
    }
    case MlirAttr::kSymbol: {
      const auto it = context.constants.find(attr.text);
      if (it != context.constants.end()) return AttrValue(it->second);
      return absl::InvalidArgumentError(
          absl::StrCat("there is no constant @", attr.text));
    }
    case MlirAttr::kUnit:
      break;
  }
  return absl::InvalidArgumentError("a flag is no attribute of an op");
}

class BodyReader {
 public:
  BodyReader(const BodyContext& context) : context_(context) {}  // NOLINT

  absl::StatusOr<Graph> Read(const MlirRegion& region, int line) {
    for (const auto& [name, type] : region.arguments) {
      ESAT_RETURN_IF_ERROR(Define(name, graph_.AddInput("", type), line));
    }
    if (region.ops.empty() || region.ops.back().name != "accel.yield") {
      return context_.Error(line, "a region must end in \"accel.yield\"");
    }
    for (const MlirOp& op : region.ops) {
      if (&op == &region.ops.back()) break;
      ESAT_RETURN_IF_ERROR(ReadOp(op));
    }
    const MlirOp& yield = region.ops.back();
    ESAT_ASSIGN_OR_RETURN(const std::vector<ValueId> outputs, Operands(yield));
    // Outputs of subgraphs have names of their own.
    const OpAttributes attributes(yield, context_.file);
    std::vector<std::string> names(outputs.size());
    if (attributes.Flag("names")) {
      ESAT_ASSIGN_OR_RETURN(names, attributes.Strings("names"));
    }
    if (names.size() != outputs.size()) {
      return context_.Error(yield.line,
                            "expected one name for each value yielded");
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == kNoValue) {
        return context_.Error(yield.line, "an absent value is yielded");
      }
      graph_.AddOutput(outputs[i], names[i]);
    }
    return std::move(graph_);
  }

 private:
  absl::Status Define(const std::string& name, ValueId value, int line) {
    if (values_.try_emplace(name, value).second) return absl::OkStatus();
    return context_.Error(line, absl::StrCat(name, " is defined twice"));
  }

  absl::StatusOr<std::vector<ValueId>> Operands(const MlirOp& op) const {
    std::vector<ValueId> operands;
    for (size_t i = 0; i < op.operands.size(); ++i) {
      const auto it = values_.find(op.operands[i]);
      if (it == values_.end()) {
        return context_.Error(
            op.line,
            absl::StrCat(op.operands[i], " is read before it is defined here"));
      }
      const Type type =
          it->second == kNoValue ? Type::None() : graph_.value(it->second).type;
      if (!(type == op.operand_types[i])) {
        return context_.Error(
            op.line,
            absl::StrCat(op.operands[i], " is ", type.ToString(),
                         ", its use says ", op.operand_types[i].ToString()));
      }
      operands.push_back(it->second);
    }
    return operands;
  }

  absl::Status ReadOp(const MlirOp& op) {
    if (op.name == "accel.none") {
      if (op.results.size() != 1 || op.result_types[0] != Type::None()) {
        return context_.Error(op.line, "\"accel.none\" has one result: none");
      }
      return Define(op.results[0], kNoValue, op.line);
    }
    if (op.name == "tosa.const") return ReadTosaConstant(op);
    if (absl::StartsWith(op.name, "tosa.")) return ReadTosaOp(op);
    if (op.name == "accel.op" || op.name == "accel.host") {
      return ReadAccelOp(op);
    }
    return context_.Error(
        op.line, absl::StrCat("\"", op.name, "\" has no place in a body"));
  }

  absl::Status ReadTosaConstant(const MlirOp& op) {
    const MlirAttr* value = op.attributes.Find("value");
    if (op.results.size() != 1 || value == nullptr ||
        value->kind != MlirAttr::kDense ||
        value->dense.dtype() != DType::kI32 || value->dense.is_splat()) {
      return context_.Error(op.line,
                            "expected value = dense<[..]> : tensor<..xi32>");
    }
    tosa_constants_[op.results[0]] = value->dense.AsInts();
    return absl::OkStatus();
  }

  absl::Status ReadTosaOp(const MlirOp& op) {
    std::vector<const std::vector<int64_t>*> constants;
    for (const std::string& name : op.operands) {
      const auto it = tosa_constants_.find(name);
      constants.push_back(it == tosa_constants_.end() ? nullptr : &it->second);
    }
    std::optional<TosaNode> node = ReadTosa(op, constants);
    if (!node) {
      return context_.Error(op.line,
                            absl::StrCat("\"", op.name, "\" is not known"));
    }
    MlirOp kept = op;
    kept.operands.resize(node->operands);
    kept.operand_types.resize(node->operands);
    return AddNode(kept, node->op, std::move(node->attrs), "accel.");
  }

  absl::Status ReadAccelOp(const MlirOp& op) {
    const OpAttributes attributes(op, context_.file);
    ESAT_ASSIGN_OR_RETURN(const std::string name, attributes.String("name"));
    const std::optional<Op> kind = FindOp(name);
    if (!kind) {
      return context_.Error(op.line, absl::StrCat("unknown op '", name, "'"));
    }
    AttrRecord record;
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* entries,
                          attributes.Find("attributes", MlirAttr::kDict));
    if (entries != nullptr) {
      for (const auto& [key, attr] : entries->entries) {
        absl::StatusOr<AttrValue> value = ReadAttribute(attr, context_);
        if (!value.ok()) {
          return context_.Error(
              op.line, absl::StrCat("attribute '", key, "' of ", name, ": ",
                                    std::string(value.status().message())));
        }
        record.Set(key, *std::move(value));
      }
    }
    ESAT_RETURN_IF_ERROR(ReadRegions(op, attributes, &record));
    const absl::Status fits = CheckAttributes(GetOp(*kind), record);
    if (!fits.ok()) {
      return context_.Error(op.line, std::string(fits.message()));
    }
    ESAT_RETURN_IF_ERROR(AddNode(op, *kind, std::move(record), ""));
    const Node& node = graph_.node(graph_.node_count() - 1);
    const bool host = op.name == "accel.host";
    if (host == RunsOnHost(graph_, node)) return absl::OkStatus();
    return context_.Error(op.line, absl::StrCat(name,
                                                host ? " is an accel.op"
                                                     : " runs on the "
                                                       "host only",
                                                ", found \"", op.name, "\""));
  }

  // Subgraphs, as the list `regions` says.
  absl::Status ReadRegions(const MlirOp& op, const OpAttributes& attributes,
                           AttrRecord* record) {
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* list,
                          attributes.Find("regions", MlirAttr::kArray));
    const size_t listed = list == nullptr ? 0 : list->items.size();
    if (listed != op.regions.size()) {
      return context_.Error(
          op.line,
          absl::StrCat("the op has ", op.regions.size(),
                       " regions, its attribute 'regions' lists ", listed));
    }
    for (size_t r = 0; r < listed; ++r) {
      ESAT_RETURN_IF_ERROR(
          ReadSubgraph(op, op.regions[r], list->items[r], record));
    }
    return absl::OkStatus();
  }

  absl::Status ReadSubgraph(const MlirOp& op, const MlirRegion& region,
                            const MlirAttr& about, AttrRecord* record) {
    const MlirAttr* attribute = about.Find("attribute");
    const MlirAttr* name = about.Find("name");
    const MlirAttr* inputs = about.Find("inputs");
    if (attribute == nullptr || name == nullptr || inputs == nullptr) {
      return context_.Error(op.line,
                            "a region needs its attribute, name and inputs");
    }
    ESAT_ASSIGN_OR_RETURN(Graph graph,
                          BodyReader(context_).Read(region, op.line));
    graph.name = name->text;
    absl::StatusOr<std::vector<std::string>> input_names = StringsOf(*inputs);
    if (!input_names.ok() || input_names->size() != graph.inputs().size()) {
      return context_.Error(op.line,
                            "expected one name for each argument of a region");
    }
    for (size_t i = 0; i < input_names->size(); ++i) {
      graph.value(graph.inputs()[i]).name = (*input_names)[i];
    }
    record->Set(attribute->text,
                GraphRef(std::make_shared<const Graph>(std::move(graph))));
    return absl::OkStatus();
  }

  absl::Status AddNode(const MlirOp& op, Op kind, AttrRecord attrs,
                       const std::string& prefix) {
    ESAT_ASSIGN_OR_RETURN(const std::vector<ValueId> operands, Operands(op));
    const OpAttributes attributes(op, context_.file);
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* name,
                          attributes.Find(prefix + "node", MlirAttr::kString));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* source,
                          attributes.Find(prefix + "source", MlirAttr::kInt));
    graph_.set_source(
        source == nullptr ? -1 : static_cast<int32_t>(source->integer));
    const NodeId n = graph_.AddNode(kind, std::move(attrs), operands,
                                    static_cast<int>(op.results.size()),
                                    name == nullptr ? "" : name->text);
    // A graph's node without a name stays without.
    if (name == nullptr) graph_.node(n).name.clear();
    for (size_t i = 0; i < op.results.size(); ++i) {
      const ValueId v = graph_.node(n).outputs[i];
      graph_.value(v).type = op.result_types[i];
      ESAT_RETURN_IF_ERROR(Define(op.results[i], v, op.line));
    }
    return absl::OkStatus();
  }

  const BodyContext& context_;
  Graph graph_;
  absl::flat_hash_map<std::string, ValueId> values_;
  absl::flat_hash_map<std::string, std::vector<int64_t>> tosa_constants_;
};

}  // namespace

absl::Status BodyContext::Error(int line, const std::string& what) const {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", line, ": ", what));
}

absl::StatusOr<Graph> ReadBody(const MlirRegion& region, int line,
                               const BodyContext& context) {
  return BodyReader(context).Read(region, line);
}

absl::Status OpAttributes::Error(const std::string& what) const {
  return absl::InvalidArgumentError(
      absl::StrCat(file_, ":", op_.line, ": ", what));
}

absl::StatusOr<const MlirAttr*> OpAttributes::Find(const std::string& name,
                                                   MlirAttr::Kind kind) const {
  const MlirAttr* attr = op_.attributes.Find(name);
  if (attr == nullptr || attr->kind == kind) return attr;
  return Error(absl::StrCat("attribute '", name, "' of \"", op_.name, "\" is ",
                            MlirAttrKindName(attr->kind), ", expected ",
                            MlirAttrKindName(kind)));
}

absl::StatusOr<const MlirAttr*> OpAttributes::Get(const std::string& name,
                                                  MlirAttr::Kind kind) const {
  ESAT_ASSIGN_OR_RETURN(const MlirAttr* attr, Find(name, kind));
  if (attr != nullptr) return attr;
  return Error(
      absl::StrCat("\"", op_.name, "\" has no attribute '", name, "'"));
}

absl::StatusOr<int64_t> OpAttributes::Int(const std::string& name) const {
  ESAT_ASSIGN_OR_RETURN(const MlirAttr* attr, Get(name, MlirAttr::kInt));
  return attr->integer;
}

absl::StatusOr<double> OpAttributes::Float(const std::string& name) const {
  ESAT_ASSIGN_OR_RETURN(const MlirAttr* attr, Get(name, MlirAttr::kFloat));
  return attr->number;
}

absl::StatusOr<std::string> OpAttributes::String(
    const std::string& name) const {
  ESAT_ASSIGN_OR_RETURN(const MlirAttr* attr, Get(name, MlirAttr::kString));
  return attr->text;
}

absl::StatusOr<std::vector<std::string>> OpAttributes::Strings(
    const std::string& name) const {
  ESAT_ASSIGN_OR_RETURN(const MlirAttr* attr, Get(name, MlirAttr::kArray));
  absl::StatusOr<std::vector<std::string>> strings = StringsOf(*attr);
  if (!strings.ok()) {
    return Error(absl::StrCat("attribute '", name,
                              "': ", std::string(strings.status().message())));
  }
  return strings;
}

}  // namespace esat

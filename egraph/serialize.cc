// Writing is by hand, for the order of keys is part of the format; reading
// goes through a parser that keeps that order.
#include "egraph/serialize.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace esat {
namespace {

using Json = nlohmann::ordered_json;

std::string Quoted(const std::string& text) {  // Names need not be UTF-8: what
                                               // is not is replaced.
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::Status Wrong(const std::string& where, const std::string& expected,
                   const Json& found) {
  return absl::InvalidArgumentError(absl::StrCat(
      where, ": expected ", expected, ", found ", found.type_name()));
}

absl::StatusOr<std::string> StringField(const Json& object,
                                        const std::string& where,
                                        const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": \"", key, "\" is missing"));
  }
  if (!at->is_string()) {
    return Wrong(absl::StrCat(where, "/", key), "a string", *at);
  }
  return at->get<std::string>();
}

class Parser {
 public:
  explicit Parser(const Json& json) : json_(json) {}

  absl::StatusOr<SerializedEGraph> Parse() {
    if (!json_.is_object()) return Wrong("/", "an object", json_);
    const auto nodes = json_.find("nodes");
    if (nodes == json_.end() || !nodes->is_object()) {
      return absl::InvalidArgumentError("/nodes: expected an object");
    }
    for (const auto& [name, node] : nodes->items()) {
      position_.emplace(name, static_cast<uint32_t>(position_.size()));
    }
    for (const auto& [name, node] : nodes->items()) {
      ESAT_RETURN_IF_ERROR(ParseNode(name, node));
    }
    ESAT_RETURN_IF_ERROR(ParseRoots());
    return std::move(result_);
  }

 private:
  absl::Status ParseNode(const std::string& name, const Json& json) {
    const std::string where = absl::StrCat("/nodes/", name);
    if (!json.is_object()) return Wrong(where, "an object", json);
    SerializedEGraph::Node node;
    node.name = name;
    ESAT_ASSIGN_OR_RETURN(node.op, StringField(json, where, "op"));
    ESAT_ASSIGN_OR_RETURN(const std::string eclass,
                          StringField(json, where, "eclass"));
    const auto [at, inserted] = class_.emplace(
        eclass, static_cast<uint32_t>(result_.class_names.size()));
    if (inserted) result_.class_names.push_back(eclass);
    node.eclass = at->second;
    if (const auto cost = json.find("cost"); cost != json.end()) {
      if (!cost->is_number()) return Wrong(where + "/cost", "a number", *cost);
      node.cost = cost->get<double>();
    }
    if (const auto list = json.find("children"); list != json.end()) {
      if (!list->is_array()) {
        return Wrong(where + "/children", "an array", *list);
      }
      for (const Json& child : *list) {
        const auto target = child.is_string()
                                ? position_.find(child.get<std::string>())
                                : position_.end();
        if (target == position_.end()) {
          return absl::InvalidArgumentError(absl::StrCat(
              where, "/children: ", child.dump(), " is no node of the file"));
        }
        node.children.push_back(target->second);
      }
    }
    result_.nodes.push_back(std::move(node));
    return absl::OkStatus();
  }

  absl::Status ParseRoots() {
    const auto roots = json_.find("root_eclasses");
    if (roots == json_.end()) return absl::OkStatus();
    if (!roots->is_array()) return Wrong("/root_eclasses", "an array", *roots);
    for (const Json& root : *roots) {
      const auto at = root.is_string() ? class_.find(root.get<std::string>())
                                       : class_.end();
      if (at == class_.end()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "/root_eclasses: ", root.dump(), " is no class of the file"));
      }
      result_.roots.push_back(at->second);
    }
    return absl::OkStatus();
  }

  const Json& json_;
  SerializedEGraph result_;
  absl::flat_hash_map<std::string, uint32_t> position_;
  absl::flat_hash_map<std::string, uint32_t> class_;
};

}  // namespace

std::string ToEGraphJson(const EGraph& egraph,
                         const std::vector<EClassId>& roots,
                         const std::function<double(ENodeId)>& cost) {
  ESAT_CHECK(egraph.clean()) << "dump of a dirty e-graph";
  const Language& language = egraph.language();
  std::ostringstream out;
  out << "{\n  \"nodes\": {";
  const char* comma = "\n";
  for (const EClassId id : egraph.Classes()) {
    int number = 0;
    for (const ENodeId row : egraph.NodesOf(id)) {
      const ENode node = egraph.Node(row);
      const std::string attrs = language.AttrsText(node.attrs);
      std::string op = language.OpName(node.op);
      if (!attrs.empty()) op.append(" ").append(attrs);
      out << comma << "    \"" << id << "." << number++
          << "\": {\"op\": " << Quoted(op) << ", \"children\": [";
      const char* child_comma = "";
      for (const EClassId child : node.children) {
        out << child_comma << "\"" << child << ".0\"";
        child_comma = ", ";
      }
      out << "], \"eclass\": \"" << id
          << "\", \"cost\": " << Json(cost ? cost(row) : 1.0).dump() << "}";
      comma = ",\n";
    }
  }
  out << "\n  },\n  \"root_eclasses\": [";
  comma = "";
  for (const EClassId root : roots) {
    out << comma << "\"" << egraph.Find(root) << "\"";
    comma = ", ";
  }
  out << "]\n}\n";
  return out.str();
}

absl::StatusOr<SerializedEGraph> ParseEGraphJson(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return absl::InvalidArgumentError("not a JSON text");
  }
  return Parser(json).Parse();
}

void LoadEGraph(const SerializedEGraph& serialized,
                const std::function<OpId(const std::string&)>& op_of,
                OpId placeholder, EGraph* egraph,
                std::vector<EClassId>* classes) {
  const size_t class_count = serialized.class_names.size();
  classes->clear();
  for (uint32_t i = 0; i < class_count; ++i) {
    classes->push_back(egraph->Add(placeholder, AttrsId(i), {}));
  }
  std::vector<EClassId> children;
  for (const SerializedEGraph::Node& node : serialized.nodes) {
    children.clear();
    for (const uint32_t child : node.children) {
      children.push_back((*classes)[serialized.nodes[child].eclass]);
    }
    egraph->Union((*classes)[node.eclass],
                  egraph->Add(op_of(node.op), kNoAttrs, children));
  }
  egraph->Rebuild();
  for (EClassId& id : *classes) id = egraph->Find(id);
}

}  // namespace esat

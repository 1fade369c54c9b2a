// The format: {"nodes": {node id: {"op", "eclass": class id, "cost": number,
// "children": [node id, ...]}, ...}, "root_eclasses": [class id, ...]}. A child
// names a node and means its class, so children are resolved at the end.
#include "extract/serialized_problem.h"

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace esat {
namespace {

// Strings to dense ids, in order of first appearance.
class Names {
 public:
  uint32_t Intern(const std::string& name) {
    const auto [it, added] =
        ids_.try_emplace(name, static_cast<uint32_t>(names_.size()));
    if (added) names_.push_back(name);
    return it->second;
  }
  size_t size() const { return names_.size(); }
  const std::string& operator[](uint32_t id) const { return names_[id]; }
  std::vector<std::string> Take() { return std::move(names_); }

 private:
  absl::flat_hash_map<std::string, uint32_t> ids_;
  std::vector<std::string> names_;
};

struct FileNode {
  bool defined = false;
  uint32_t eclass = kNoClass;
  double cost = 1;
  std::vector<uint32_t> children;  // Node ids.
};

// Receives the parser's events; `depth` counts open objects and arrays:
// 1 the file, 2 "nodes" or "root_eclasses", 3 one node, 4 its "children".
class Handler {
 public:
  using Json = nlohmann::json;

  explicit Handler(const std::string& name) : name_(name) {}

  bool null() { return Value("null"); }
  bool boolean(bool) { return Value("a boolean"); }
  bool number_integer(Json::number_integer_t v) {
    return Number(static_cast<double>(v));
  }
  bool number_unsigned(Json::number_unsigned_t v) {
    return Number(static_cast<double>(v));
  }
  bool number_float(Json::number_float_t v, const std::string&) {
    return Number(v);
  }
  bool binary(Json::binary_t&) { return Value("binary data"); }

  bool string(std::string& text) {
    if (depth_ == 2 && section_ == "root_eclasses") {
      roots_.push_back(classes_.Intern(text));
      return true;
    }
    if (InNodes(4) && field_ == "children") {
      const uint32_t child = InternNode(text);  // May move node().
      node().children.push_back(child);
      return true;
    }
    if (InNodes(3) && field_ == "eclass") {
      node().eclass = classes_.Intern(text);
      return true;
    }
    return Value("a string");
  }

  bool key(std::string& text) {
    if (depth_ == 1) section_ = text;
    if (InNodes(2)) {
      current_ = InternNode(text);
      if (node().defined) return Fail("appears twice");
      node().defined = true;
      field_.clear();
    }
    if (InNodes(3)) field_ = text;
    return true;
  }

  bool start_object(size_t) {
    if (depth_ == 1 && section_ == "root_eclasses") {
      return Value("an object");
    }
    if (InNodes(3) && Known(field_)) return Value("an object");
    if (InNodes(4) && field_ == "children") return Value("an object");
    ++depth_;
    return true;
  }
  bool start_array(size_t) {
    if (depth_ == 0 || (depth_ == 1 && section_ == "nodes") || InNodes(2) ||
        (InNodes(3) && (field_ == "eclass" || field_ == "cost")) ||
        (InNodes(4) && field_ == "children") ||
        (depth_ == 2 && section_ == "root_eclasses")) {
      return Value("an array");
    }
    ++depth_;
    return true;
  }
  bool end_object() {
    --depth_;
    return true;
  }
  bool end_array() { return end_object(); }

  bool parse_error(size_t, const std::string&,
                   const nlohmann::detail::exception& error) {
    status_ = absl::InvalidArgumentError(
        absl::StrCat(name_, ": not JSON: ", error.what()));
    return false;
  }

  absl::StatusOr<SerializedProblem> Finish();

 private:
  static bool Known(const std::string& field) {
    return field == "eclass" || field == "cost" || field == "children";
  }
  bool InNodes(int depth) const {
    return depth_ == depth && section_ == "nodes";
  }
  FileNode& node() { return file_nodes_[current_]; }

  uint32_t InternNode(const std::string& id) {
    const uint32_t n = nodes_.Intern(id);
    if (n == file_nodes_.size()) file_nodes_.emplace_back();
    return n;
  }

  bool Number(double value) {
    if (!InNodes(3) || field_ != "cost") return Value("a number");
    if (!(value >= 0)) {
      return Fail(
          absl::StrCat("is ", value, "; negative costs are not supported"));
    }
    node().cost = value;
    return true;
  }

  // A value that is no use here: fine where the format leaves room for it.
  bool Value(const std::string& found) {
    if (depth_ == 0)
      return Fail(absl::StrCat("expected an object, found ", found));
    if (depth_ == 1 && section_ == "nodes") {
      return Fail(absl::StrCat("expected an object, found ", found));
    }
    if (depth_ <= 2 && section_ == "root_eclasses") {
      return Fail(
          absl::StrCat("expected an array of class ids, found ", found));
    }
    if (InNodes(2)) return Fail(absl::StrCat("expected a node, found ", found));
    if ((InNodes(3) && Known(field_)) || (InNodes(4) && field_ == "children")) {
      const char* expected = field_ == "eclass" ? "a class id"
                             : field_ == "cost" ? "a number"
                                                : "an array of node ids";
      return Fail(absl::StrCat("expected ", expected, ", found ", found));
    }
    return true;
  }

  bool Fail(const std::string& what) {
    std::string path = name_;
    if (depth_ >= 1) absl::StrAppend(&path, ": ", section_);
    if (depth_ >= 2 && section_ == "nodes") {
      absl::StrAppend(&path, "[\"", nodes_[current_], "\"]");
      if (depth_ >= 3) absl::StrAppend(&path, ".", field_);
    }
    status_ = absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
    return false;
  }

  const std::string& name_;
  absl::Status status_;
  Names nodes_;
  Names classes_;
  std::vector<FileNode> file_nodes_;  // By interned id.
  std::vector<uint32_t> roots_;
  std::string section_;
  std::string field_;
  uint32_t current_ = 0;
  int depth_ = 0;
};

absl::StatusOr<SerializedProblem> Handler::Finish() {
  if (!status_.ok()) return status_;
  ProblemBuilder builder;
  SerializedProblem result;
  for (uint32_t n = 0; n < file_nodes_.size(); ++n) {
    const FileNode& node = file_nodes_[n];
    if (!node.defined) {
      return absl::InvalidArgumentError(absl::StrCat(
          name_, ": node \"", nodes_[n], "\" is a child and is not in nodes"));
    }
    if (node.eclass == kNoClass) {
      return absl::InvalidArgumentError(
          absl::StrCat(name_, ": nodes[\"", nodes_[n], "\"]: has no eclass"));
    }
  }
  std::vector<bool> has_node(classes_.size(), false);
  for (const FileNode& node : file_nodes_) has_node[node.eclass] = true;
  for (const uint32_t root : roots_) {
    if (!has_node[root]) {
      return absl::InvalidArgumentError(
          absl::StrCat(name_, ": root_eclasses: no node is in class \"",
                       classes_[root], "\""));
    }
    builder.AddRoot(root);
  }
  if (roots_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, ": root_eclasses: expected at least one class id"));
  }
  builder.AddClasses(classes_.size());
  std::vector<ProblemClass> children;
  for (const FileNode& node : file_nodes_) {
    children.clear();
    for (const uint32_t child : node.children) {
      children.push_back(file_nodes_[child].eclass);
    }
    builder.AddRow(node.eclass, node.cost, children);
  }
  ESAT_ASSIGN_OR_RETURN(result.problem, builder.Build());
  result.node_ids = nodes_.Take();
  result.class_ids = classes_.Take();
  return result;
}

}  // namespace

absl::StatusOr<SerializedProblem> ParseSerializedProblem(
    std::string_view text, const std::string& name) {
  Handler handler(name);
  nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
  return handler.Finish();
}

absl::StatusOr<SerializedProblem> ReadSerializedProblem(
    const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  }
  std::ostringstream text;
  text << file.rdbuf();
  return ParseSerializedProblem(text.str(), path);
}

}  // namespace esat

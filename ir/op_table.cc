// Parses ops.def's little languages once, at first use.

#include "ir/op_table.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace esat {
namespace {

struct RawOp {
  Op op;
  const char* name;
  int version;
  const char* operands;
  const char* results;
  const char* attributes;
  uint32_t traits;
  bool has_twin;
};

const RawOp kRawOps[] = {
#define ESAT_OP(name, version, operands, results, attributes, traits, ...) \
  {Op::k##name, #name, version, operands, results, attributes, traits, false},
#define ESAT_OP_HOW(name, version, operands, results, attributes, traits, ...) \
  {Op::k##name, #name, version, operands, results, attributes, traits, true},
#include "ir/ops.def"
#undef ESAT_OP
#undef ESAT_OP_HOW
};

std::vector<std::string> Words(const char* text) {
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

OperandDef ParseOperand(std::string word) {
  OperandDef def;
  if (word.front() == '!') {
    def.how = true;
    word.erase(0, 1);
  }
  if (size_t eq = word.find('='); eq != std::string::npos) {
    def.how_attr = word.substr(eq + 1);
    word.resize(eq);
  }
  if (word.back() == '?') {
    def.optional = true;
    word.pop_back();
  } else if (word.back() == '*') {
    def.variadic = true;
    word.pop_back();
  }
  def.name = word;
  if (def.how && def.how_attr.empty()) def.how_attr = word;
  return def;
}

AttrValue::Kind ParseKind(const std::string& text) {
  static constexpr const char* kNames[] = {
      "int",     "float", "string", "ints",  "floats",
      "strings", "dims",  "tensor", "graph", "dtype"};
  for (int i = 0; i < 10; ++i) {
    if (text == kNames[i]) return static_cast<AttrValue::Kind>(i);
  }
  ESAT_CHECK(false) << "ops.def: attribute type '" << text << "'";
  return AttrValue::kInt;
}

AttrDef ParseAttribute(const std::string& word) {
  AttrDef def;
  const size_t colon = word.find(':');
  def.name = word.substr(0, colon);
  std::string kind = word.substr(colon + 1);
  if (kind.back() == '?') {
    def.optional = true;
    kind.pop_back();
  }
  if (kind.back() == '~') {
    def.dynamic_only = true;
    kind.pop_back();
  }
  def.kind = ParseKind(kind);
  return def;
}

OpDef Build(const RawOp& raw, bool dynamic) {
  OpDef def;
  def.op = dynamic ? static_cast<Op>(static_cast<int>(raw.op) + 1) : raw.op;
  def.name = absl::StrCat(dynamic ? "Dynamic" : "", raw.name);
  def.version = raw.version;
  def.traits = raw.traits;
  def.is_dynamic = dynamic;
  if (raw.has_twin) {
    def.twin = dynamic ? raw.op : static_cast<Op>(static_cast<int>(raw.op) + 1);
  }
  std::vector<std::string> replaced;
  for (const std::string& word : Words(raw.operands)) {
    OperandDef operand = ParseOperand(word);
    if (operand.how) replaced.push_back(operand.how_attr);
    if (!operand.how || dynamic) def.operands.push_back(std::move(operand));
  }
  for (const std::string& word : Words(raw.results)) {
    def.results.push_back(ParseOperand(word));
  }
  for (const std::string& word : Words(raw.attributes)) {
    AttrDef attr = ParseAttribute(word);
    const bool is_how = std::find(replaced.begin(), replaced.end(),
                                  attr.name) != replaced.end();
    // Resize's and Pad's `axes` operand has no attribute on the static op.
    if (dynamic ? is_how : attr.dynamic_only) continue;
    def.attributes.push_back(std::move(attr));
  }
  return def;
}

const std::vector<OpDef>& Table() {
  static const std::vector<OpDef>* table = [] {
    auto* ops = new std::vector<OpDef>;
    for (const RawOp& raw : kRawOps) {
      ops->push_back(Build(raw, false));
      if (raw.has_twin) ops->push_back(Build(raw, true));
    }
    return ops;
  }();
  return *table;
}

int MaxCount(const std::vector<OperandDef>& defs) {
  for (const OperandDef& def : defs) {
    if (def.variadic) return -1;
  }
  return static_cast<int>(defs.size());
}

int MinCount(const std::vector<OperandDef>& defs) {
  int count = 0;
  for (size_t i = 0; i < defs.size(); ++i) {
    if (!defs[i].optional && !defs[i].variadic) count = static_cast<int>(i) + 1;
  }
  return count;
}

}  // namespace

int OpDef::min_operands() const { return MinCount(operands); }
int OpDef::max_operands() const { return MaxCount(operands); }
int OpDef::min_results() const { return MinCount(results); }
int OpDef::max_results() const { return MaxCount(results); }

const AttrDef* OpDef::FindAttribute(std::string_view attribute) const {
  for (const AttrDef& def : attributes) {
    if (def.name == attribute) return &def;
  }
  return nullptr;
}

int OpCount() { return static_cast<int>(Table().size()); }

const OpDef& GetOp(Op op) { return Table()[static_cast<size_t>(op)]; }

std::optional<Op> FindOp(std::string_view name) {
  static const auto* by_name = [] {
    auto* map = new absl::flat_hash_map<std::string, Op>;
    for (const OpDef& def : Table()) map->emplace(def.name, def.op);
    return map;
  }();
  auto it = by_name->find(std::string(name));
  if (it == by_name->end()) return std::nullopt;
  return it->second;
}

absl::Status CheckAttributes(const OpDef& op, const AttrRecord& attrs) {
  for (const AttrDef& def : op.attributes) {
    const AttrValue* value = attrs.Find(def.name);
    if (value == nullptr) {
      if (def.optional) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(op.name, ": attribute '", def.name, "' is missing"));
    }
    if (value->kind() != def.kind) {
      return absl::InvalidArgumentError(
          absl::StrCat(op.name, ": attribute '", def.name, "' has kind ",
                       value->kind(), ", expected ", def.kind));
    }
  }
  for (const auto& [name, value] : attrs.entries()) {
    if (op.FindAttribute(name) == nullptr && name != "num_outputs") {
      return absl::InvalidArgumentError(
          absl::StrCat(op.name, ": unknown attribute '", name, "'"));
    }
  }
  return absl::OkStatus();
}

}  // namespace esat

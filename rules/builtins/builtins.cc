#include "rules/builtins/builtins.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rules/builtins/families.h"

namespace esat {
namespace {

std::vector<Builtin> MakeTable() {
  std::vector<Builtin> table;
  AppendFactBuiltins(table);
  AppendListBuiltins(table);
  AppendShapeBuiltins(table);
  AppendNumberBuiltins(table);
  std::sort(table.begin(), table.end(),
            [](const Builtin& a, const Builtin& b) { return a.name < b.name; });
  return table;
}

}  // namespace

const std::vector<Builtin>& Builtins() {
  static const auto* const table = new std::vector<Builtin>(MakeTable());
  return *table;
}

const Builtin* FindBuiltin(std::string_view name) {
  const std::vector<Builtin>& table = Builtins();
  auto it = std::lower_bound(
      table.begin(), table.end(), name,
      [](const Builtin& b, std::string_view n) { return b.name < n; });
  return it != table.end() && it->name == name ? &*it : nullptr;
}

std::string DescribeBuiltins() {
  std::string out;
  for (const Builtin& builtin : Builtins()) {
    std::string call = absl::StrCat(std::string(builtin.name), "(");
    for (size_t i = 0; i < builtin.parameters.size(); ++i) {
      absl::StrAppend(&call, i == 0 ? "" : ", ",
                      RuleTypeName(builtin.parameters[i]));
    }
    absl::StrAppend(&out, call, ") is ", RuleTypeName(builtin.result), "\n    ",
                    std::string(builtin.sentence), "\n");
  }
  return out;
}

}  // namespace esat

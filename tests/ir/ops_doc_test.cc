// docs/ops.md is written from the op table: with ESAT_BLESS=1 this test writes
// it, otherwise it fails when the page is stale.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "ir/op_table.h"

namespace esat {
namespace {

constexpr char kPath[] = "docs/ops.md";

constexpr const char* kKinds[] = {"int",    "float",   "string", "ints",
                                  "floats", "strings", "dims",   "tensor",
                                  "graph",  "dtype"};

constexpr std::pair<Trait, const char*> kTraits[] = {
    {kElementwise, "elementwise"},
    {kCommutative, "commutative"},
    {kIdempotent, "idempotent"},
    {kInvolution, "involution"},
    {kCompare, "compare"},
    {kReduction, "reduction"},
    {kView, "view"},
    {kMovement, "movement"},
    {kContraction, "contraction"},
    {kPool, "pool"},
    {kComposite, "composite"},
    {kControl, "control"},
    {kEffect, "effect"},
    {kLeaf, "leaf"}};

std::string Operands(const std::vector<OperandDef>& defs) {
  std::string text;
  for (const OperandDef& def : defs) {
    absl::StrAppend(&text, text.empty() ? "" : " ", def.how ? "!" : "",
                    def.name, def.optional ? "?" : "", def.variadic ? "*" : "");
  }
  return text;
}

std::string Attributes(const std::vector<AttrDef>& defs) {
  std::string text;
  for (const AttrDef& def : defs) {
    absl::StrAppend(&text, text.empty() ? "" : " ", def.name, ":",
                    kKinds[def.kind], def.optional ? "?" : "");
  }
  return text;
}

std::string Traits(const OpDef& op) {
  std::string text;
  for (const auto& [trait, name] : kTraits) {
    if (op.Has(trait)) absl::StrAppend(&text, text.empty() ? "" : " ", name);
  }
  return text;
}

std::string Page() {
  std::string text =
      "# The operators\n\n"
      "Written from `ir/ops.def` by `tests/ir/ops_doc_test.cc` (run it with "
      "`ESAT_BLESS=1`); do not edit.\n\n"
      "Names and meanings are ONNX's at opset 23; `docs/ir-semantics.md` says "
      "what differs. `version` is the opset that last changed the operator, 0 "
      "for esat's own. `?` may be absent, `*` is any number. A `Dynamic` twin "
      "keeps ONNX's operands for what the static operator has as attributes "
      "(`!`: how, not what).\n\n"
      "| operator | operands | results | attributes | traits | version |\n"
      "|---|---|---|---|---|---|\n";
  const auto code = [](const std::string& s) {
    return s.empty() ? std::string() : absl::StrCat("`", s, "`");
  };
  for (int i = 0; i < OpCount(); ++i) {
    const OpDef& op = GetOp(static_cast<Op>(i));
    absl::StrAppend(&text, "| ", op.name, " | ", code(Operands(op.operands)),
                    " | ", code(Operands(op.results)), " | ",
                    code(Attributes(op.attributes)), " | ", Traits(op), " | ",
                    op.version, " |\n");
  }
  return text;
}

TEST(OpsDocTest, IsFresh) {
  const std::string page = Page();
  if (const char* bless = std::getenv("ESAT_BLESS");
      bless != nullptr && std::string(bless) == "1") {
    std::ofstream(kPath) << page;
  }
  std::ifstream file(kPath);
  std::stringstream found;
  found << file.rdbuf();
  EXPECT_TRUE(found.str() == page)
      << kPath << " is stale: run this test with ESAT_BLESS=1";
}

}  // namespace
}  // namespace esat

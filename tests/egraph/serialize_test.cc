#include "egraph/serialize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/sexp/language.h"
#include "egraph/dot.h"

namespace esat::testing {
namespace {

using ::testing::HasSubstr;

TEST(Serialize, WhatIsWrittenIsRead) {
  SexpLanguage language;
  EGraph egraph(&language);
  const EClassId top = language.AddTerm(egraph, "(f (g x) \"y\")");
  egraph.Union(top, language.AddTerm(egraph, "(h x)"));
  egraph.Rebuild();
  const std::string text =
      ToEGraphJson(egraph, {top}, [](ENodeId) { return 2.5; });
  const auto read = ParseEGraphJson(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->nodes.size(), egraph.enode_count());
  EXPECT_EQ(read->class_names.size(), egraph.class_count());
  EXPECT_EQ(read->nodes[0].cost, 2.5);
  ASSERT_EQ(read->roots.size(), 1u);

  SexpLanguage other;
  EGraph loaded(&other);
  std::vector<EClassId> classes;
  LoadEGraph(
      *read, [&](const std::string& op) { return other.Op(op); },
      other.Op("class"), &loaded, &classes);
  loaded.CheckInvariants();
  EXPECT_EQ(loaded.class_count(), egraph.class_count());
  EXPECT_EQ(loaded.enode_count(), egraph.enode_count() + egraph.class_count());
}

TEST(Serialize, ErrorsNameThePlace) {
  const auto error = [](const std::string& text) {
    return std::string(ParseEGraphJson(text).status().message());
  };
  EXPECT_THAT(error("{"), HasSubstr("not a JSON text"));
  EXPECT_THAT(error("[]"), HasSubstr("expected an object, found array"));
  EXPECT_THAT(error(R"({"nodes": {"a": {"eclass": "1"}}})"),
              HasSubstr("/nodes/a: \"op\" is missing"));
  EXPECT_THAT(
      error(
          R"({"nodes": {"a": {"op": "f", "eclass": "1", "children": ["b"]}}})"),
      HasSubstr("/nodes/a/children: \"b\" is no node"));
  EXPECT_THAT(error(R"({"nodes": {}, "root_eclasses": ["7"]})"),
              HasSubstr("/root_eclasses: \"7\" is no class"));
}

TEST(Serialize, ReadsTheFieldsFiles) {
  const char* corpus = std::getenv("ESAT_CORPUS");
  const std::filesystem::path folder =
      std::filesystem::path(corpus ? corpus : "../shared") / "egraphs/tensat";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const auto read = ParseEGraphJson(text.str());
    ASSERT_TRUE(read.ok()) << entry.path() << ": " << read.status();
    EXPECT_FALSE(read->nodes.empty());
    EXPECT_FALSE(read->roots.empty());
    SexpLanguage language;
    EGraph egraph(&language);
    std::vector<EClassId> classes;
    LoadEGraph(
        *read, [&](const std::string& op) { return language.Op(op); },
        language.Op("class"), &egraph, &classes);
    egraph.CheckInvariants();
  }
}

TEST(Dot, ShowsClassesAndNodes) {
  SexpLanguage language;
  EGraph egraph(&language);
  language.AddTerm(egraph, "(f x)");
  const std::string dot = ToDot(egraph);
  EXPECT_THAT(dot, HasSubstr("subgraph cluster_1"));
  EXPECT_THAT(dot, HasSubstr("n1 [label=\"f\"]"));
  EXPECT_THAT(dot, HasSubstr("n1 -> n0 [lhead=cluster_0"));
}

}  // namespace
}  // namespace esat::testing

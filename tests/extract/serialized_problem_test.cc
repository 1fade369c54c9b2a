#include "extract/serialized_problem.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace esat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SerializedProblem, ReadsNodesInAnyOrder) {
  const auto egraph = ParseSerializedProblem(R"({
      "comment": "ignored", "class_data": {"a": {"type": ["x", {"y": 1}]}},
      "nodes": {
        "n1": {"op": "+", "children": ["n2", "n3", "n2"], "eclass": "a"},
        "n3": {"op": "x", "cost": 2.5, "eclass": "b", "subsumed": false},
        "n2": {"op": "y", "cost": 0, "eclass": "b", "extra": [1, "n1"]}},
      "root_eclasses": ["a", "a"]})",
                                             "test");
  ASSERT_TRUE(egraph.ok()) << egraph.status();
  const ExtractionProblem& problem = egraph->problem;
  EXPECT_THAT(egraph->node_ids, ElementsAre("n1", "n2", "n3"));
  EXPECT_THAT(egraph->class_ids, ElementsAre("a", "b"));
  EXPECT_THAT(problem.roots(), ElementsAre(0));
  EXPECT_THAT(problem.children(0), ElementsAre(1));
  EXPECT_EQ(problem.cost(0), 1);
  EXPECT_EQ(problem.cost(1), 0);
  EXPECT_EQ(problem.cost(2), 2.5);
}

TEST(SerializedProblem, RefusesWithThePath) {
  struct Bad {
    const char* text;
    const char* message;
  };
  const Bad bads[] = {
      {"", "not JSON"},
      {"[", "expected an object, found an array"},
      {"3", "expected an object, found a number"},
      {R"({"nodes": {"a": {"eclass": "c"})", "not JSON"},
      {R"({"nodes": [], "root_eclasses": []})",
       "nodes: expected an object, found an array"},
      {R"({"nodes": {"a": 3}})", R"(nodes["a"]: expected a node)"},
      {R"({"nodes": {"a": {"eclass": 3}}})",
       R"(nodes["a"].eclass: expected a class id, found a number)"},
      {R"({"nodes": {"a": {"cost": "1"}}})",
       R"(nodes["a"].cost: expected a number, found a string)"},
      {R"({"nodes": {"a": {"cost": -1}}})", R"(nodes["a"].cost: is -1)"},
      {R"({"nodes": {"a": {"children": {}}}})",
       R"(nodes["a"].children: expected an array)"},
      {R"({"nodes": {"a": {"children": [[]]}}})",
       R"(nodes["a"].children: expected an array of node ids)"},
      {R"({"nodes": {"a": {"eclass": "c"}, "a": {}}})", "appears twice"},
      {R"({"nodes": {"a": {"op": "x"}}, "root_eclasses": ["c"]})",
       R"(nodes["a"]: has no eclass)"},
      {R"({"nodes": {"a": {"eclass": "c", "children": ["b"]}},
          "root_eclasses": ["c"]})",
       R"(node "b" is a child and is not in nodes)"},
      {R"({"nodes": {"a": {"eclass": "c"}}, "root_eclasses": ["d"]})",
       R"(no node is in class "d")"},
      {R"({"nodes": {"a": {"eclass": "c"}}, "root_eclasses": []})",
       "at least one class id"},
      {R"({"nodes": {"a": {"eclass": "c"}}, "root_eclasses": "c"})",
       "expected an array of class ids"},
      {R"({"nodes": {"a": {"eclass": "c"}}})", "at least one class id"},
  };
  for (const Bad& bad : bads) {
    const auto egraph = ParseSerializedProblem(bad.text, "f.json");
    ASSERT_FALSE(egraph.ok()) << bad.text;
    EXPECT_THAT(std::string(egraph.status().message()), HasSubstr(bad.message));
    EXPECT_THAT(std::string(egraph.status().message()), HasSubstr("f.json"));
  }
}

TEST(SerializedProblem, NamesAFileThatIsNotThere) {
  const auto egraph = ReadSerializedProblem("/nowhere/e.json");
  ASSERT_FALSE(egraph.ok());
  EXPECT_EQ(egraph.status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace esat

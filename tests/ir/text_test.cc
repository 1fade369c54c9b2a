#include <gtest/gtest.h>

#include <limits>

#include "ir/infer.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"

namespace esat {
namespace {

Graph Parsed(const std::string& text, const ResourceTable* table = nullptr) {
  absl::StatusOr<Graph> graph = ParseGraph(text, table);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString() << "\n" << text;
  return graph.ok() ? *std::move(graph) : Graph();
}

std::string ParseError(const std::string& text) {
  return std::string(ParseGraph(text).status().message());
}

TEST(TextTest, PrintsWhatAPersonWrites) {
  const std::string text =
      "graph mlp(x: f32[n,4], w: f32[4,4] = f32[4,4] splat 0.5) -> (y, "
      "other = h) {\n"
      "  doc \"two\\nlines\"\n"
      "  b = Constant(value=f32[4] {0.0,1.0,-0.5,1e-05}) : f32[4]\n"
      "  h = MatMul(x, w) : f32[n,4]\n"
      "  a, c = Split(h, axis=1, split=[2,2]) @\"split node\" : f32[n,2], "
      "f32[n,2]\n"
      "  \"out 1\" = Concat(c, a, axis=1) : f32[n,4]\n"
      "  y = Clip(\"out 1\", _, b) : f32[*]\n"
      "}\n";
  EXPECT_EQ(PrintGraph(Parsed(text)), text);
}

TEST(TextTest, KeepsNamesApart) {
  Graph graph;
  graph.name = "names \"quoted\"";
  const Type type = Type::Tensor(DType::kF32, {Dim(2)});
  const ValueId x = graph.AddInput("x", type);
  const ValueId same = graph.Add(Op::kRelu, {}, {x}, "x");
  const ValueId colon = graph.Add(Op::kRelu, {}, {same}, "tf:0");
  const ValueId empty = graph.Add(Op::kRelu, {}, {colon}, "none");
  graph.value(empty).name = "";
  const ValueId bytes = graph.Add(Op::kRelu, {}, {empty}, "\xc3\xa9\x01");
  const ValueId blank = graph.Add(Op::kAdd, {}, {bytes, x}, "_");
  graph.AddOutput(blank);
  graph.AddOutput(same, "x");
  const std::string text = PrintGraph(graph);
  EXPECT_EQ(PrintGraph(Parsed(text)), text);
  EXPECT_NE(text.find("x#2 = Relu(x) : ?"), std::string::npos) << text;
  EXPECT_NE(text.find("tf:0 = Relu(x#2) : ?"), std::string::npos) << text;
  EXPECT_NE(text.find("\"\" = Relu(tf:0) @none : ?"), std::string::npos)
      << text;
}

Literal Bits(uint32_t bits) {
  Literal literal = Literal::Allocate(DType::kF32, {1});
  literal.mutable_data<float>()[0] = std::bit_cast<float>(bits);
  return literal;
}

TEST(TextTest, LiteralsAreExact) {
  std::vector<Literal> literals = {
      Literal::Of<float>({4}, {0.1f, -0.0f, 3.4e38f, 1e-45f}),
      Literal::Of<float>({3}, {std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity(),
                               std::numeric_limits<float>::quiet_NaN()}),
      Bits(0x7fc00001),
      Literal::Of<double>({2}, {0.1, 5e-324}),
      Literal::Of<Half>({2}, {Half(0.1f), Half(65504.f)}),
      Literal::Of<BFloat16>({2}, {BFloat16(0.1f), BFloat16(1e30f)}),
      Literal::Of<int64_t>({2}, {INT64_MIN, INT64_MAX}),
      Literal::Of<uint64_t>({1}, {UINT64_MAX}),
      Literal::Of<int8_t>({2, 1}, {-128, 127}),
      Literal::Of<bool>({2}, {true, false}),
      Literal::Of<float>({0}, {}),
      Literal::Of<float>({}, {2.5f}),
      Literal::Splat(Literal::Scalar(7.0f), {1000, 1000}),
      Literal::Strings({2}, {"a\"b", "\xff"}),
      Literal::Allocate(DType::kU4, {3}),
      Literal::Allocate(DType::kF8E4M3FN, {2}),
  };
  Graph graph;
  for (const Literal& literal : literals) graph.AddConstant(literal);
  const std::string text = PrintGraph(graph);
  const Graph back = Parsed(text);
  EXPECT_EQ(PrintGraph(back), text);
  for (size_t i = 0; i < literals.size(); ++i) {
    const Literal* read = back.constant(back.node(i).outputs[0]);
    ASSERT_NE(read, nullptr);
    EXPECT_TRUE(SameConstant(*read, literals[i])) << text;
  }
}

TEST(TextTest, LargeLiteralsAreResources) {
  Graph graph;
  const Literal large = Literal::Allocate(DType::kF32, {100, 1000});
  graph.AddConstant(large);
  graph.AddConstant(large);
  ResourceTable table;
  const std::string text = PrintGraph(graph, {.resources = &table});
  EXPECT_EQ(table.size(), 1u);
  EXPECT_NE(text.find("f32[100,1000] resource \"r0\""), std::string::npos);
  const Graph back = Parsed(text, &table);
  EXPECT_EQ(PrintGraph(back, {.resources = &table}), text);
  EXPECT_EQ(back.constant(0)->bytes().data(), large.bytes().data());
  EXPECT_EQ(ParseError(text), "line 2, column 58: no resource 'r0'");
}

TEST(TextTest, AllAttributeKinds) {
  Graph body;
  body.name = "then";
  const ValueId captured =
      body.AddInput("c", Type::Tensor(DType::kF32, {Dim::Symbol("n")}));
  body.AddOutput(body.Add(Op::kRelu, {}, {captured}, "r"));
  const GraphRef branch = std::make_shared<Graph>(body);

  Graph graph;
  graph.name = "g";
  const ValueId x =
      graph.AddInput("x", Type::Tensor(DType::kF32, {Dim::Symbol("n")}));
  const ValueId cond = graph.AddInput("cond", Type::Tensor(DType::kBool, {}));
  graph.Add(Op::kIf, {{"then_branch", branch}, {"else_branch", branch}},
            {cond, x}, "if");
  graph.Add(Op::kCast, {{"to", DType::kF16}, {"saturate", 1}}, {x}, "cast");
  graph.Add(Op::kExpand,
            {{"shape", std::vector<Dim>{Dim(2), Dim::Symbol("n") * Dim(2)}}},
            {x}, "expand");
  graph.Add(Op::kReduceSum, {{"axes", std::vector<int64_t>{}}, {"keepdims", 0}},
            {x}, "sum");
  graph.Add(Op::kLeakyRelu, {{"alpha", 0.1}}, {x}, "leaky");
  graph.Add(Op::kStringNormalizer,
            {{"case_change_action", "NONE"},
             {"is_case_sensitive", 0},
             {"stopwords", std::vector<std::string>{"a,b", "]"}}},
            {x}, "strings");
  graph.AddNode(Op::kOpaque,
                {{"domain", "com.x"},
                 {"op_type", "F"},
                 {"payload", std::string("\0\x80", 2)},
                 {"instance", 3}},
                {x}, 0, "none out");
  const std::string text = PrintGraph(graph);
  const Graph back = Parsed(text);
  EXPECT_EQ(PrintGraph(back), text);
  EXPECT_EQ(back.node(6).attrs.String("payload").size(), 2u);
  EXPECT_EQ(back.node(1).attrs.Type("to"), DType::kF16);
}

TEST(TextTest, ErrorsSayWhere) {
  EXPECT_EQ(ParseError(""), "line 1, column 1: expected 'graph'");
  EXPECT_EQ(ParseError("graph g() -> () {\n  y = Foo()\n}"),
            "line 2, column 10: no operator 'Foo'");
  EXPECT_EQ(ParseError("graph g() -> () {\n  y = Relu(x) : ?\n}"),
            "line 2, column 13: no value 'x' before");
  EXPECT_EQ(ParseError("graph g(x: f32[2]) -> (z) {\n}"),
            "line 1, column 25: no value 'z' before");
  EXPECT_EQ(ParseError("graph g(x: f33[2]) -> () {\n}"),
            "line 1, column 18: type 'f33[2]': unknown dtype 'f33'");
  EXPECT_EQ(ParseError("graph g(x: f32[2]) -> () {\n  y = Relu(x, a=1) : ?\n}"),
            "line 2, column 17: Relu has no attribute 'a'");
  for (const char* bad :
       {"f32[2] {1.0}", "f32[-1] {}", "f32[n] {}", "u8[1] {256}",
        "f32[9223372036854775807,9] splat 0.0", "u4[3] {1,2,3}", "f32[1] 0x00",
        "string[1] splat \"a\""}) {
    EXPECT_FALSE(ParseGraph(absl::StrCat("graph g() -> () {\n  c = Constant("
                                         "value=",
                                         bad, ") : ?\n}"))
                     .ok())
        << bad;
  }
}

}  // namespace
}  // namespace esat

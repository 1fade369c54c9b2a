#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "ir/infer.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "ir/verify.h"

namespace esat {
namespace {

// Types of the outputs after inference, "f32[2] i64[]", or the error.
std::string OutputTypes(const std::string& text) {
  absl::StatusOr<Graph> graph = ParseGraph(text);
  if (!graph.ok()) return graph.status().ToString();
  const auto infos = InferGraph(&*graph);
  if (!infos.ok()) return std::string(infos.status().message());
  std::string types;
  for (ValueId output : graph->outputs()) {
    absl::StrAppend(&types, types.empty() ? "" : " ",
                    graph->value(output).type.ToString());
  }
  const absl::Status verdict = VerifyGraph(*graph);
  EXPECT_TRUE(verdict.ok()) << verdict.ToString();
  return types;
}

std::string IfTypes(const std::string& then_body, const std::string& else_body,
                    const std::string& cond = "") {
  const auto branch = [](const std::string& body) {
    return "graph b(x: ?) -> (r) {\n" + body + "\n}";
  };
  return OutputTypes("graph g(c: bool[], x: f32[n,1,2]) -> (y) {\n" + cond +
                     "y = If(c, x, else_branch=" + branch(else_body) +
                     ", then_branch=" + branch(then_body) + ") : ?\n}");
}

TEST(InferControlTest, IfJoinsBranches) {
  EXPECT_EQ(IfTypes("r = Relu(x) : ?", "r = Neg(x) : ?"), "f32[n,1,2]");
  EXPECT_EQ(IfTypes("r = Transpose(x, perm=[0,2,1]) : ?", "r = Neg(x) : ?"),
            "f32[n,y.1,y.2]");
  EXPECT_EQ(IfTypes("r = Squeeze(x, axes=[1]) : ?", "r = Neg(x) : ?"),
            "f32[*]");
  // A branch that cannot run is no contradiction.
  EXPECT_EQ(IfTypes("r = Squeeze(x, axes=[2]) : ?", "r = Neg(x) : ?"),
            "f32[n,1,2]");
  EXPECT_EQ(
      IfTypes("r = Squeeze(x, axes=[2]) : ?", "r = Squeeze(x, axes=[2]) : ?"),
      "node 'y': If: then_branch: node 'r': Squeeze: operand 0 'data' "
      "has 2 elements on axis 2, expected 1");
  EXPECT_EQ(IfTypes("r = Cast(x, saturate=1, to=i32) : ?", "r = Neg(x) : ?"),
            "node 'y': If: output 0 is i32[n,1,2] or f32[n,1,2], expected one "
            "type");
  // A body's own symbols mean nothing outside.
  EXPECT_EQ(IfTypes("t = NonZero(x) : ?\nr = Cast(t, saturate=1, to=f32) : ?",
                    "t = NonZero(x) : ?\nr = Cast(t, saturate=1, to=f32) : ?"),
            "f32[3,y.1]");
}

TEST(InferControlTest, LoopFindsWhatStaysTheSame) {
  const std::string loop =
      "graph g(x: f32[n,2]) -> (a, b, s) {\n"
      "  m = Constant(value=i64[] {5}) : ?\n"
      "  t = Constant(value=bool[] {1}) : ?\n"
      "  a, b, s = Loop(m, t, x, x, x, captures=1, body=graph body(i: i64[], "
      "c: bool[], p: f32[?,?], q: ?, k: ?) -> (c, p2, q2, o) {\n"
      "    p2 = Add(p, k) : ?\n"
      "    q2 = Concat(q, k, axis=0) : ?\n"
      "    o = ReduceSum(k, axes=[0], keepdims=0) : ?\n"
      "  }) : ?, ?, ?\n"
      "}";
  EXPECT_EQ(OutputTypes(loop), "f32[n,2] f32[b.0,2] f32[5,2]");
}

TEST(InferControlTest, LoopWithoutKnownTrips) {
  EXPECT_EQ(
      OutputTypes("graph g(m: i64[], x: f32[3]) -> (a, s) {\n"
                  "  a, s = Loop(m, _, x, body=graph b(i: i64[], c: bool[], p: "
                  "?) -> (d, p, p) {\n"
                  "    d = Not(c) : ?\n"
                  "  }) : ?, ?\n"
                  "}"),
      "f32[3] f32[s.0,3]");
  EXPECT_EQ(OutputTypes("graph g(m: i64[]) -> () {\n"
                        "  a = Loop(m, captures=3, body=graph b() -> () {\n"
                        "  }) : ?\n"
                        "}"),
            "node 'a': Loop: attribute 'captures' is 3, expected at most the 1 "
            "operands");
}

TEST(InferControlTest, Scan) {
  const auto scan = [](const std::string& x) {
    return OutputTypes(
        "graph g(h: f32[4], x: " + x +
        ") -> (f, y) {\n"
        "  f, y = Scan(h, x, num_scan_inputs=1, scan_input_axes=[1], "
        "scan_input_directions=[0], scan_output_axes=[1], "
        "scan_output_directions=[0], body=graph b(h: ?, e: ?) -> (s, s) {\n"
        "    s = Add(h, e) : ?\n"
        "  }) : ?, ?\n"
        "}");
  };
  EXPECT_EQ(scan("f32[4,seq]"), "f32[4] f32[4,seq]");
  EXPECT_EQ(
      scan("f32[4]"),
      "node 'f': Scan: attribute 'scan_input_axes' is 1, expected an axis "
      "of rank 1");
}

TEST(InferControlTest, SubgraphsGetTheirTypes) {
  absl::StatusOr<Graph> graph = ParseGraph(
      "graph g(c: bool[], x: f32[n]) -> (y) {\n"
      "  y = If(c, x, else_branch=graph e(x: ?) -> (x) {\n"
      "  }, then_branch=graph t(x: ?) -> (r) {\n"
      "    r = Relu(x) : ?\n"
      "  }) : ?\n"
      "}");
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  ASSERT_TRUE(InferGraph(&*graph).ok());
  EXPECT_NE(PrintGraph(*graph).find("r = Relu(x) : f32[n]"), std::string::npos)
      << PrintGraph(*graph);
}

TEST(InferGraphTest, UnknownDimsGetNamesOfTheirOwn) {
  EXPECT_EQ(OutputTypes("graph g(x: f32[?,y.1]) -> (y, z) {\n"
                        "  y = NonZero(x) : ?\n"
                        "  z = Transpose(y, perm=[1,0]) : ?\n"
                        "}"),
            "i64[2,y.1'] i64[y.1',2]");
}

TEST(InferGraphTest, ShapeChainsStaySymbolic) {
  EXPECT_EQ(OutputTypes("graph g(x: f32[b,s,768]) -> (y) {\n"
                        "  s = Shape(x, start=0) : ?\n"
                        "  i = Constant(value=i64[] {1}) : ?\n"
                        "  n = Gather(s, i, axis=0) : ?\n"
                        "  n1 = Unsqueeze(n, axes=[0]) : ?\n"
                        "  c = Constant(value=i64[1] {-1}) : ?\n"
                        "  h = Constant(value=i64[2] {12,64}) : ?\n"
                        "  t = Concat(c, n1, h, axis=0) : ?\n"
                        "  y = DynamicReshape(x, t, allowzero=0) : ?\n"
                        "}"),
            "f32[b,s,12,64]");
}

}  // namespace
}  // namespace esat

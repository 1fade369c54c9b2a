// com.microsoft's transformer operators against what ONNX Runtime computes:
// tests/data/microsoft/NAME holds its inputs and outputs for each model below.
// ESAT_BLESS=DIR writes the models as DIR/NAME.onnx, for
// `tests/ort/ort_run.js run` to make the data again (tests/data/README.md).

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "eval/compare.h"
#include "eval/evaluate.h"
#include "tests/frontends/onnx/text_model.h"

namespace esat {
namespace {

struct Case {
  const char* name;
  const char* signature;
  const char* node;
};

// Sizes are symbols where ONNX Runtime leaves them to the run.
constexpr Case kCases[] = {
    {"attention",
     "(float[b,s,8] x, float[8,24] w, float[24] c) => (float[b,s,8] y)",
     "y = com.microsoft.Attention<num_heads=2>(x, w, c)"},
    // Every key that the first queries may see is hidden.
    {"attention_causal_past",
     "(float[b,s,8] x, float[8,24] w, float[24] c, int32[b,t] mask, "
     "float[2,b,2,p,4] past) => (float[b,s,8] y, float[2,b,2,t,4] present)",
     "y, present = com.microsoft.Attention<num_heads=2, unidirectional=1, "
     "mask_filter_value=-3.4028234663852886e38>(x, w, c, mask, past)"},
    {"attention_causal",
     "(float[b,s,8] x, float[8,24] w, float[24] c, int32[b,s] mask) => "
     "(float[b,s,8] y, float[2,b,2,s,4] present)",
     "y, present = com.microsoft.Attention<num_heads=2, unidirectional=1>"
     "(x, w, c, mask)"},
    {"attention_mask_of_queries",
     "(float[b,s,8] x, float[8,24] w, float[24] c, int32[b,s,s] mask) => "
     "(float[b,s,8] y)",
     "y = com.microsoft.Attention<num_heads=2>(x, w, c, mask)"},
    {"attention_ends",
     "(float[b,s,8] x, float[8,24] w, float[24] c, int32[b] ends) => "
     "(float[b,s,8] y)",
     "y = com.microsoft.Attention<num_heads=2>(x, w, c, ends)"},
    {"attention_ends_and_starts",
     "(float[2,s,8] x, float[8,24] w, float[24] c, int32[4] bounds) => "
     "(float[2,s,8] y)",
     "y = com.microsoft.Attention<num_heads=2>(x, w, c, bounds)"},
    {"attention_sizes_and_scale",
     "(float[b,s,8] x, float[8,20] w, float[20] c) => (float[b,s,4] y)",
     "y = com.microsoft.Attention<num_heads=2, qkv_hidden_sizes=[8,8,4], "
     "scale=0.3>(x, w, c)"},
    {"attention_bias",
     "(float[b,s,8] x, float[8,24] w, float[24] c, float[1,2,s,s] added) => "
     "(float[b,s,8] y)",
     "y = com.microsoft.Attention<num_heads=2>(x, w, c, , , added)"},
    {"embed_segments",
     "(int32[b,s] ids, int32[b,s] segments, float[9,8] words, "
     "float[6,8] places, float[2,8] kinds, float[8] gamma, float[8] beta, "
     "int32[b,s] mask) => (float[b,s,8] y, int32[b] count, float[b,s,8] sum)",
     "y, count, sum = com.microsoft.EmbedLayerNormalization<epsilon=0.01>"
     "(ids, segments, words, places, kinds, gamma, beta, mask)"},
    {"embed_positions",
     "(int32[b,s] ids, float[9,8] words, float[6,8] places, float[8] gamma, "
     "float[8] beta, int32[1,s] positions) => (float[b,s,8] y, int32[b] count)",
     "y, count = com.microsoft.EmbedLayerNormalization"
     "(ids, , words, places, , gamma, beta, , positions)"},
    {"skip_of_one_batch",
     "(float[b,s,8] x, float[s,8] skip, float[8] gamma, float[8] beta, "
     "float[8] bias) => (float[b,s,8] y, float[b,s,8] sum)",
     "y, , , sum = com.microsoft.SkipLayerNormalization<epsilon=0.01>"
     "(x, skip, gamma, beta, bias)"},
};

std::string Text(const std::string& signature, const std::string& nodes) {
  return absl::StrCat("<ir_version: 8, opset_import: [\"\" : 17, ",
                      "\"com.microsoft\" : 1]> g ", signature, " {", nodes,
                      "}");
}

std::vector<Literal> Load(const std::string& folder, const char* prefix,
                          size_t count) {
  std::vector<Literal> values;
  for (size_t i = 0; i < count; ++i) {
    auto named = LoadTensorProto(absl::StrCat(folder, "/", prefix, i, ".pb"));
    EXPECT_TRUE(named.ok()) << named.status();
    values.push_back(named.ok() ? std::move(named->second) : Literal());
  }
  return values;
}

class Microsoft : public testing::TestWithParam<Case> {};

TEST_P(Microsoft, ComputesWhatOnnxRuntimeDoes) {
  const Case& c = GetParam();
  const std::string text = Text(c.signature, c.node);
  if (const char* folder = std::getenv("ESAT_BLESS")) {
    std::ofstream(absl::StrCat(folder, "/", c.name, ".onnx"), std::ios::binary)
        << SerializedText(text);
    GTEST_SKIP() << "written";
  }
  const Model model = ImportText(text);
  EXPECT_FALSE(absl::StrContains(Ops(model.graph), "Opaque"));
  const std::string folder = absl::StrCat("tests/data/microsoft/", c.name);
  const auto inputs = Load(folder, "input_", model.graph.inputs().size());
  const auto expected = Load(folder, "output_", model.graph.outputs().size());
  const auto actual = Evaluate(model.graph, inputs);
  ASSERT_TRUE(actual.ok()) << actual.status();
  for (size_t i = 0; i < expected.size(); ++i) {
    const Comparison compared =
        Compare((*actual)[i], expected[i], Tolerance{.rel = 1e-4, .abs = 1e-5});
    EXPECT_TRUE(compared.pass) << "output " << i << ": " << compared.detail;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Microsoft, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(MicrosoftTypes, SymbolsSurvive) {
  const Model model = ImportText(Text(kCases[1].signature, kCases[1].node));
  const Graph& graph = model.graph;
  EXPECT_EQ(graph.value(graph.outputs()[0]).type.ToString(), "f32[b,s,8]");
  EXPECT_EQ(graph.value(graph.outputs()[1]).type.ToString(),
            "f32[2,b,2,p+s,4]");
}

// What has no expansion stays as it is.
TEST(MicrosoftOpaque, WhatIsNotCovered) {
  const std::string x = "float[2,3,8] x, float[8,24] w, float[24] c";
  const std::pair<std::string, std::string> cases[] = {
      // The past lies in a buffer of the largest length.
      {absl::StrCat("(", x, ", float[2,2,2,6,4] past, int32[1] n)"),
       "y, z = com.microsoft.Attention<num_heads=2, unidirectional=1, "
       "past_present_share_buffer=1>(x, w, c, , past, , n)"},
      {absl::StrCat("(", x, ")"),
       "y = com.microsoft.Attention<num_heads=2, do_rotary=1>(x, w, c)"},
      {absl::StrCat("(", x, ", int32[2,1,9,9] mask)"),
       "y = com.microsoft.Attention<num_heads=2>(x, w, c, mask)"},
      {absl::StrCat("(", x, ", int32[n] mask)"),  // Ends, or more?
       "y = com.microsoft.Attention<num_heads=2>(x, w, c, mask)"},
      {absl::StrCat("(", x, ")"),
       "y = com.microsoft.Attention<num_heads=3>(x, w, c)"},
      {"(float[2,3,8] x, float[8,n] w, float[n] c)",
       "y = com.microsoft.Attention<num_heads=2>(x, w, c)"},
      {"(int32[s] i, float[9,8] w, float[6,8] p, float[8] g)",
       "y = com.microsoft.EmbedLayerNormalization(i, , w, p, , g, g)"},
      {"(int32[2,3] i, float[9,8] w, float[6,8] p, float[8] g)",
       "y = com.microsoft.EmbedLayerNormalization(i, i, w, p, , g, g)"},
  };
  for (const auto& [inputs, node] : cases) {
    const Model model = ImportText(Text(inputs + " => (float[2,3,8] y)", node));
    EXPECT_EQ(Ops(model.graph), "Opaque") << node;
  }
}

}  // namespace
}  // namespace esat

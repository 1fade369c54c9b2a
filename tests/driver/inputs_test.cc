#include "driver/inputs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "frontends/onnx/import.h"

namespace esat {
namespace {

namespace fs = std::filesystem;

// ONNX up to 1.12 wrote bfloat16 test data as uint16; data that is meant as
// uint16 stays so.
TEST(TestData, Bfloat16MayBeWrittenAsUint16) {
  const fs::path folder = fs::path(testing::TempDir()) / "esat_bfloat16";
  fs::create_directories(folder);
  const Literal bits = Literal::Of<uint16_t>({2}, {0x3f80, 0xc000});
  for (const char* name : {"input_0.pb", "input_1.pb", "output_0.pb"}) {
    ASSERT_TRUE(SaveTensorProto((folder / name).string(), "t", bits).ok());
  }
  Graph graph;
  graph.AddInput("b", Type::Tensor(DType::kBF16, {2}));
  graph.AddInput("u", Type::Tensor(DType::kU16, {2}));
  const auto inputs = LoadInputs(folder.string(), graph);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ((*inputs)[0].dtype(), DType::kBF16);
  EXPECT_EQ((*inputs)[0].ElementAsDouble(0), 1);
  EXPECT_EQ((*inputs)[0].ElementAsDouble(1), -2);
  EXPECT_EQ((*inputs)[1].dtype(), DType::kU16);
  for (const Literal& actual : *inputs) {
    const auto outputs = LoadOutputs(folder.string(), {actual});
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    EXPECT_EQ((*outputs)[0].dtype(), actual.dtype());
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace esat

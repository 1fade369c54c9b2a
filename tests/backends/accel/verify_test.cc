// Damaged modules, each refused for its own reason.

#include "backends/accel/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

// The text of `example` with the first `from` replaced by `to` is refused with
// a message that has `message` in it.
struct Damage {
  const char* from;
  const char* to;
  const char* message;
};

absl::Status LoadAndVerify(const std::string& path) {
  const auto module = LoadAccel(path);
  return module.ok() ? VerifyAccel(*module) : module.status();
}

void ExpectRefused(const Example& example, const std::vector<Damage>& all) {
  const std::string folder = TestFolder("damage");
  MustExport(example, folder, "tpu-v4-like");
  const std::string path = folder + "/model.mlir";
  const std::string good = ReadText(path);
  ASSERT_TRUE(LoadAndVerify(path).ok()) << LoadAndVerify(path);
  // For whoever counts them (scripts/acceptance): a key of its own a call.
  static int calls = 0;
  ::testing::Test::RecordProperty("damaged_modules_" + std::to_string(++calls),
                                  static_cast<int>(all.size()));
  for (const Damage& damage : all) {
    std::string text = good;
    const size_t at = text.find(damage.from);
    ASSERT_NE(at, std::string::npos) << damage.from << "\n" << good;
    text.replace(at, std::string(damage.from).size(), damage.to);
    WriteText(path, text);
    const absl::Status status = LoadAndVerify(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
        << damage.from << " -> " << damage.to;
    EXPECT_THAT(std::string(status.message()), HasSubstr(damage.message));
    EXPECT_THAT(std::string(status.message()), HasSubstr(path + ":"));
  }
}

TEST(AccelVerify, Syntax) {
  ExpectRefused(
      DenseLayer(),
      {{"\"accel.return\"", "accel.return", "expected an op's name in quotes"},
       {"%c0 = ", "%c0 ", "expected '=', found"},
       {"%c0, %c1)", "%c0 %c1)", "expected ')'"},
       {"tensor<4x32xf32>", "tensor<4x32xf31>", "unknown element type 'f31'"},
       {"tensor<4x32xf32>", "tensor<4,32>", "expected 'x' after a dimension"},
       {"0 : i64", "0 : i7", "expected i64, i32 or f64"},
       {"cycles = ", "cycles = x", "expected a number"},
       {"name = \"w\"", "name = \"w\\q\"", "an unknown escape"},
       {"name = \"w\"", "name = \"w", "a string without its end"},
       {"name = \"w\"", "name = \"w\", name = \"v\"",
        "attribute 'name' is there twice"},
       {"dense<[", "dense<[[", "brackets of a dense constant"},
       {"dense<[", "dense<[1.0, ", "17 elements for f32[16]"},
       {"\"accel.module\"", "\"accel.modul\"", "expected one \"accel.module\""},
       {"}) {format", "} {format", "expected ')'"}});
}

TEST(AccelVerify, HeaderAndNames) {
  ExpectRefused(
      DenseLayer(),
      {{"format = \"esat.accel/1\"", "format = \"esat.accel/2\"",
        "format is 'esat.accel/2', expected 'esat.accel/1'"},
       {"machine = \"tpu-v4-like\", ", "", "has no attribute 'machine'"},
       {"machine = \"tpu-v4-like\"", "machine = \"\"",
        "the machine has no name"},
       {"machine = \"tpu-v4-like\"", "machine = 3 : i64",
        "'machine' of \"accel.module\" is an integer, expected a string"},
       {"clock_hz = ", "clock_hz = -", "expected a positive rate"},
       {"alignment = 256", "alignment = 0", "expected at least 1"},
       {"memories = [{name = \"vmem\"", "memories = [{name = \"hbm\"",
        "memory 'hbm' is there twice"},
       {"memories = [{name = \"vmem\", bytes = 33554432.0",
        "memories = [{name = \"vmem\", bytes = 0.0",
        "memory 'vmem' has 0 bytes"},
       {"assumed = {}", "assumed = {\"n\" = -1 : i64}",
        "'n' is assumed to be -1"},
       {"names = [\"y\"]", "names = []", "1 outputs have 0 names"},
       {"names = [\"y\"]", "names = [\"\"]", "an output has no name"},
       {"{name = \"x\"", "{name = \"\"", "an input has no name"},
       {"\"accel.return\"(%v0) {names = [\"y\"]} : (tensor<4x16xf32>) -> ()",
        "\"accel.return\"() {names = []} : () -> ()",
        "the module has no output"},
       {"  \"accel.return\"(%v0) {names = [\"y\"]} : (tensor<4x16xf32>) -> ()",
        "", "the module has no \"accel.return\""}});
  ExpectRefused(
      ManyOutputs(),
      {{"{name = \"unused\"", "{name = \"x\"", "input 'x' is there twice"},
       {"\"scaled_again\"", "\"scaled\"", "output 'scaled' is there twice"},
       {"default = @c1", "default = @c7", "there is no constant @c7"},
       {"default = @c1", "default = @c0",
        "input 'scale' is f32[1], its default is f32[5,5]"}});
}

TEST(AccelVerify, Values) {
  ExpectRefused(
      ConvNet(),
      {{"(%v0, %c1)", "(%v1, %c1)", "%v1 is read before it is defined"},
       {"(%v0, %c1)", "(%v0, %c9)", "%c9 is read before it is defined"},
       {"%v1 = \"accel.kernel\"", "%v0 = \"accel.kernel\"",
        "%v0 is defined twice"},
       {"%4 = \"accel.op\"(%3, %2)", "%4 = \"accel.op\"(%5, %2)",
        "%5 is read before it is defined here"},
       {"%4 = \"accel.op\"(%3, %2)", "%3 = \"accel.op\"(%3, %2)",
        "%3 is defined twice"},
       {"sym_name = \"c1\"", "sym_name = \"c0\"", "@c0 is defined twice"},
       {"sym_name = \"b1\"", "sym_name = \"b0\"", "@b0 is defined twice"},
       {"buffers = [@b1]", "buffers = [@b77]", "there is no buffer @b77"},
       {"buffers = [@b1]", "buffers = []",
        "has 1 results, 0 buffers and 1 names"},
       {"%4 = \"accel.op\"(%3, %2) {name = \"Add\", node = \"bias1\", source "
        "= 5 : i64} : (tensor<1x4x8x8xf32>",
        "%4 = \"accel.op\"(%3, %2) {name = \"Add\", node = \"bias1\", source "
        "= 5 : i64} : (tensor<1x4x8x9xf32>",
        "%3 is f32[1,4,8,8], its use says f32[1,4,8,9]"},
       {"^bb0(%0: tensor<1x3x8x8xf32>", "^bb0(%0: tensor<1x3x8x7xf32>",
        "%0 is f32[1,3,8,7], its use says"},
       {"\"accel.yield\"(%5)", "\"accel.yield\"(%0)", "%0 is f32[1,3,8,8]"},
       {"\"accel.yield\"(%5) : (tensor<1x4x8x8xf32>)", "\"accel.yield\"() : ()",
        "has 1 results, its body yields 0"},
       {"name = \"Relu\"", "name = \"Rulu\"", "unknown op 'Rulu'"},
       {"\"tosa.matmul\"", "\"tosa.matmull\"", "\"tosa.matmull\" is not known"},
       {"\"accel.op\"(%4)", "\"accel.host\"(%4)",
        "Relu is an accel.op, found \"accel.host\""},
       {"\"accel.op\"(%4)", "\"scf.op\"(%4)",
        "\"scf.op\" has no place in a body"},
       {"group = 1 : i64, ", "", "attribute 'group' is missing"},
       {"group = 1 : i64", "group = 1 : i64, groups = 1 : i64",
        "unknown attribute 'groups'"},
       {"group = 1 : i64", "group = \"1\"", "attribute 'group' has kind"}});
}

TEST(AccelVerify, Types) {
  // Consistent in the text, but not what the ops give.
  ExpectRefused(
      ConvNet(),
      {{"group = 1 : i64", "group = 2 : i64", "conv1"},
       {"pads = array<i64: 1, 1, 1, 1>", "pads = array<i64: 0, 0, 0, 0>",
        "'conv1' is declared f32[1,4,8,8] but its operands make it "
        "f32[1,4,6,6]"},
       {"dense<[0, 2, 1]>", "dense<[1, 0, 2]>",
        "'columns' is declared f32[1,4,64] but its operands make it "
        "f32[64,1,4]"},
       {"{axis = 1 : i64, accel.node", "{axis = 2 : i64, accel.node",
        "but its operands make it f32[1,4,8]"}});
}

TEST(AccelVerify, Constants) {
  ExpectRefused(
      ConvNet(),
      {{"offset = 512 : i64, length = 576", "offset = 513 : i64, length = 576",
        "leaves the side file of 1088 bytes"},
       {"offset = 512 : i64, length = 576", "offset = 500 : i64, length = 576",
        "constant @c1 at 500 is not aligned to 256"},
       {"offset = 512 : i64, length = 576", "offset = 256 : i64, length = 576",
        "constants @c0 and @c1 overlap in the side file"},
       {"offset = 512 : i64, length = 576", "offset = -512 : i64, length = 576",
        "leaves the side file"},
       {"length = 576", "length = 572", "needs 576"},
       {"tensor<4x4x3x3xf32>", "tensor<4x4x3x2xf32>", "needs 384"},
       {"tensor<4x4x3x3xf32>", "tensor<?x4x3x3xf32>",
        "expected a static tensor"},
       {"weights = {file = \"model.weights\"", "weights = {file = \"a/b\"",
        "is not in the module's folder"},
       {"bytes = 1088 : i64, checksum", "bytes = 1000 : i64, checksum",
        "has 1088 bytes, expected 1000"},
       {"checksum = ", "checksum = 1 : i64, was = ",
        "does not have the module's checksum"},
       {"-> tensor<4x1x1xf32>", "-> tensor<4x1x2xf32>",
        "its value is another type"}});
}

TEST(AccelVerify, Buffers) {
  ExpectRefused(
      ConvNet(),
      {{"memory = \"hbm\"", "memory = \"sram\"",
        "'sram', which is no memory of the machine"},
       {"memory = \"hbm\"", "memory = \"(host)\"", "cannot hold f32[1,3,8,8]"},
       {"offset = 1024 : i64, bytes = 768", "offset = 1000 : i64, bytes = 768",
        "buffer @b0 at 1000 is not aligned to 256"},
       {"offset = 1024 : i64, bytes = 768", "offset = -256 : i64, bytes = 768",
        "expected none negative"},
       {"memory = \"hbm\", offset = 1024 : i64, bytes = 768",
        "memory = \"vmem\", offset = 33554432 : i64, bytes = 768",
        "leaves 'vmem'"},
       {"bytes = 768", "bytes = 764",
        "buffer @b0 has 764 bytes, its value f32[1,3,8,8] needs 768"},
       {"offset = 1024 : i64, bytes = 1024", "offset = 768 : i64, bytes = 1024",
        "buffers @b1 and @b2 share addresses of 'hbm' while both are alive"},
       {"first = 1 : i64, last = 2", "first = 1 : i64, last = 9",
        "expected launches of 0 to 7"},
       {"first = 1 : i64, last = 2", "first = 2 : i64, last = 1",
        "lives from 2 to 1"},
       {"first = 1 : i64, last = 2", "first = 1 : i64, last = 1",
        "buffer @b2 lives to launch 1, its value is read at 2"},
       {"first = 1 : i64, last = 2", "first = 2 : i64, last = 2",
        "lives from launch 2, its value is written at 1"},
       {"first = 6 : i64, last = 7", "first = 6 : i64, last = 6",
        "its value is read at 7"},
       {"first = 1 : i64, last = 2 : i64",
        "first = 1 : i64, last = 2 : i64, "
        "dynamic",
        "is marked dynamic"},
       {"buffers = [@b3]", "buffers = [@b2]", "buffer @b2 holds two values"},
       {"  %i0 = ",
        "  \"accel.buffer\"() {sym_name = \"b8\", memory = \"hbm\", offset = "
        "8192 : i64, bytes = 4 : i64, first = 0 : i64, last = 0 : i64} : () "
        "-> ()\n  %i0 = ",
        "buffer @b8 holds no value"}});
  ExpectRefused(
      Symbolic(),
      {{", dynamic}", "}", "is not marked dynamic, its value is "},
       {"memory = \"(host)\"", "memory = \"hbm\"", "cannot hold string"},
       {"\"n,6\"", "\"n,5\"", "the dims \"n,5\" contradict"},
       {"assumed = {\"n\" = 3 : i64}", "assumed = {\"n\" = 4 : i64}",
        "has 72 bytes, its value f32[n,6] needs 96"}});
}

TEST(AccelVerify, Kernels) {
  ExpectRefused(
      ConvNet(),
      {{"sym_name = \"k1\"", "sym_name = \"k8\"",
        "kernel @k8 is launch 1, expected @k1"},
       {"sources = [\"conv1\", \"bias1\", \"relu1\"]", "sources = []",
        "kernel @k0 names no source node"},
       {"sources = [\"conv1\", \"bias1\", \"relu1\"]",
        "sources = [\"conv1\", \"bias1\"]",
        "computes 'relu1', which its sources do not name"},
       {"sources = [\"conv1\", \"bias1\"", "sources = [\"conv1\", \"conv1\"",
        "names the source 'conv1' twice"},
       {"sources = [\"conv1\"", "sources = [\"\"", "has a source without name"},
       {"cycles = ", "cycles = -", "expected a number that is not negative"},
       {"macs = 6912.0", "macs = 6913.0", "the module's macs are"},
       {"tile = array<i64: 64, 4, 27>", "tile = array<i64: 64, 4>",
        "a tile has three sizes"},
       {"bytes = array<f64: ", "bytes = array<f64: 1.0, ",
        "has bytes for 3 memories, the machine has 2"},
       {"%1 = \"tosa.concat\"(%0, %0) {axis = 1 : i64, accel.node = \"both\", "
        "accel.source = 14 : i64} : (tensor<1x4x4xf32>, tensor<1x4x4xf32>) -> "
        "tensor<1x8x4xf32>",
        "", "%1 is read before it is defined here"}});
}

TEST(AccelVerify, Subgraphs) {
  ExpectRefused(
      Branches(),
      {{"regions = [{attribute = \"else_branch\", name = \"else\", inputs = "
        "[\"captured\"]}, ",
        "regions = [", "the op has 2 regions, its attribute 'regions' lists 1"},
       {"\"accel.yield\"(%4) {names = [\"else_out\"]}",
        "\"accel.yield\"(%4) {names = []}",
        "expected one name for each value yielded"},
       {"inputs = [\"captured\"]", "inputs = []",
        "expected one name for each argument"},
       {"\"accel.host\"(%0, %1)", "\"accel.op\"(%0, %1)",
        "If runs on the host only, found \"accel.op\""},
       {"value = @c0", "value = @c5", "there is no constant @c5"},
       {"\"tosa.tanh\"(%3)", "\"tosa.tanh\"(%1)",
        "%1 is read before it is defined here"},
       {"attribute = \"else_branch\"", "attribute = \"other\"",
        "attribute 'else_branch' is missing"}});
}

TEST(AccelVerify, SideFile) {
  const std::string folder = TestFolder("side");
  MustExport(ConvNet(), folder);
  const std::string path = folder + "/model.mlir";
  const std::string weights = folder + "/model.weights";
  const std::string good = ReadText(weights);
  std::string bad = good;
  bad[700] ^= 4;
  WriteText(weights, bad);
  EXPECT_THAT(std::string(LoadAndVerify(path).message()),
              HasSubstr("does not have the module's checksum"));
  WriteText(weights, good.substr(0, good.size() - 1));
  EXPECT_THAT(std::string(LoadAndVerify(path).message()),
              HasSubstr("expected "));
  std::filesystem::remove(weights);
  EXPECT_EQ(LoadAndVerify(path).code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(LoadAndVerify(path).message()),
              HasSubstr("model.weights: cannot open the file"));
  std::filesystem::create_directory(weights);
  EXPECT_THAT(std::string(LoadAndVerify(path).message()),
              HasSubstr("not a regular file"));
}

TEST(AccelVerify, OtherMachine) {
  const std::string folder = TestFolder("machine");
  MustExport(DenseLayer(), folder, "cpu-avx2");
  const AccelModule module = MustLoad(folder + "/model.mlir");
  const auto other = LoadMachine("ethos-u65-256");
  EXPECT_THAT(std::string(VerifyAccel(module, &*other).message()),
              HasSubstr("the module is for the machine 'cpu-avx2', expected "
                        "'ethos-u65-256'"));
  auto changed = LoadMachine("cpu-avx2");
  changed->memory[0].bytes /= 2;
  EXPECT_THAT(std::string(VerifyAccel(module, &*changed).message()),
              HasSubstr("the memories are not those of the machine"));
}

TEST(AccelVerify, GarbageEndsInAMessage) {
  const std::string folder = TestFolder("garbage");
  std::mt19937 random(3);
  for (const auto& [name, example] : AllExamples()) {
    MustExport(example, folder);
    const std::string good = ReadText(folder + "/model.mlir");
    const AccelModule module = MustLoad(folder + "/model.mlir");
    for (int i = 0; i < 300; ++i) {
      std::string text = good;
      if (i % 3 == 0) {
        text.resize(random() % text.size());
      } else if (i % 3 == 1) {
        text[random() % text.size()] = static_cast<char>(32 + random() % 95);
      } else {
        const size_t from = random() % text.size();
        text.erase(from, 1 + random() % 20);
      }
      const auto parsed =
          ParseAccel(text, "garbage", module.weights, module.weights_owner);
      if (parsed.ok()) {
        (void)VerifyAccel(*parsed);
      } else {
        EXPECT_FALSE(parsed.status().message().empty());
      }
    }
  }
  const std::string deep(100'000, '{');
  EXPECT_FALSE(
      ParseAccel("\"a\"() ({ \"b\"() {x = " + deep, "deep", {}, {}).ok());
  EXPECT_FALSE(ParseAccel("", "empty", {}, {}).ok());
}

}  // namespace
}  // namespace esat

// Files that are not models, and models that are not valid: one clear error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "frontends/onnx/import.h"
#include "tests/frontends/onnx/text_model.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

// A folder that the test may fill.
std::string Folder() {
  const auto folder =
      std::filesystem::path(testing::TempDir()) /
      testing::UnitTest::GetInstance()->current_test_info()->name();
  std::filesystem::create_directories(folder);
  return folder.string();
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// "imported" without an error.
std::string MessageOf(const absl::StatusOr<Model>& model) {
  return absl::StrCat(model.ok() ? absl::string_view("imported")
                                 : model.status().message());
}

std::string ImportError(const std::string& path) {
  const absl::StatusOr<Model> model = ImportOnnx(path);
  return MessageOf(model);
}

std::string GoodModel() {
  return SerializedText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2,3] x) => (float[2,3] y)
    <float[3] w = {1, 2, 3}> { h = Add(x, w)  y = Relu(h) })");
}

// The error after `change` to a good model; "imported" if there is none.
std::string ErrorAfter(const std::function<void(onnx::ModelProto&)>& change) {
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(GoodModel()));
  change(proto);
  const std::string bytes = proto.SerializePartialAsString();
  const absl::StatusOr<Model> model = ImportOnnxBytes(
      absl::MakeConstSpan(reinterpret_cast<const std::byte*>(bytes.data()),
                          bytes.size()),
      "m.onnx");
  return MessageOf(model);
}

TEST(Files, ThatAreNoModels) {
  const std::string folder = Folder();
  EXPECT_THAT(ImportError(absl::StrCat(folder, "/none.onnx")),
              HasSubstr("No such file"));
  EXPECT_THAT(ImportError(folder), HasSubstr("found a directory"));
  WriteFile(absl::StrCat(folder, "/empty.onnx"), "");
  EXPECT_THAT(ImportError(absl::StrCat(folder, "/empty.onnx")),
              HasSubstr("empty file"));
  WriteFile(absl::StrCat(folder, "/text.onnx"),
            "hello, this is no model at all\n");
  EXPECT_THAT(ImportError(absl::StrCat(folder, "/text.onnx")),
              HasSubstr("no ModelProto"));
}

TEST(Files, CutOffAnywhere) {
  const std::string good = GoodModel();
  for (size_t length = 0; length < good.size(); ++length) {
    const std::string cut = good.substr(0, length);
    (void)ImportOnnxBytes(
        absl::MakeConstSpan(reinterpret_cast<const std::byte*>(cut.data()),
                            cut.size()),
        "cut");
  }
}

TEST(Files, WithAnyByteChanged) {
  std::string bytes = GoodModel();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int flip : {1, 0x80, 0xff}) {
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
      (void)ImportOnnxBytes(
          absl::MakeConstSpan(reinterpret_cast<const std::byte*>(bytes.data()),
                              bytes.size()),
          "changed");
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
    }
  }
}

TEST(Models, UndefinedOperand) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_node(1)->set_input(0,
                                                              std::string("q"));
              }),
              HasSubstr("m.onnx: node 'y' (Relu): operand 'q' is not defined"));
}

TEST(Models, UndefinedOutput) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_output(0)->set_name("q");
              }),
              HasSubstr("output 'q' is not defined"));
}

TEST(Models, Cycle) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_node(0)->set_input(0,
                                                              std::string("y"));
              }),
              HasSubstr("a cycle"));
}

TEST(Models, ValueDefinedTwice) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_node(1)->set_output(
                    0, std::string("h"));
              }),
              HasSubstr("'h' is defined more than once"));
}

TEST(Models, WrongAttributeType) {
  EXPECT_THAT(
      ErrorAfter([](onnx::ModelProto& m) {
        auto* node = m.mutable_graph()->mutable_node(1);
        node->set_op_type("Softmax");
        auto* axis = node->add_attribute();
        axis->set_name("axis");
        axis->set_type(onnx::AttributeProto::STRING);
        axis->set_s("one");
      }),
      HasSubstr("node 'y' (Softmax): attribute 'axis': expected an int, found "
                "a string"));
}

TEST(Models, MissingAttribute) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_node(1)->set_op_type("Concat");
              }),
              HasSubstr("attribute 'axis' is missing"));
}

TEST(Models, TensorOfAnotherSize) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_initializer(0)->set_dims(0, 4);
              }),
              HasSubstr("tensor 'w': expected 4 values in float_data"));
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                auto* w = m.mutable_graph()->mutable_initializer(0);
                w->clear_float_data();
                w->set_raw_data("abc");
              }),
              HasSubstr("expected 12 bytes for f32[3], found 3"));
}

TEST(Models, ImpossibleShapes) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_initializer(0)->set_dims(0, -3);
              }),
              HasSubstr("negative"));
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                auto* w = m.mutable_graph()->mutable_initializer(0);
                w->set_dims(0, int64_t{1} << 40);
                w->add_dims(int64_t{1} << 40);
              }),
              HasSubstr("too many elements"));
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                m.mutable_graph()->mutable_initializer(0)->set_data_type(99);
              }),
              HasSubstr("data type 99"));
}

TEST(Models, OperandsThatContradictTheOperator) {
  EXPECT_THAT(ErrorAfter([](onnx::ModelProto& m) {
                auto* w = m.mutable_graph()->mutable_initializer(0);
                w->set_dims(0, 2);
                w->mutable_float_data()->RemoveLast();
              }),
              HasSubstr("m.onnx: node 'h' (Add)"));
}

onnx::TensorProto* MakeExternal(onnx::ModelProto& m,
                                const std::string& location) {
  auto* w = m.mutable_graph()->mutable_initializer(0);
  w->clear_float_data();
  w->set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = w->add_external_data();
  entry->set_key("location");
  entry->set_value(location);
  return w;
}

std::string WriteExternal(const std::string& folder,
                          const std::string& location) {
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(GoodModel()));
  MakeExternal(proto, location);
  WriteFile(absl::StrCat(folder, "/m.onnx"), proto.SerializeAsString());
  return absl::StrCat(folder, "/m.onnx");
}

TEST(ExternalData, IsMapped) {
  const std::string folder = Folder();
  const float values[] = {1, 2, 3};
  WriteFile(absl::StrCat(folder, "/w.bin"),
            std::string(reinterpret_cast<const char*>(values), 12));
  const absl::StatusOr<Model> model =
      ImportOnnx(WriteExternal(folder, "w.bin"));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_TRUE(model->external_data);
  const Literal& w =
      FindNode(model->graph, Op::kConstant).attrs.Tensor("value");
  EXPECT_EQ(w.data<float>()[2], 3);
  ASSERT_NE(w.source(), nullptr);
  EXPECT_EQ(w.source()->length, 12);
}

TEST(ExternalData, ThatIsNotThereOrOutsideIsRefused) {
  const std::string folder = Folder();
  EXPECT_THAT(ImportError(WriteExternal(folder, "none.bin")),
              HasSubstr("tensor 'w': external data"));
  EXPECT_THAT(ImportError(WriteExternal(folder, "../w.bin")),
              HasSubstr("inside the model's folder"));
  EXPECT_THAT(ImportError(WriteExternal(folder, "/etc/passwd")),
              HasSubstr("inside the model's folder"));
  std::filesystem::remove(absl::StrCat(folder, "/link"));
  std::filesystem::create_symlink("/etc/passwd", absl::StrCat(folder, "/link"));
  EXPECT_THAT(ImportError(WriteExternal(folder, "link")),
              HasSubstr("inside the model's folder"));
  WriteFile(absl::StrCat(folder, "/short.bin"), "1234");
  EXPECT_THAT(ImportError(WriteExternal(folder, "short.bin")),
              HasSubstr("found a file of 4"));
}

TEST(TensorFiles, RoundTrip) {
  const std::string path = absl::StrCat(Folder(), "/input_0.pb");
  for (const Literal& literal :
       {Literal::Of<float>({2, 1}, {1.5f, -2.0f}),
        Literal::Of<int64_t>({}, {7}), Literal::Of<bool>({2}, {true, false}),
        Literal::Splat(Literal::Scalar(Half(0.5f)), {3}),
        Literal::Strings({2}, {"a", "b"})}) {
    ASSERT_TRUE(SaveTensorProto(path, "t", literal).ok());
    const auto loaded = LoadTensorProto(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->first, "t");
    EXPECT_TRUE(Identical(loaded->second, literal));
  }
  EXPECT_FALSE(LoadTensorProto(absl::StrCat(path, ".none")).ok());
}

}  // namespace
}  // namespace esat

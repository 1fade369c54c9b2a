// libonnx's own shape inference against ours, where both know (opsets to 17).

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "frontends/onnx/import.h"
#include "ir/type.h"

namespace esat {
namespace {

namespace fs = std::filesystem;
constexpr char kData[] = "/usr/share/libonnx-testdata/data";

// What libonnx says of each value; only tensors with a rank.
std::map<std::string, Type> OracleTypes(onnx::ModelProto proto) {
  try {
    onnx::shape_inference::InferShapes(proto);
  } catch (const std::exception&) {
    return {};
  }
  std::map<std::string, Type> types;
  for (const auto* list :
       {&proto.graph().output(), &proto.graph().value_info()}) {
    for (const auto& info : *list) {
      if (!info.type().has_tensor_type()) continue;
      const auto& tensor = info.type().tensor_type();
      const auto dtype = DTypeFromOnnx(tensor.elem_type());
      if (!tensor.has_shape() || !dtype) continue;
      Shape shape;
      for (const auto& dim : tensor.shape().dim()) {
        shape.push_back(dim.has_dim_value() ? Dim(dim.dim_value()) : Dim());
      }
      types.emplace(info.name(), Type::Tensor(*dtype, std::move(shape)));
    }
  }
  return types;
}

// The number of values compared.
int Compare(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  onnx::ModelProto proto;
  if (!proto.ParseFromString(bytes.str())) return 0;
  const absl::StatusOr<Model> model = ImportOnnx(file);
  EXPECT_TRUE(model.ok()) << model.status();
  if (!model.ok()) return 0;
  const std::map<std::string, Type> oracle = OracleTypes(std::move(proto));
  int compared = 0;
  for (ValueId v = 0; v < model->graph.value_count(); ++v) {
    const Value& value = model->graph.value(v);
    auto it = oracle.find(value.name);
    if (it == oracle.end() || !value.type.is_tensor() || !value.type.ranked) {
      continue;
    }
    ++compared;
    EXPECT_EQ(value.type.dtype, it->second.dtype) << file << ": " << value.name;
    if (value.type.rank() != it->second.rank()) {
      ADD_FAILURE() << file << ": " << value.name << " is "
                    << value.type.ToString() << ", libonnx says "
                    << it->second.ToString();
      continue;
    }
    for (int axis = 0; axis < value.type.rank(); ++axis) {
      EXPECT_FALSE(
          IsFalse(Equal(value.type.shape[axis], it->second.shape[axis])))
          << file << ": " << value.name << " is " << value.type.ToString()
          << ", libonnx says " << it->second.ToString();
    }
  }
  return compared;
}

TEST(Oracle, LibonnxInfersTheSameTypes) {
  if (!fs::exists(kData)) GTEST_SKIP() << "no libonnx-testdata";
  int models = 0, values = 0;
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(kData)) {
    if (entry.path().filename() == "model.onnx") {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    const int compared = Compare(file);
    models += compared > 0;
    values += compared;
  }
  std::printf("%d values of %d models agree\n", values, models);
  EXPECT_GT(models, 900);
}

}  // namespace
}  // namespace esat

#include "driver/inputs.h"

#include <cmath>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "frontends/onnx/import.h"

namespace esat {
namespace {

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers on every
// platform.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  // The sum of four uniforms: bell-shaped within [-2, 2].
  double Bell() { return Uniform() + Uniform() + Uniform() + Uniform() - 2; }

 private:
  uint64_t state_;
};

enum class Meaning { kNumbers, kMask, kLength, kIds };

Meaning MeaningOf(const std::string& name, DType dtype) {
  if (IsFloat(dtype)) {
    return absl::StrContains(absl::AsciiStrToLower(name), "mask")
               ? Meaning::kMask
               : Meaning::kNumbers;
  }
  const std::string lower = absl::AsciiStrToLower(name);
  if (absl::StrContains(lower, "mask") || absl::StrContains(lower, "segment") ||
      absl::StrContains(lower, "token_type")) {
    return Meaning::kMask;
  }
  if (absl::StrContains(lower, "len")) return Meaning::kLength;
  return Meaning::kIds;
}

Literal RandomLiteral(const std::string& name, DType dtype,
                      std::vector<int64_t> shape, Random* random) {
  Literal literal = Literal::Allocate(dtype, shape);
  const int64_t longest = shape.empty() ? 1 : shape.back();
  const Meaning meaning = MeaningOf(name, dtype);
  DispatchDType(dtype, [&](auto tag) {
    using T = decltype(tag);
    for (T& element : literal.mutable_data<T>()) {
      double value = 0;
      switch (meaning) {
        case Meaning::kNumbers:
          value = random->Bell();
          break;
        case Meaning::kMask:
          value = static_cast<double>(random->Next() & 1);
          break;
        case Meaning::kLength:
          value = static_cast<double>(longest);
          break;
        case Meaning::kIds:
          value = dtype == DType::kBool
                      ? static_cast<double>(random->Next() & 1)
                      : static_cast<double>(random->Next() % 100);
          break;
      }
      element = static_cast<T>(static_cast<float>(value));
    }
  });
  return literal;
}

}  // namespace

absl::StatusOr<std::vector<Literal>> LoadInputs(const std::string& folder,
                                                const Graph& graph) {
  if (!std::filesystem::is_directory(folder)) {
    return absl::NotFoundError(
        absl::StrCat(folder, ": expected a folder of input_N.pb files"));
  }
  const auto path_of = [&](size_t number) {
    return absl::StrCat(folder, "/input_", number, ".pb");
  };
  const bool all = !graph.inputs().empty() &&
                   std::filesystem::exists(path_of(graph.inputs().size() - 1));
  std::vector<Literal> inputs;
  size_t number = 0;
  for (ValueId input : graph.inputs()) {
    if (!all && graph.input_defaults.contains(input)) {
      inputs.emplace_back();
      continue;
    }
    ESAT_ASSIGN_OR_RETURN(
        auto tensor,
        LoadTensorProto(path_of(number++), graph.value(input).type.dtype));
    inputs.push_back(std::move(tensor.second));
  }
  return inputs;
}

absl::StatusOr<std::vector<Literal>> LoadOutputs(
    const std::string& folder, const std::vector<Literal>& actual) {
  std::vector<Literal> outputs;
  for (size_t i = 0;; ++i) {
    const std::string path = absl::StrCat(folder, "/output_", i, ".pb");
    if (!std::filesystem::exists(path)) return outputs;
    const DType wanted =
        i < actual.size() ? actual[i].dtype() : DType::kUndefined;
    ESAT_ASSIGN_OR_RETURN(auto tensor, LoadTensorProto(path, wanted));
    outputs.push_back(std::move(tensor.second));
  }
}

absl::StatusOr<std::vector<Literal>> RandomInputs(
    const Graph& graph, const std::map<std::string, int64_t>& sizes,
    uint64_t seed) {
  Random random(seed);
  std::vector<Literal> inputs;
  for (ValueId input : graph.inputs()) {
    const Value& value = graph.value(input);
    if (graph.input_defaults.contains(input)) {
      inputs.emplace_back();
      continue;
    }
    const Type& type = value.type;
    if (!type.is_tensor() || !IsComputable(type.dtype)) {
      return absl::UnimplementedError(
          absl::StrCat("input '", value.name, "' is ", type.ToString(),
                       ", expected a tensor of numbers"));
    }
    std::vector<int64_t> shape;
    for (const Dim& dim : type.shape) {
      std::map<std::string, int64_t> known = sizes;
      std::vector<std::string> symbols;
      dim.CollectSymbols(&symbols);
      for (const std::string& symbol : symbols) known.try_emplace(symbol, 1);
      shape.push_back(dim.Evaluate(known).value_or(1));
    }
    inputs.push_back(
        RandomLiteral(value.name, type.dtype, std::move(shape), &random));
  }
  return inputs;
}

}  // namespace esat

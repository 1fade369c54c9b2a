// Any bytes are a model or an error with a message.
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "base/check.h"
#include "frontends/onnx/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto model = esat::ImportOnnxBytes(
      absl::MakeSpan(reinterpret_cast<const std::byte*>(data), size),
      "fuzz.onnx");
  ESAT_CHECK(model.ok() || !model.status().message().empty());
  return 0;
}

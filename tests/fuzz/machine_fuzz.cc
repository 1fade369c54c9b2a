// Any text is a machine or an error with a message.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "cost/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto machine = esat::ParseMachine(text, "fuzz.json");
  ESAT_CHECK(machine.ok() || !machine.status().message().empty());
  return 0;
}

// Any text is a rule file or a list of findings; what parses prints, and the
// print parses to the same print.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "rules/lang/parser.h"
#include "rules/lang/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  esat::SourceText source{
      "fuzz.rules", std::string(reinterpret_cast<const char*>(data), size)};
  esat::Diagnostics findings;
  const esat::RuleFile file = esat::ParseRules(source, findings);
  (void)findings.ToString();
  const esat::SourceText printed{"printed.rules", esat::PrintRules(file)};
  esat::Diagnostics none;
  const esat::RuleFile again = esat::ParseRules(printed, none);
  ESAT_CHECK(none.empty()) << none.ToString();
  ESAT_CHECK(esat::PrintRules(again) == printed.text) << printed.text;
  return 0;
}

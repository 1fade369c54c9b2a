// All loaded rules: where they come from, and which of them a run uses.
#ifndef ESAT_RULES_RULEBOOK_H_
#define ESAT_RULES_RULEBOOK_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "rules/lang/ast.h"
#include "rules/lang/check.h"
#include "rules/lang/diagnostic.h"

namespace esat {

// Which licences a run grants (docs/numerics.md).
enum class FpMode : uint8_t { kStrict, kDefault, kFast };
std::optional<FpMode> ParseFpMode(std::string_view name);
const char* FpModeName(FpMode mode);

// Licences as a bit set, in the order of kLicenceNames.
using Licences = uint32_t;
inline constexpr std::string_view kLicenceNames[] = {
    "reassoc", "contract", "nsz", "nnan", "ninf", "afn"};
Licences LicencesOf(const Rule& rule);
Licences GrantedBy(FpMode mode);
// "reassoc, nsz"; empty for none.
std::string LicenceText(Licences licences);

// The files that this build embeds, in order of name.
const std::vector<SourceText>& EmbeddedRules();

// Checked rules. Immutable; copies share the rules; safe to share between
// threads.
class Rulebook {
 public:
  // The embedded files, then `files` as read from disk. Fails with all findings
  // of all files.
  static absl::StatusOr<Rulebook> Load(const std::vector<std::string>& files);
  // From texts alone.
  static absl::StatusOr<Rulebook> Parse(std::vector<SourceText> sources);

  // In file order, files in the order given. Pointers live as long as any copy
  // of the rulebook.
  std::vector<const Rule*> rules() const;
  // Those that `mode` grants and that have one of `tags` (any, if empty).
  std::vector<const Rule*> Select(FpMode mode,
                                  const std::vector<std::string>& tags) const;
  const Rule* Find(std::string_view name) const;
  const std::vector<ParsedFile>& files() const { return *files_; }

  static bool HasTag(const Rule& rule, std::string_view tag);

 private:
  std::shared_ptr<const std::vector<ParsedFile>> files_;
};

}  // namespace esat

#endif  // ESAT_RULES_RULEBOOK_H_

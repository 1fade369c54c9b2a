// A runner's state as bytes: numbers, and lists as their size and elements.
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "egraph/snapshot_access.h"

namespace esat::snapshot_internal {
namespace {

constexpr uint32_t kMaxBans = 1u << 30;

void Put32(uint32_t value, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void Put64(uint64_t value, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Takes values off the front of the bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  absl::Status Take(void* to, size_t size, const char* what) {
    if (rest_.size() < size) {
      return absl::DataLossError(absl::StrCat("the runner's state ends in ",
                                              what, ": expected ", size,
                                              " bytes, found ", rest_.size()));
    }
    if (size > 0) std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
    return absl::OkStatus();
  }

  // The size of a list whose elements take at least `least` bytes each.
  absl::StatusOr<uint32_t> TakeCount(size_t least, const char* what) {
    uint32_t count = 0;
    ESAT_RETURN_IF_ERROR(Take(&count, sizeof(count), what));
    if (count > rest_.size() / least) {
      return absl::DataLossError(absl::StrCat("the runner's state has ", count,
                                              " ", what, ", more than fit in ",
                                              rest_.size(), " bytes"));
    }
    return count;
  }

  template <typename T>
  absl::StatusOr<std::vector<T>> TakeList(const char* what) {
    ESAT_ASSIGN_OR_RETURN(const uint32_t count, TakeCount(sizeof(T), what));
    std::vector<T> list(count);
    ESAT_RETURN_IF_ERROR(Take(list.data(), count * sizeof(T), what));
    return list;
  }

  size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

absl::Status TakeRule(Reader* reader, RunnerState::Rule* rule) {
  ESAT_ASSIGN_OR_RETURN(const uint32_t length,
                        reader->TakeCount(1, "bytes of a name"));
  rule->name.resize(length);
  ESAT_RETURN_IF_ERROR(reader->Take(rule->name.data(), length, "a name"));
  ESAT_RETURN_IF_ERROR(reader->Take(&rule->seen_epoch, 4, "an epoch"));
  ESAT_RETURN_IF_ERROR(reader->Take(&rule->banned_until, 8, "a ban"));
  ESAT_RETURN_IF_ERROR(reader->Take(&rule->bans, 4, "a count of bans"));
  if (rule->bans > kMaxBans) {
    return absl::DataLossError(absl::StrCat(
        "rewrite \"", rule->name, "\" was banned ", rule->bans, " times"));
  }
  ESAT_ASSIGN_OR_RETURN(const uint32_t groups, reader->TakeCount(4, "groups"));
  for (uint32_t i = 0; i < groups; ++i) {
    ESAT_ASSIGN_OR_RETURN(std::vector<uint32_t> group,
                          reader->TakeList<uint32_t>("words of a group"));
    rule->delivered_groups.push_back(std::move(group));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeRunner(const RunnerState& state) {
  std::string bytes;
  Put64(state.iteration, &bytes);
  Put32(state.applied_matches, &bytes);
  Put32(static_cast<uint32_t>(state.merged_siblings.size()), &bytes);
  for (const ENodeId row : state.merged_siblings) Put32(row.value, &bytes);
  Put32(static_cast<uint32_t>(state.rules.size()), &bytes);
  for (const RunnerState::Rule& rule : state.rules) {
    Put32(static_cast<uint32_t>(rule.name.size()), &bytes);
    bytes += rule.name;
    Put32(rule.seen_epoch, &bytes);
    Put64(rule.banned_until, &bytes);
    Put32(rule.bans, &bytes);
    Put32(static_cast<uint32_t>(rule.delivered_groups.size()), &bytes);
    for (const std::vector<uint32_t>& group : rule.delivered_groups) {
      Put32(static_cast<uint32_t>(group.size()), &bytes);
      for (const uint32_t word : group) Put32(word, &bytes);
    }
  }
  return bytes;
}

absl::StatusOr<RunnerState> DecodeRunner(std::string_view bytes) {
  Reader reader(bytes);
  RunnerState state;
  ESAT_RETURN_IF_ERROR(reader.Take(&state.iteration, 8, "the iteration"));
  ESAT_RETURN_IF_ERROR(
      reader.Take(&state.applied_matches, 4, "the count of matches"));
  ESAT_ASSIGN_OR_RETURN(state.merged_siblings,
                        reader.TakeList<ENodeId>("merged siblings"));
  ESAT_ASSIGN_OR_RETURN(const uint32_t rules, reader.TakeCount(24, "rewrites"));
  for (uint32_t i = 0; i < rules; ++i) {
    ESAT_RETURN_IF_ERROR(TakeRule(&reader, &state.rules.emplace_back()));
  }
  if (reader.left() > 0) {
    return absl::DataLossError(absl::StrCat(
        "the runner's state has ", reader.left(), " bytes after its end"));
  }
  return state;
}

}  // namespace esat::snapshot_internal

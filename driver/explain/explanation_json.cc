#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "driver/explain/explanation.h"

namespace esat {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "esat-explanation";
constexpr int kVersion = 1;

Json ToJson(const CostParts& parts) {
  return {{"cost", parts.cost},
          {"compute_us", parts.compute_us},
          {"traffic_us", parts.traffic_us},
          {"launch_us", parts.launch_us},
          {"host_us", parts.host_us},
          {"bytes", parts.bytes},
          {"launches", parts.launches}};
}

Json ToJson(const KernelSketch& kernel) {
  return {{"ops", kernel.ops}, {"type", kernel.type}, {"cost", kernel.cost}};
}

Json ToJson(const std::vector<KernelSketch>& kernels) {
  Json json = Json::array();
  for (const KernelSketch& kernel : kernels) json.push_back(ToJson(kernel));
  return json;
}

Json ToJson(const KernelExplanation& kernel) {
  Json json = ToJson(kernel.kernel);
  json["computes"] = kernel.computes;
  json["sources"] = kernel.sources;
  json["parts"] = ToJson(kernel.parts);
  json["rules"] = Json::array();
  for (const RuleReason& rule : kernel.rules) {
    json["rules"].push_back({{"name", rule.name},
                             {"licences", rule.licences},
                             {"says", rule.says},
                             {"steps", rule.steps}});
  }
  json["runner_up"] = nullptr;
  if (kernel.runner_up) {
    json["runner_up"] = {{"added", ToJson(kernel.runner_up->added)},
                         {"removed", ToJson(kernel.runner_up->removed)},
                         {"change", ToJson(kernel.runner_up->change)}};
  }
  return json;
}

// Reads members of objects; the first that is missing or of another type is
// remembered with its path, and everything after it is a default.
class Reader {
 public:
  const std::string& error() const { return error_; }

  const Json& Member(const Json& json, const char* key,
                     const std::string& path) {
    static const Json kNothing;
    if (json.is_object() && json.contains(key)) return json[key];
    Fail(path, absl::StrCat("a member \"", key, "\""));
    return kNothing;
  }

  std::string String(const Json& json, const char* key,
                     const std::string& path) {
    const Json& value = Member(json, key, path);
    if (value.is_string()) return value.get<std::string>();
    Fail(absl::StrCat(path, "/", key), "a string");
    return "";
  }

  double Number(const Json& json, const char* key, const std::string& path) {
    const Json& value = Member(json, key, path);
    if (value.is_number()) return value.get<double>();
    Fail(absl::StrCat(path, "/", key), "a number");
    return 0;
  }

  // Calls read(element, path) for each.
  template <typename Read>
  void Each(const Json& json, const char* key, const std::string& path,
            Read&& read) {
    const Json& list = Member(json, key, path);
    if (!list.is_array()) {
      return Fail(absl::StrCat(path, "/", key), "an array");
    }
    for (size_t i = 0; i < list.size(); ++i) {
      read(list[i], absl::StrCat(path, "/", key, "/", i));
    }
  }

  CostParts Parts(const Json& json, const std::string& path) {
    return {.cost = Number(json, "cost", path),
            .compute_us = Number(json, "compute_us", path),
            .traffic_us = Number(json, "traffic_us", path),
            .launch_us = Number(json, "launch_us", path),
            .host_us = Number(json, "host_us", path),
            .bytes = Number(json, "bytes", path),
            .launches = static_cast<int64_t>(Number(json, "launches", path))};
  }

  KernelSketch Sketch(const Json& json, const std::string& path) {
    return {.ops = String(json, "ops", path),
            .type = String(json, "type", path),
            .cost = Number(json, "cost", path)};
  }

  KernelExplanation Kernel(const Json& json, const std::string& path) {
    KernelExplanation kernel{.kernel = Sketch(json, path),
                             .computes = String(json, "computes", path)};
    Each(json, "sources", path, [&](const Json& name, const std::string& at) {
      if (!name.is_string()) return Fail(at, "a string");
      kernel.sources.push_back(name.get<std::string>());
    });
    kernel.parts =
        Parts(Member(json, "parts", path), absl::StrCat(path, "/parts"));
    Each(json, "rules", path, [&](const Json& rule, const std::string& at) {
      kernel.rules.push_back(
          {.name = String(rule, "name", at),
           .licences = String(rule, "licences", at),
           .says = String(rule, "says", at),
           .steps = static_cast<int64_t>(Number(rule, "steps", at))});
    });
    const Json& other = Member(json, "runner_up", path);
    if (!other.is_null()) {
      kernel.runner_up = Other(other, absl::StrCat(path, "/runner_up"));
    }
    return kernel;
  }

  RunnerUp Other(const Json& json, const std::string& path) {
    RunnerUp other;
    Each(json, "added", path, [&](const Json& k, const std::string& at) {
      other.added.push_back(Sketch(k, at));
    });
    Each(json, "removed", path, [&](const Json& k, const std::string& at) {
      other.removed.push_back(Sketch(k, at));
    });
    other.change =
        Parts(Member(json, "change", path), absl::StrCat(path, "/change"));
    return other;
  }

  void Fail(const std::string& path, const std::string& expected) {
    if (error_.empty()) {
      error_ = absl::StrCat(path.empty() ? "/" : path, ": expected ", expected);
    }
  }

 private:
  std::string error_;
};

}  // namespace

std::string ExplanationJson(const Explanation& explanation) {
  Json json = {{"format", kFormat},
               {"version", kVersion},
               {"model", explanation.model},
               {"machine", explanation.machine},
               {"cost", explanation.cost},
               {"lower_bound", explanation.lower_bound},
               {"stop_reason", explanation.stop_reason},
               {"note", explanation.note}};
  json["kernels"] = Json::array();
  for (const KernelExplanation& kernel : explanation.kernels) {
    json["kernels"].push_back(ToJson(kernel));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Explanation> ParseExplanation(const std::string& text,
                                             const std::string& file) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto error = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
  };
  if (json.is_discarded()) return error("expected JSON");
  Reader reader;
  const std::string format = reader.String(json, "format", "");
  const double version = reader.Number(json, "version", "");
  if (reader.error().empty() && (format != kFormat || version != kVersion)) {
    return error(absl::StrCat("expected ", kFormat, " version ", kVersion,
                              ", found ", format, " version ", version));
  }
  Explanation explanation{.model = reader.String(json, "model", ""),
                          .machine = reader.String(json, "machine", ""),
                          .cost = reader.Number(json, "cost", ""),
                          .lower_bound = reader.Number(json, "lower_bound", ""),
                          .stop_reason = reader.String(json, "stop_reason", ""),
                          .note = reader.String(json, "note", "")};
  reader.Each(json, "kernels", "", [&](const Json& k, const std::string& at) {
    explanation.kernels.push_back(reader.Kernel(k, at));
  });
  if (!reader.error().empty()) return error(reader.error());
  return explanation;
}

}  // namespace esat

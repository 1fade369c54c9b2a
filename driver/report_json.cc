#include <nlohmann/json.hpp>

#include "driver/report.h"

namespace esat {
namespace {

using Json = nlohmann::ordered_json;

Json KindsJson(const std::map<std::string, KindCost>& kinds) {
  Json json = Json::object();
  for (const auto& [name, kind] : kinds) {
    json[name] = {{"kernels", kind.kernels}, {"cost", kind.cost}};
  }
  return json;
}

Json RulesJson(const std::vector<RuleUse>& rules) {
  Json json = Json::object();
  for (const RuleUse& rule : rules) {
    json[rule.name] = {{"matches", rule.matches},
                       {"applied", rule.applied},
                       {"unions", rule.unions},
                       {"refused", rule.refused},
                       {"in_result", rule.in_result}};
  }
  return json;
}

}  // namespace

std::string ReportJson(const OptimizeReport& r) {
  Json json;
  json["model"] = r.model;
  json["machine"] = r.machine;
  json["cost_before"] = r.cost_before;
  json["cost_after"] = r.cost_after;
  json["lower_bound"] = r.lower_bound;
  json["optimal"] = r.optimal;
  json["kernels_before"] = r.kernels_before;
  json["kernels_after"] = r.kernels_after;
  json["nodes_before"] = r.nodes_before;
  json["nodes_after"] = r.nodes_after;
  json["enodes"] = r.enodes;
  json["eclasses"] = r.eclasses;
  json["iterations"] = r.iterations;
  json["stop_reason"] = r.stop_reason;
  json["extract_method"] = r.extract_method;
  json["import_seconds"] = r.import_seconds;
  json["saturate_seconds"] = r.saturate_seconds;
  json["fuse_seconds"] = r.fuse_seconds;
  json["extract_seconds"] = r.extract_seconds;
  json["write_seconds"] = r.write_seconds;
  json["total_seconds"] = r.total_seconds;
  json["peak_bytes"] = r.peak_bytes;
  json["licences"] = r.licences;
  json["assumed"] = r.assumed;
  json["assumed_dtypes"] = r.assumed_dtypes;
  json["outputs"] = r.outputs;
  json["notes"] = r.notes;
  json["kinds_before"] = KindsJson(r.kinds_before);
  json["kinds_after"] = KindsJson(r.kinds_after);
  json["ops_before"] = r.ops_before;
  json["ops_after"] = r.ops_after;
  json["rules"] = RulesJson(r.rules);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace esat

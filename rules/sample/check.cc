#include "rules/sample/check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "egraph/runner.h"
#include "eval/evaluate.h"
#include "rules/compile.h"
#include "rules/sample/instance.h"
#include "rules/sample/random.h"
#include "tensor/tensor_graph.h"

namespace esat {
namespace {

constexpr Licences kReassoc = 1 << 0, kContract = 1 << 1, kNsz = 1 << 2,
                   kNnan = 1 << 3, kNinf = 1 << 4, kAfn = 1 << 5;

// Of the largest magnitude, for sums in another order.
double ToleranceOf(DType dtype, Licences licences) {
  if (!IsFloat(dtype)) return 0;
  if ((licences & kAfn) != 0) {
    return dtype == DType::kF32 || dtype == DType::kF64 ? 1e-3 : 1e-2;
  }
  if ((licences & (kReassoc | kContract)) == 0) return 0;
  switch (dtype) {
    case DType::kF64:
      return 1e-9;
    case DType::kF32:
      return 1e-4;
    case DType::kF16:
      return std::ldexp(8.0, -10);
    default:  // bf16
      return std::ldexp(8.0, -7);
  }
}

std::string ShowValue(const Literal& literal) {
  std::string out = absl::StrCat(DTypeName(literal.dtype()), "[");
  for (size_t i = 0; i < literal.shape().size(); ++i) {
    absl::StrAppend(&out, i == 0 ? "" : ",", literal.shape()[i]);
  }
  absl::StrAppend(&out, "]");
  if (!IsComputable(literal.dtype()) || literal.element_count() > 16) {
    return out;
  }
  absl::StrAppend(&out, "{");
  for (int64_t i = 0; i < literal.element_count(); ++i) {
    absl::StrAppend(&out, i == 0 ? "" : " ", literal.ElementAsDouble(i));
  }
  return absl::StrCat(out, "}");
}

// The values of all classes of an e-graph.
class Evaluation {
 public:
  Evaluation(const TensorGraph& graph, size_t source_nodes, Licences licences)
      : graph_(graph),
        egraph_(graph.egraph()),
        source_nodes_(source_nodes),
        licences_(licences) {}

  void SetInput(EClassId id, const Literal& value) {
    values_[egraph_.Find(id)] = {value};
  }

  // Evaluates until nothing more can be. False if an e-node of the source graph
  // cannot be evaluated: the instance proves nothing.
  bool Run() {
    bool progress = true;
    while (progress) {
      progress = false;
      for (uint32_t i = 0; i < egraph_.enode_ids(); ++i) {
        const ENodeId id(i);
        if (!egraph_.IsLive(id) || done_.contains(i)) continue;
        if (!Visit(id)) {
          if (i < source_nodes_) return false;
          continue;
        }
        progress = progress || done_.contains(i);
        if (!failure_.empty()) return true;
      }
    }
    return true;
  }

  const std::string& failure() const { return failure_; }
  int64_t compared() const { return compared_; }

 private:
  // The operands' values; false if one is not known yet.
  bool Operands(const ENode& node, std::vector<const Literal*>& operands) {
    for (EClassId child : node.children) {
      const EClassId id = egraph_.Find(child);
      if (graph_.analysis().type(id).kind == Type::kNone) {
        operands.push_back(nullptr);
        continue;
      }
      auto value = values_.find(id);
      if (value == values_.end() || value->second.empty()) return false;
      operands.push_back(&value->second[0]);
    }
    return true;
  }

  // False if evaluating failed; `done_` says whether it was tried.
  bool Visit(ENodeId id) {
    const ENode node = egraph_.Node(id);
    const Op op = ToOp(node.op);
    if (op == Op::kInput || op == Op::kNone) {
      done_.insert(id.value);
      return true;
    }
    const AttrRecord& record = graph_.attrs().Get(node.attrs.value);
    if (op == Op::kProj) return VisitProj(id, node, record);
    std::vector<const Literal*> operands;
    if (!Operands(node, operands)) return true;
    done_.insert(id.value);
    AttrRecord attrs = record;
    attrs.Erase("num_outputs");
    // The definition of a contraction, not its blocked kernel, whose rounding
    // depends on sizes.
    EvalOptions options;
    options.obvious_contractions = true;
    auto results =
        EvalNode(op, attrs, operands,
                 static_cast<int>(record.IntOr("num_outputs", 1)), options);
    if (!results.ok()) {
      if (id.value >= source_nodes_) {
        failure_ = absl::StrCat("what the rule builds cannot be evaluated: ",
                                std::string(results.status().message()), "\n  ",
                                Show(id, 8), "\n");
      }
      return false;
    }
    Record(id, *std::move(results));
    return true;
  }

  bool VisitProj(ENodeId id, const ENode& node, const AttrRecord& record) {
    auto tuple = values_.find(egraph_.Find(node.children[0]));
    if (tuple == values_.end()) return true;
    done_.insert(id.value);
    const auto index = static_cast<size_t>(record.Int("index"));
    if (index >= tuple->second.size()) return false;
    std::vector<Literal> value = {tuple->second[index]};
    Record(id, std::move(value));
    return true;
  }

  void Record(ENodeId id, std::vector<Literal> results) {
    const EClassId eclass = egraph_.ClassOf(id);
    for (Literal& literal : results) literal = literal.Dense();
    auto [known, is_new] = values_.try_emplace(eclass, results);
    if (is_new) {
      first_[eclass] = id;
      return;
    }
    for (size_t i = 0; i < results.size(); ++i) {
      auto difference =
          DifferenceUnder(licences_, known->second[i], results[i], &compared_);
      if (!difference) continue;
      auto first = first_.find(eclass);
      failure_ = absl::StrCat(
          *difference, "\n  left:  ",
          first == first_.end() ? "an input" : Show(first->second, 8),
          "\n  right: ", Show(id, 8), "\n  left is  ",
          ShowValue(known->second[i]), "\n  right is ", ShowValue(results[i]),
          "\n");
      return;
    }
  }

  std::string Show(ENodeId id, int depth) const {
    const ENode node = egraph_.Node(id);
    const Op op = ToOp(node.op);
    const AttrRecord& attrs = graph_.attrs().Get(node.attrs.value);
    if (op == Op::kInput || op == Op::kConstant) {
      auto value = values_.find(egraph_.ClassOf(id));
      return absl::StrCat(
          op == Op::kInput ? absl::StrCat("in", attrs.Int("index"), ":") : "",
          value == values_.end() ? "?" : ShowValue(value->second[0]));
    }
    std::string out = absl::StrCat(OpName(op), "(");
    bool first = true;
    for (EClassId child : node.children) {
      absl::StrAppend(&out, first ? "" : ", ", ShowClass(child, depth));
      first = false;
    }
    if (!attrs.empty()) {
      absl::StrAppend(&out, first ? "" : ", ", attrs.ToString());
    }
    return absl::StrCat(out, ")");
  }

  // A class by its first e-node, which is of the source graph if any is.
  std::string ShowClass(EClassId id, int depth) const {
    const EClassId leader = egraph_.Find(id);
    if (depth == 0) return "...";
    for (ENodeId node : egraph_.SortedNodesOf(leader)) {
      auto first = first_.find(leader);
      return Show(first == first_.end() ? node : first->second, depth - 1);
    }
    return "?";
  }

  const TensorGraph& graph_;
  const EGraph& egraph_;
  const size_t source_nodes_;
  const Licences licences_;
  std::map<EClassId, std::vector<Literal>> values_;
  std::map<EClassId, ENodeId> first_;
  std::set<uint32_t> done_;
  std::string failure_;
  int64_t compared_ = 0;
};

// Of one instance: what running the rule on it showed.
struct Trial {
  bool fired = false;
  bool compared = false;
  std::string failure;
  int64_t weight = 0;  // Small is easy to read.
};

int64_t WeightOf(const Instance& instance) {
  int64_t weight = 8 * instance.graph.node_count();
  for (const Literal& input : instance.inputs) {
    weight += input.element_count();
  }
  return weight;
}

// Which zero Max and Min give of two zeros is not promised (docs/numerics.md).
Licences ZerosOf(const EGraph& egraph) {
  const bool any = egraph.CountOfOp(ToOpId(Op::kMax)) > 0 ||
                   egraph.CountOfOp(ToOpId(Op::kMin)) > 0;
  return any ? kNsz : 0;
}

Trial RunTrial(const Rule& rule, bool reverse, const Instance& instance) {
  Trial trial;
  trial.weight = WeightOf(instance);
  TensorGraph graph;
  graph.Encode(instance.graph);
  graph.egraph().Rebuild();
  const size_t source_nodes = graph.egraph().enode_ids();
  const CompiledRules compiled = CompileRules({&rule}, &graph);
  RunnerOptions options;
  options.limits.iterations = 1;
  Runner runner(&graph.egraph(), compiled.rewrites, options);
  const RunReport report = runner.Run();
  trial.fired = report.rules[reverse ? 1 : 0].unions > 0;
  if (!graph.analysis().conflicts().empty()) {
    trial.failure = absl::StrCat("the sides have different types: ",
                                 graph.analysis().conflicts()[0].text, "\n");
    return trial;
  }
  if (!trial.fired) return trial;
  Evaluation evaluation(graph, source_nodes,
                        LicencesOf(rule) | ZerosOf(graph.egraph()));
  for (size_t i = 0; i < instance.inputs.size(); ++i) {
    evaluation.SetInput(graph.value_classes()[instance.graph.inputs()[i]],
                        instance.inputs[i]);
  }
  if (!evaluation.Run()) return trial;
  trial.failure = evaluation.failure();
  trial.compared = evaluation.compared() > 0;
  return trial;
}

}  // namespace

std::optional<std::string> DifferenceUnder(Licences licences,
                                           const Literal& expected,
                                           const Literal& actual,
                                           int64_t* compared) {
  if (expected.dtype() != actual.dtype() ||
      expected.shape() != actual.shape()) {
    return absl::StrCat("the sides differ in type");
  }
  const DType dtype = expected.dtype();
  if (!IsComputable(dtype)) return std::nullopt;
  const double relative = ToleranceOf(dtype, licences);
  double scale = 1;
  for (int64_t i = 0; i < expected.element_count(); ++i) {
    for (const Literal* literal : {&expected, &actual}) {
      const double value = std::abs(literal->ElementAsDouble(i));
      if (std::isfinite(value)) scale = std::max(scale, value);
    }
  }
  const bool finite_only =
      (licences & (kReassoc | kContract | kNnan | kNinf | kAfn)) != 0;
  for (int64_t i = 0; i < expected.element_count(); ++i) {
    const double a = expected.ElementAsDouble(i);
    const double b = actual.ElementAsDouble(i);
    if (finite_only && (!std::isfinite(a) || !std::isfinite(b))) continue;
    ++*compared;
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a == b) {
      if (a != 0 || relative > 0 || (licences & kNsz) != 0 ||
          std::signbit(a) == std::signbit(b)) {
        continue;
      }
    } else if (std::abs(a - b) <= relative * scale) {
      continue;
    }
    return absl::StrCat("the sides differ at element ", i, ": ", a, " and ", b);
  }
  // Equal empty tensors agree.
  if (expected.element_count() == 0) ++*compared;
  return std::nullopt;
}

SampleReport SampleRule(const Rule& rule, bool reverse,
                        const SampleOptions& options) {
  SampleReport report;
  const std::vector<Root>& left = reverse ? rule.right : rule.left;
  Random seeds(options.seed);
  int64_t smallest = INT64_MAX;
  int more = 200;  // Tries after a failure, for a smaller one.
  while (report.tries < options.tries && report.compared < options.wanted) {
    if (!report.failure.empty() && more-- == 0) break;
    const uint64_t seed = seeds.Next();
    Random random(seed);
    ++report.tries;
    auto instance = TryInstance(rule, left, random);
    if (!instance) continue;
    ++report.instances;
    const Trial trial = RunTrial(rule, reverse, *instance);
    report.fired += trial.fired ? 1 : 0;
    report.compared += trial.compared ? 1 : 0;
    if (!trial.failure.empty() && trial.weight < smallest) {
      smallest = trial.weight;
      report.failure = absl::StrCat("rule ", rule.name, ", seed ", seed, ": ",
                                    trial.failure);
    }
  }
  if (report.failure.empty() && report.compared == 0) {
    report.failure =
        absl::StrCat("rule ", rule.name, reverse ? " (backwards)" : "",
                     report.fired > 0 ? " fired but could not be compared in "
                                      : " never fired in ",
                     report.tries, " tries, ", report.instances, " graphs\n");
  }
  return report;
}

}  // namespace esat

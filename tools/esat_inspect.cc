// `esat inspect` and `esat rules`.

#include <cstdio>
#include <map>

#include "driver/source_kernels.h"
#include "frontends/onnx/import.h"
#include "ir/text/print.h"
#include "rules/lang/printer.h"
#include "rules/rulebook.h"
#include "tools/commands.h"

namespace esat {

int RunInspect(const InspectCommand& command) {
  ImportOptions options;
  std::vector<std::string> warnings;
  options.warnings = &warnings;
  const absl::StatusOr<Model> model = ImportOnnx(command.model, options);
  if (!model.ok()) return ReportError(model.status());
  const Graph& graph = model->graph;
  if (command.text) {
    std::fputs(PrintGraph(graph).c_str(), stdout);
    return kExitOk;
  }
  std::printf("%s: IR %lld", command.model.c_str(),
              static_cast<long long>(model->ir_version));
  for (const auto& [domain, version] : model->opset_imports) {
    std::printf(", %s %lld", domain.empty() ? "ai.onnx" : domain.c_str(),
                static_cast<long long>(version));
  }
  std::printf("\n");
  for (ValueId input : graph.inputs()) {
    std::printf("  input   %-32s %s%s\n", graph.value(input).name.c_str(),
                graph.value(input).type.ToString().c_str(),
                graph.input_defaults.contains(input) ? " with default" : "");
  }
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    std::printf("  output  %-32s %s\n",
                graph.output_name(static_cast<int>(i)).c_str(),
                graph.value(graph.outputs()[i]).type.ToString().c_str());
  }
  std::map<std::string, int> ops;
  int64_t bytes = 0;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    if (node.op == Op::kConstant) {
      bytes += node.attrs.Tensor("value").byte_size();
      continue;
    }
    std::string name = OpName(node.op);
    if (node.op == Op::kOpaque)
      name += " " + node.attrs.String("domain") +
              "::" + node.attrs.String("op_type");
    ++ops[name];
  }
  std::printf("  %lld nodes, %.1f MB of constants\n",
              static_cast<long long>(graph.ComputeNodeCount()),
              static_cast<double>(bytes) / 1e6);
  for (const auto& [name, count] : ops)
    std::printf("  %8d  %s\n", count, name.c_str());
  if (!model->opset_pin_reason.empty())
    std::printf("  opset kept: %s\n", model->opset_pin_reason.c_str());
  if (!model->pass_through_reason.empty()) {
    std::printf("  passed through: %s\n", model->pass_through_reason.c_str());
  }
  for (const std::string& warning : warnings)
    std::printf("  warning: %s\n", warning.c_str());
  return kExitOk;
}

int RunRules(const RulesCommand& command) {
  const absl::StatusOr<Rulebook> book = Rulebook::Load(command.files);
  if (!book.ok()) return ReportError(book.status());
  if (!command.name.empty()) {
    const Rule* rule = book->Find(command.name);
    if (rule == nullptr) {
      return ReportError(
          absl::NotFoundError("no rule is named '" + command.name + "'"));
    }
    std::fputs(PrintRule(*rule).c_str(), stdout);
    return kExitOk;
  }
  for (const Rule* rule : book->rules()) {
    std::string tags;
    for (const auto& tag : rule->tags)
      tags += (tags.empty() ? "" : ", ") + tag.name;
    const Licences licences = LicencesOf(*rule);
    std::printf("%-44s [%s]%s%s\n", rule->name.c_str(), tags.c_str(),
                licences == 0 ? "" : "  assumes ",
                LicenceText(licences).c_str());
  }
  return kExitOk;
}

}  // namespace esat

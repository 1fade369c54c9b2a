// A module as text. Values get names by what they are: %c3 a constant, %i0 an
// input, %v7 the result of kernel 7 (%v7_1 of several); inside a kernel they
// are numbered.

#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backends/accel/export.h"
#include "backends/accel/spelling.h"
#include "backends/accel/tosa.h"

namespace esat {
namespace {

std::string I64(int64_t value) { return absl::StrCat(value, " : i64"); }
std::string F64(double value) {
  return absl::StrCat(MlirDouble(value), " : f64");
}

template <typename T, typename F>
std::string List(const char* open, const std::vector<T>& items,
                 const char* close, F&& print) {
  return absl::StrCat(open,
                      absl::StrJoin(items, ", ",
                                    [&](std::string* out, const T& item) {
                                      *out += print(item);
                                    }),
                      close);
}
std::string Strings(const std::vector<std::string>& items) {
  return List("[", items, "]",
              [](const std::string& s) { return MlirString(s); });
}
std::string Ints(const std::vector<int64_t>& items) {
  return List(items.empty() ? "array<i64" : "array<i64: ", items, ">",
              [](int64_t v) { return absl::StrCat(v); });
}
std::string Floats(const std::vector<double>& items) {
  return List(items.empty() ? "array<f64" : "array<f64: ", items, ">",
              MlirDouble);
}

// Entries of an attribute dictionary, in the order of the calls.
class Dictionary {
 public:
  Dictionary& Add(const std::string& name, const std::string& value) {
    absl::StrAppend(&text_, text_.empty() ? "" : ", ", name,
                    value.empty() ? "" : " = ", value);
    return *this;
  }
  Dictionary& AddRaw(const std::string& entries) {
    absl::StrAppend(&text_, text_.empty() || entries.empty() ? "" : ", ",
                    entries);
    return *this;
  }
  // " {...}", or nothing.
  std::string Text() const {
    return text_.empty() ? "" : absl::StrCat(" {", text_, "}");
  }

 private:
  std::string text_;
};

class Printer {
 public:
  Printer(const AccelModule& module, AccelSpelling spelling)
      : module_(module), spelling_(spelling) {}

  std::string Print() {
    text_ = absl::StrCat("// ", kAccelFormat, "\n\"accel.module\"() ({\n");
    for (const AccelConstant& c : module_.constants) {
      PrintConstant(c);
      symbol_of_[KeyOf(c.value)] = c.symbol;
    }
    for (const AccelBuffer& b : module_.buffers) PrintBuffer(b);
    for (size_t i = 0; i < module_.inputs.size(); ++i) PrintInput(i);
    for (size_t k = 0; k < module_.kernels.size(); ++k) PrintKernel(k);
    PrintReturn();
    PrintModuleAttributes();
    return std::move(text_);
  }

 private:
  // What tells large literals apart: their storage and type.
  using Key = std::pair<const void*, std::string>;
  static Key KeyOf(const Literal& literal) {
    const void* storage = literal.dtype() == DType::kString
                              ? static_cast<const void*>(&literal.strings())
                              : literal.bytes().data();
    return {storage, absl::StrCat(DTypeName(literal.dtype()), " ",
                                  absl::StrJoin(literal.shape(), ","))};
  }

  std::string NameOf(const AccelRef& ref) const {
    switch (ref.kind) {
      case AccelRef::kInput:
        return absl::StrCat("%i", ref.index);
      case AccelRef::kConstant:
        return absl::StrCat("%", module_.constants[ref.index].symbol);
      case AccelRef::kResult:
        break;
    }
    const bool one = module_.kernels[ref.index].buffers.size() == 1;
    return one ? absl::StrCat("%v", ref.index)
               : absl::StrCat("%v", ref.index, "_", ref.result);
  }
  std::string TypeList(const std::vector<AccelRef>& refs) const {
    return List("(", refs, ")",
                [&](const AccelRef& r) { return MlirType(module_.TypeOf(r)); });
  }
  static std::string TypeList(const Graph& graph,
                              const std::vector<ValueId>& values) {
    return List("(", values, ")", [&](ValueId v) {
      return v == kNoValue ? std::string("none")
                           : MlirType(graph.value(v).type);
    });
  }
  static std::string ResultTypes(const Graph& graph,
                                 const std::vector<ValueId>& values) {
    return values.size() == 1 ? MlirType(graph.value(values[0]).type)
                              : TypeList(graph, values);
  }

  void PrintConstant(const AccelConstant& c) {
    Dictionary d;
    d.Add("sym_name", MlirString(c.symbol));
    if (!c.name.empty()) d.Add("name", MlirString(c.name));
    if (c.in_file) {
      d.Add("offset", I64(c.offset)).Add("length", I64(c.length));
    } else if (c.value.dtype() == DType::kString) {
      d.Add("strings", Strings(c.value.strings()));
    } else {
      d.Add("value", MlirDense(c.value));
    }
    absl::StrAppend(&text_, "  %", c.symbol, " = \"accel.constant\"()",
                    d.Text(), " : () -> ", MlirType(c.type), "\n");
  }

  void PrintBuffer(const AccelBuffer& b) {
    Dictionary d;
    d.Add("sym_name", MlirString(b.symbol))
        .Add("memory", MlirString(b.memory))
        .Add("offset", I64(b.offset))
        .Add("bytes", I64(b.bytes))
        .Add("first", I64(b.first))
        .Add("last", I64(b.last));
    if (b.dynamic) d.Add("dynamic", "");
    absl::StrAppend(&text_, "  \"accel.buffer\"()", d.Text(), " : () -> ()\n");
  }

  void PrintInput(size_t i) {
    const AccelInput& input = module_.inputs[i];
    Dictionary d;
    d.Add("name", MlirString(input.name))
        .Add("buffer", "@" + module_.buffers[input.buffer].symbol);
    if (input.default_constant >= 0) {
      d.Add("default", "@" + module_.constants[input.default_constant].symbol);
    }
    absl::StrAppend(&text_, "  %i", i, " = \"accel.input\"()", d.Text(),
                    " : () -> ", MlirType(input.type), "\n");
  }

  static void AddEstimate(const AccelEstimate& e, Dictionary* d) {
    d->Add("cycles", F64(e.cycles))
        .Add("macs", F64(e.macs))
        .Add("vector_ops", F64(e.vector_ops))
        .Add("bytes", Floats(e.bytes))
        .Add("far_bytes", F64(e.far_bytes))
        .Add("energy_pj", F64(e.energy_pj));
  }

  void PrintKernel(size_t k) {
    const AccelKernel& kernel = module_.kernels[k];
    std::vector<AccelRef> results;
    for (size_t r = 0; r < kernel.buffers.size(); ++r) {
      results.push_back(
          {AccelRef::kResult, static_cast<int>(k), static_cast<int>(r)});
    }
    const auto name = [&](const AccelRef& ref) { return NameOf(ref); };
    absl::StrAppend(
        &text_, List("  ", results, results.empty() ? "" : " = ", name),
        "\"accel.kernel\"", List("(", kernel.operands, ")", name), " (");
    next_ = 0;
    PrintRegion(kernel.body, 1, nullptr);
    Dictionary d;
    d.Add("sym_name", MlirString(kernel.symbol))
        .Add("buffers",
             List("[", kernel.buffers, "]",
                  [&](int b) { return "@" + module_.buffers[b].symbol; }))
        .Add("results", Strings(kernel.result_names))
        .Add("sources", Strings(kernel.sources));
    const AccelEstimate& e = kernel.estimate;
    d.Add("tile", Ints({e.tile_m, e.tile_n, e.tile_k}));
    AddEstimate(e, &d);
    if (e.on_host) d.Add("on_host", "");
    absl::StrAppend(&text_, ")", d.Text(), " : ", TypeList(kernel.operands),
                    " -> ", TypeList(results), "\n");
  }

  // "{ ^bb0(...): ... }". `output_names` is not null for subgraphs, whose
  // outputs have names.
  void PrintRegion(const Graph& graph, int depth, const Graph* named) {
    const std::string indent(2 * depth, ' ');
    std::vector<std::string> names(graph.value_count());
    text_ += "{\n";
    if (!graph.inputs().empty()) {
      absl::StrAppend(&text_, indent, "^bb0",
                      List("(", graph.inputs(), "):\n", [&](ValueId v) {
                        names[v] = absl::StrCat("%", next_++);
                        return absl::StrCat(names[v], ": ",
                                            MlirType(graph.value(v).type));
                      }));
    }
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      PrintNode(graph, n, depth + 1, &names);
    }
    Dictionary d;
    if (named != nullptr) d.Add("names", Strings(OutputNames(*named)));
    absl::StrAppend(
        &text_, indent, "  \"accel.yield\"",
        List("(", graph.outputs(), ")", [&](ValueId v) { return names[v]; }),
        d.Text(), " : ", TypeList(graph, graph.outputs()), " -> ()\n", indent,
        "}");
  }
  static std::vector<std::string> OutputNames(const Graph& graph) {
    std::vector<std::string> names;
    for (size_t i = 0; i < graph.outputs().size(); ++i) {
      names.push_back(graph.output_name(static_cast<int>(i)));
    }
    return names;
  }

  void PrintNode(const Graph& graph, NodeId n, int depth,
                 std::vector<std::string>* names) {
    const Node& node = graph.node(n);
    const std::string indent(2 * depth, ' ');
    std::string none;  // The name of an absent operand.
    for (const ValueId v : node.inputs) {
      if (v != kNoValue || !none.empty()) continue;
      none = absl::StrCat("%", next_++);
      absl::StrAppend(&text_, indent, none,
                      " = \"accel.none\"() : () -> none\n");
    }
    if (spelling_ == AccelSpelling::kTosa16) {
      if (const auto tosa = SpellInTosa(graph, node)) {
        PrintTosa(graph, node, *tosa, indent, names);
        return;
      }
    }
    const std::string operands = List("(", node.inputs, ")", [&](ValueId v) {
      return v == kNoValue ? none : (*names)[v];
    });
    absl::StrAppend(&text_, indent, Results(node, names),
                    RunsOnHost(graph, node) ? "\"accel.host\"" : "\"accel.op\"",
                    operands);
    std::vector<std::string> regions;
    PrintRegions(node, depth, &regions);
    Dictionary d;
    d.Add("name", MlirString(OpName(node.op)));
    const std::string attributes = Attributes(node.attrs);
    if (!attributes.empty()) d.Add("attributes", "{" + attributes + "}");
    if (!regions.empty()) {
      d.Add("regions",
            List("[", regions, "]", [](const std::string& s) { return s; }));
    }
    d.AddRaw(Origin(node, ""));
    absl::StrAppend(&text_, d.Text(), " : ", TypeList(graph, node.inputs),
                    " -> ", ResultTypes(graph, node.outputs), "\n");
  }

  // "%3, %4 = ".
  std::string Results(const Node& node, std::vector<std::string>* names) {
    if (node.outputs.empty()) return "";
    return List("", node.outputs, " = ", [&](ValueId v) {
      return (*names)[v] = absl::StrCat("%", next_++);
    });
  }
  static std::string Origin(const Node& node, const std::string& prefix) {
    std::string text;
    if (!node.name.empty()) {
      text = absl::StrCat(prefix, "node = ", MlirString(node.name));
    }
    if (node.source >= 0) {
      absl::StrAppend(&text, text.empty() ? "" : ", ", prefix,
                      "source = ", I64(node.source));
    }
    return text;
  }

  void PrintTosa(const Graph& graph, const Node& node, const TosaSpelling& tosa,
                 const std::string& indent, std::vector<std::string>* names) {
    std::string operands = absl::StrJoin(
        node.inputs, ", ",
        [&](std::string* out, ValueId v) { *out += (*names)[v]; });
    std::string types =
        absl::StrJoin(node.inputs, ", ", [&](std::string* out, ValueId v) {
          *out += MlirType(graph.value(v).type);
        });
    if (tosa.constant_operand) {
      const std::vector<int64_t>& values = *tosa.constant_operand;
      const std::string type = absl::StrCat("tensor<", values.size(), "xi32>");
      const std::string name = absl::StrCat("%", next_++);
      absl::StrAppend(
          &text_, indent, name, " = \"tosa.const\"() {value = dense<[",
          absl::StrJoin(values, ", "), "]> : ", type, "} : () -> ", type, "\n");
      absl::StrAppend(&operands, ", ", name);
      absl::StrAppend(&types, ", ", type);
    }
    Dictionary d;
    d.AddRaw(tosa.attributes).AddRaw(Origin(node, "accel."));
    absl::StrAppend(&text_, indent, Results(node, names), "\"", tosa.name,
                    "\"(", operands, ")", d.Text(), " : (", types, ") -> ",
                    ResultTypes(graph, node.outputs), "\n");
  }

  // The subgraphs of a node, and for each its dictionary.
  void PrintRegions(const Node& node, int depth,
                    std::vector<std::string>* regions) {
    for (const auto& [name, value] : node.attrs.entries()) {
      if (value.kind() != AttrValue::kGraph) continue;
      const Graph& graph = *value.as_graph();
      text_ += regions->empty() ? " (" : ", ";
      PrintRegion(graph, depth, &graph);
      std::vector<std::string> inputs;
      for (const ValueId v : graph.inputs()) {
        inputs.push_back(graph.value(v).name);
      }
      regions->push_back(absl::StrCat("{attribute = ", MlirString(name),
                                      ", name = ", MlirString(graph.name),
                                      ", inputs = ", Strings(inputs), "}"));
    }
    if (!regions->empty()) text_ += ")";
  }

  std::string Attributes(const AttrRecord& attrs) {
    Dictionary d;
    for (const auto& [name, value] : attrs.entries()) {
      if (value.kind() == AttrValue::kGraph) continue;
      d.Add(name, Attribute(value));
    }
    std::string text = d.Text();  // " {...}"
    return text.empty() ? text : text.substr(2, text.size() - 3);
  }
  std::string Attribute(const AttrValue& value) {
    switch (value.kind()) {
      case AttrValue::kInt:
        return I64(value.as_int());
      case AttrValue::kFloat:
        return F64(value.as_float());
      case AttrValue::kString:
        return MlirString(value.as_string());
      case AttrValue::kInts:
        return Ints(value.as_ints());
      case AttrValue::kFloats:
        return Floats(value.as_floats());
      case AttrValue::kStrings:
        return Strings(value.as_strings());
      case AttrValue::kDims:
        return List("{dims = [", value.as_dims(), "]}",
                    [](const Dim& d) { return MlirString(d.ToString()); });
      case AttrValue::kDType:
        return absl::StrCat(
            "{dtype = ", MlirString(DTypeName(value.as_dtype())), "}");
      case AttrValue::kTensor:
        break;
      case AttrValue::kGraph:
        ESAT_CHECK(false) << "a graph is no plain attribute";
    }
    const Literal& literal = value.as_tensor();
    if (IsInlineConstant(literal)) return MlirDense(literal);
    const auto it = symbol_of_.find(KeyOf(literal));
    ESAT_CHECK(it != symbol_of_.end()) << "tensor attribute without constant";
    return "@" + it->second;
  }

  void PrintReturn() {
    std::vector<AccelRef> values;
    std::vector<std::string> names;
    for (const AccelOutput& output : module_.outputs) {
      values.push_back(output.value);
      names.push_back(output.name);
    }
    Dictionary d;
    d.Add("names", Strings(names));
    absl::StrAppend(
        &text_, "  \"accel.return\"",
        List("(", values, ")", [&](const AccelRef& r) { return NameOf(r); }),
        d.Text(), " : ", TypeList(values), " -> ()\n");
  }

  void PrintModuleAttributes() {
    Dictionary d;
    d.Add("format", MlirString(kAccelFormat))
        .Add("sym_name", MlirString(module_.name))
        .Add("machine", MlirString(module_.machine))
        .Add("clock_hz", F64(module_.clock_hz))
        .Add("memories", List("[", module_.memories, "]",
                              [](const AccelMemory& m) {
                                return absl::StrCat(
                                    "{name = ", MlirString(m.name),
                                    ", bytes = ", F64(m.bytes), "}");
                              }))
        .Add("alignment", I64(module_.alignment));
    Dictionary assumed;
    for (const auto& [symbol, size] : module_.assumed) {
      assumed.Add(MlirString(symbol), I64(size));
    }
    d.Add("assumed", assumed.Text().empty() ? "{}" : assumed.Text().substr(1));
    if (!module_.weights_file.empty()) {
      d.Add("weights",
            absl::StrCat(
                "{file = ", MlirString(module_.weights_file),
                ", bytes = ", I64(module_.weights_bytes), ", checksum = ",
                I64(static_cast<int64_t>(module_.weights_checksum)), "}"));
    }
    AddEstimate(module_.total, &d);
    absl::StrAppend(&text_, "})", d.Text(), " : () -> ()\n");
  }

  const AccelModule& module_;
  const AccelSpelling spelling_;
  std::string text_;
  int next_ = 0;  // Of values within the kernel.
  absl::flat_hash_map<Key, std::string> symbol_of_;
};

}  // namespace

std::string PrintAccel(const AccelModule& module, AccelSpelling spelling) {
  return Printer(module, spelling).Print();
}

}  // namespace esat

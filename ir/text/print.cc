#include "ir/text/print.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace esat {

std::string QuoteText(const std::string& text) {
  std::string quoted(1, '"');
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted.append("\\n");
    } else if (byte >= 0x20 && byte < 0x7f) {
      quoted += c;
    } else {
      absl::StrAppend(&quoted, "\\x", absl::Hex(byte, absl::kZeroPad2));
    }
  }
  quoted += '"';
  return quoted;
}

namespace {

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
         c == '/';
}

// Whether `name` can stand without quotes; see Scanner::Word.
bool IsPlainWord(const std::string& name) {
  if (name.empty() || name == "_" || name.back() == ':') return false;
  if (!IsWordChar(name[0]) ||
      std::isdigit(static_cast<unsigned char>(name[0])) || name[0] == '.') {
    return false;
  }
  for (size_t i = 0; i < name.size(); ++i) {
    if (IsWordChar(name[i])) continue;
    if (name[i] != ':' || name[i + 1] == ':') return false;
  }
  return true;
}

std::string Name(const std::string& name) {
  return IsPlainWord(name) ? name : QuoteText(name);
}

// The shortest decimal that reads back as the same value of type T.
template <typename T>
std::string PrintNumber(T value) {
  if constexpr (std::is_integral_v<T>) {
    return absl::StrCat(
        static_cast<
            std::conditional_t<std::is_unsigned_v<T>, uint64_t, int64_t>>(
            value));
  } else {
    const double wide = static_cast<double>(value);
    if (std::isnan(wide)) return "nan";
    char buffer[40];
    for (int digits = 3; digits <= 17; ++digits) {
      std::snprintf(buffer, sizeof(buffer), "%.*g", digits, wide);
      // A narrow type is read through double, whose rounding may not be the
      // direct one: accept only what survives that.
      if constexpr (std::is_same_v<T, double>) {
        if (std::strtod(buffer, nullptr) == value) break;
      } else {
        const T back(static_cast<float>(std::strtod(buffer, nullptr)));
        if (static_cast<double>(back) == wide) break;
      }
    }
    std::string text(buffer);
    if (text.find_first_of(".einf") == std::string::npos) {
      absl::StrAppend(&text, ".0");
    }
    return text;
  }
}

class Printer {
 public:
  Printer(const PrintOptions& options, ResourceTable* resources)
      : options_(options), resources_(resources) {}

  std::string Graph(const esat::Graph& graph, int depth) {
    const std::vector<std::string> names = ValueNames(graph);
    std::string text = absl::StrCat("graph ", Name(graph.name), "(");
    bool first = true;
    for (ValueId input : graph.inputs()) {
      absl::StrAppend(&text, first ? "" : ", ", names[input], ": ",
                      graph.value(input).type.ToString());
      if (auto it = graph.input_defaults.find(input);
          it != graph.input_defaults.end()) {
        absl::StrAppend(&text, " = ", Tensor(it->second));
      }
      first = false;
    }
    absl::StrAppend(&text, ") -> (");
    for (size_t i = 0; i < graph.outputs().size(); ++i) {
      const ValueId output = graph.outputs()[i];
      absl::StrAppend(&text, i ? ", " : "");
      const std::string& name = graph.output_name(static_cast<int>(i));
      if (name != graph.value(output).name) {
        absl::StrAppend(&text, Name(name), " = ");
      }
      absl::StrAppend(&text, names[output]);
    }
    absl::StrAppend(&text, ") {\n");
    const std::string indent(2 * (depth + 1), ' ');
    if (!graph.doc.empty()) {
      absl::StrAppend(&text, indent, "doc ", QuoteText(graph.doc), "\n");
    }
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      absl::StrAppend(&text, indent, Statement(graph, n, names, depth + 1),
                      "\n");
    }
    return absl::StrCat(text, std::string(2 * depth, ' '), "}");
  }

 private:
  // How each value is referred to: its name, and its number where several have
  // that name, in the order of the text.
  static std::vector<std::string> ValueNames(const esat::Graph& graph) {
    std::vector<std::string> names(graph.value_count());
    std::map<std::string, int> count;
    const auto add = [&](ValueId id) {
      const std::string& name = graph.value(id).name;
      names[id] = Name(name);
      if (int k = ++count[name]; k > 1) absl::StrAppend(&names[id], "#", k);
    };
    for (ValueId input : graph.inputs()) add(input);
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      for (ValueId output : graph.node(n).outputs) add(output);
    }
    return names;
  }

  std::string Statement(const esat::Graph& graph, NodeId id,
                        const std::vector<std::string>& names, int depth) {
    const Node& node = graph.node(id);
    std::string text;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      absl::StrAppend(&text, i ? ", " : "", names[node.outputs[i]]);
    }
    absl::StrAppend(&text, text.empty() ? "" : " = ", OpName(node.op), "(");
    bool first = true;
    for (ValueId input : node.inputs) {
      absl::StrAppend(&text, first ? "" : ", ",
                      input == kNoValue ? std::string("_") : names[input]);
      first = false;
    }
    for (const auto& [name, value] : node.attrs.entries()) {
      absl::StrAppend(&text, first ? "" : ", ", name, "=",
                      Attribute(value, depth));
      first = false;
    }
    absl::StrAppend(&text, ")");
    if (node.outputs.empty() ||
        node.name != graph.value(node.outputs[0]).name) {
      absl::StrAppend(&text, " @", Name(node.name));
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      absl::StrAppend(&text, i ? ", " : " : ",
                      graph.value(node.outputs[i]).type.ToString());
    }
    return text;
  }

  template <typename T, typename F>
  static std::string List(const std::vector<T>& values, F&& print) {
    std::string text(1, '[');
    for (size_t i = 0; i < values.size(); ++i) {
      absl::StrAppend(&text, i ? "," : "", print(values[i]));
    }
    text += ']';
    return text;
  }

  std::string Attribute(const AttrValue& value, int depth) {
    switch (value.kind()) {
      case AttrValue::kInt:
        return absl::StrCat(value.as_int());
      case AttrValue::kFloat:
        return PrintNumber(value.as_float());
      case AttrValue::kString:
        return QuoteText(value.as_string());
      case AttrValue::kInts:
        return List(value.as_ints(), [](int64_t v) { return absl::StrCat(v); });
      case AttrValue::kFloats:
        return List(value.as_floats(), PrintNumber<double>);
      case AttrValue::kStrings:
        return List(value.as_strings(), QuoteText);
      case AttrValue::kDims:
        return ToString(value.as_dims());
      case AttrValue::kTensor:
        return Tensor(value.as_tensor());
      case AttrValue::kGraph:
        return Graph(*value.as_graph(), depth);
      case AttrValue::kDType:
        return DTypeName(value.as_dtype());
    }
    return "?";
  }

  std::string Tensor(const Literal& literal) {
    const std::string type = absl::StrCat(
        DTypeName(literal.dtype()),
        List(literal.shape(), [](int64_t d) { return absl::StrCat(d); }));
    if (literal.dtype() == DType::kString) {
      std::string list = List(literal.strings(), QuoteText);
      list.front() = '{';
      list.back() = '}';
      return absl::StrCat(type, " ", list);
    }
    if (!literal.is_splat() &&
        literal.element_count() > options_.max_inline_elements) {
      return absl::StrCat(type, " resource ",
                          QuoteText(resources_->Add(literal)));
    }
    const char* splat = literal.is_splat() ? "splat " : "";
    std::string elements = Elements(literal);
    if (elements.empty()) elements = Bytes(literal);
    return absl::StrCat(type, " ", splat, elements);
  }

  // The elements as numbers; empty where that would lose bits (NaNs that are
  // not the usual one) or there are no numbers.
  static std::string Elements(const Literal& literal) {
    if (!IsComputable(literal.dtype())) return "";
    return DispatchDType(literal.dtype(), [&](auto tag) -> std::string {
      using T = decltype(tag);
      const auto* data = reinterpret_cast<const T*>(literal.bytes().data());
      const int64_t stored = literal.is_splat() ? 1 : literal.element_count();
      std::string text;
      for (int64_t i = 0; i < stored; ++i) {
        if constexpr (std::is_same_v<T, bool>) {
          absl::StrAppend(&text, i ? "," : "", data[i] ? 1 : 0);
        } else {
          if (!std::is_integral_v<T> &&
              std::isnan(static_cast<double>(data[i]))) {
            const T usual(std::numeric_limits<float>::quiet_NaN());
            if (std::memcmp(&data[i], &usual, sizeof(T)) != 0) return "";
          }
          absl::StrAppend(&text, i ? "," : "", PrintNumber(data[i]));
        }
      }
      if (literal.is_splat()) return text;
      return absl::StrCat("{", text, "}");
    });
  }

  static std::string Bytes(const Literal& literal) {
    const auto* data = reinterpret_cast<const char*>(literal.bytes().data());
    return absl::StrCat("0x", absl::BytesToHexString(
                                  std::string(data, literal.bytes().size())));
  }

  const PrintOptions& options_;
  ResourceTable* resources_;
};

}  // namespace

std::string PrintGraph(const Graph& graph, const PrintOptions& options) {
  ResourceTable local;
  Printer printer(options,
                  options.resources != nullptr ? options.resources : &local);
  return absl::StrCat(printer.Graph(graph, 0), "\n");
}

}  // namespace esat

#include "backends/onnx/dims.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace esat {

void DimWriter::Note(const std::string& name, const Type& type) {
  if (!type.is_tensor() || !type.ranked) return;
  for (size_t axis = 0; axis < type.shape.size(); ++axis) {
    if (!type.shape[axis].is_symbol()) continue;
    places_.try_emplace(type.shape[axis].ToString(),
                        Place{name, static_cast<int64_t>(axis)});
  }
}

const DimWriter::Place* DimWriter::Find(const std::string& symbol) const {
  auto it = places_.find(symbol);
  if (it != places_.end()) return &it->second;
  return outer_ == nullptr ? nullptr : outer_->Find(symbol);
}

absl::StatusOr<std::string> DimWriter::Symbol(const std::string& symbol) {
  const Place* place = Find(symbol);
  if (place == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("no value shows the size '", symbol, "'"));
  }
  std::string& shape = shapes_[place->value];
  if (shape.empty()) shape = sink_->EmitNode("Shape", {place->value}, {});
  return sink_->EmitNode(
      "Gather", {shape, sink_->EmitInts({place->axis}, false)}, {{"axis", 0}});
}

absl::StatusOr<std::string> DimWriter::Function(const std::string& name,
                                                const Dim& a, const Dim& b) {
  ESAT_ASSIGN_OR_RETURN(const std::string x, One(a));
  ESAT_ASSIGN_OR_RETURN(const std::string y, One(b));
  if (name == "min" || name == "max") {
    // Min and Max take integers from opset 12 on; comparisons from 9.
    const std::string less = sink_->EmitNode("Less", {x, y}, {});
    const bool min = name == "min";
    return sink_->EmitNode("Where", {less, min ? x : y, min ? y : x}, {});
  }
  if (name == "mod") return sink_->EmitNode("Mod", {x, y}, {});
  // ONNX's integer Div truncates, which is the floor only of quotients that are
  // not negative.
  if (!IsTrue(LessEqual(Dim(0), a)) || !IsTrue(LessEqual(Dim(0), b))) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot write ", name, "(", a.ToString(), ",", b.ToString(), ")"));
  }
  if (name == "floordiv") return sink_->EmitNode("Div", {x, y}, {});
  ESAT_ASSIGN_OR_RETURN(const std::string sum, One(a + b - 1));
  return sink_->EmitNode("Div", {sum, y}, {});
}

absl::StatusOr<std::string> DimWriter::One(const Dim& dim) {
  if (dim.is_unknown()) {
    return absl::FailedPreconditionError("a size is unknown");
  }
  if (dim.is_constant()) return sink_->EmitInts({dim.constant()}, false);
  const std::string text = dim.ToString();
  if (auto it = written_.find(text); it != written_.end()) return it->second;
  std::string sum;
  for (const DimTermView& term : dim.TermViews()) {
    std::string product;
    for (const DimFactor& factor : term.factors) {
      std::string name;
      if (factor.is_symbol) {
        ESAT_ASSIGN_OR_RETURN(name, Symbol(factor.name));
      } else {
        ESAT_ASSIGN_OR_RETURN(name, Function(factor.name, factor.a, factor.b));
      }
      product =
          product.empty() ? name : sink_->EmitNode("Mul", {product, name}, {});
    }
    if (product.empty()) {
      product = sink_->EmitInts({term.coefficient}, false);
    } else if (term.coefficient != 1) {
      product = sink_->EmitNode(
          "Mul", {product, sink_->EmitInts({term.coefficient}, false)}, {});
    }
    sum = sum.empty() ? product : sink_->EmitNode("Add", {sum, product}, {});
  }
  written_[text] = sum;
  return sum;
}

absl::StatusOr<std::string> DimWriter::List(const std::vector<Dim>& dims) {
  std::vector<std::string> parts;
  std::vector<int64_t> run;  // Neighbouring integers make one constant.
  const auto flush = [&] {
    if (!run.empty()) parts.push_back(sink_->EmitInts(run, false));
    run.clear();
  };
  for (const Dim& dim : dims) {
    if (dim.is_constant()) {
      run.push_back(dim.constant());
      continue;
    }
    flush();
    ESAT_ASSIGN_OR_RETURN(std::string one, One(dim));
    parts.push_back(std::move(one));
  }
  if (parts.empty()) return sink_->EmitInts(run, false);
  flush();
  if (parts.size() == 1) return parts[0];
  return sink_->EmitNode("Concat", parts, {{"axis", 0}});
}

absl::StatusOr<std::string> DimWriter::Scalar(const Dim& dim) {
  if (dim.is_constant()) return sink_->EmitInts({dim.constant()}, true);
  ESAT_ASSIGN_OR_RETURN(const std::string one, One(dim));
  return sink_->EmitNode("Reshape", {one, sink_->EmitInts({}, false)}, {});
}

}  // namespace esat

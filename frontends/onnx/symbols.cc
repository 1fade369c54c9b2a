#include "frontends/onnx/symbols.h"

#include <cctype>

#include "absl/strings/str_cat.h"

namespace esat::onnx_import {
namespace {

// Letters, digits and a few marks; no operator of the grammar, no digit first.
std::string Sanitized(const std::string& name) {
  std::string clean;
  for (char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) ||
                       c == '_' || c == '.' || c == ':' || c == '/';
    clean += plain ? c : '_';
  }
  if (clean.empty() || std::isdigit(static_cast<unsigned char>(clean[0]))) {
    clean = "v" + clean;
  }
  return clean;
}

}  // namespace

std::string Symbols::Unused(const std::string& base) {
  std::string name = base;
  for (int i = 1; !used_.insert(name).second; ++i) {
    name = absl::StrCat(base, "_", i);
  }
  return name;
}

Dim Symbols::Named(const std::string& param) {
  auto it = by_param_.find(param);
  if (it != by_param_.end()) return it->second;
  const std::string name = Unused(Sanitized(param));
  if (name != param) original_names_.emplace(name, param);
  return by_param_.emplace(param, Dim::Symbol(name)).first->second;
}

Dim Symbols::Fresh(const std::string& base) {
  return Dim::Symbol(Unused(Sanitized(base)));
}

}  // namespace esat::onnx_import

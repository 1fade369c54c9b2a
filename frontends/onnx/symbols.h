// The named sizes of one model.
#ifndef ESAT_FRONTENDS_ONNX_SYMBOLS_H_
#define ESAT_FRONTENDS_ONNX_SYMBOLS_H_

#include <map>
#include <set>
#include <string>

#include "ir/dim.h"

namespace esat::onnx_import {

// Hands out symbols: one for each dim_param of the file, which ONNX says is one
// size wherever it stands, and fresh ones for what nothing names.
class Symbols {
 public:
  // The symbol of a dim_param, spelled so that Dim's grammar reads it.
  Dim Named(const std::string& param);
  // A symbol that nothing else has, called `base` or like it.
  Dim Fresh(const std::string& base);

  // Spellings of the file by symbol, where they differ.
  const std::map<std::string, std::string>& original_names() const {
    return original_names_;
  }

 private:
  std::string Unused(const std::string& base);

  std::map<std::string, Dim> by_param_;
  std::set<std::string> used_;
  std::map<std::string, std::string> original_names_;
};

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_SYMBOLS_H_

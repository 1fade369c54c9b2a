#include "ir/text/resource_table.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace esat {

std::string ResourceTable::Add(const Literal& literal) {
  std::vector<size_t>& same_hash = by_hash_[literal.HashConstant()];
  for (size_t i : same_hash) {
    if (SameConstant(literals_[i], literal)) return absl::StrCat("r", i);
  }
  same_hash.push_back(literals_.size());
  literals_.push_back(literal);
  return absl::StrCat("r", literals_.size() - 1);
}

const Literal* ResourceTable::Find(std::string_view key) const {
  size_t index;
  if (key.empty() || key[0] != 'r' ||
      !absl::SimpleAtoi(std::string(key.substr(1)), &index) ||
      index >= literals_.size()) {
    return nullptr;
  }
  return &literals_[index];
}

}  // namespace esat

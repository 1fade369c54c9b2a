// Large constants beside a graph's text.
#ifndef ESAT_IR_TEXT_RESOURCE_TABLE_H_
#define ESAT_IR_TEXT_RESOURCE_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "ir/literal.h"

namespace esat {

// Literals by key: "r0", "r1", … in order of first use. The same constant (see
// SameConstant) has one key; bytes are shared, not copied.
class ResourceTable {
 public:
  // The key of `literal`, a new one if it is new.
  std::string Add(const Literal& literal);
  // nullptr when there is none.
  const Literal* Find(std::string_view key) const;
  size_t size() const { return literals_.size(); }

 private:
  std::vector<Literal> literals_;
  absl::flat_hash_map<size_t, std::vector<size_t>> by_hash_;
};

}  // namespace esat

#endif  // ESAT_IR_TEXT_RESOURCE_TABLE_H_

// The tensor ops as an e-graph language: op ids are those of the op table.
#ifndef ESAT_TENSOR_LANGUAGE_H_
#define ESAT_TENSOR_LANGUAGE_H_

#include <string>

#include "egraph/language.h"
#include "ir/op_table.h"

namespace esat {

inline OpId ToOpId(Op op) { return OpId(static_cast<uint32_t>(op)); }
inline Op ToOp(OpId id) { return static_cast<Op>(id.value); }

// `attrs` outlives the language.
class TensorLanguage : public Language {
 public:
  explicit TensorLanguage(const AttrTable* attrs) : attrs_(attrs) {}

  bool IsCommutative(OpId op) const override {
    return GetOp(ToOp(op)).Has(kCommutative);
  }
  std::string OpName(OpId op) const override { return esat::OpName(ToOp(op)); }
  std::string AttrsText(AttrsId attrs) const override {
    return attrs_->Get(attrs.value).ToString();
  }

 private:
  const AttrTable* attrs_;
};

}  // namespace esat

#endif  // ESAT_TENSOR_LANGUAGE_H_

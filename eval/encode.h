// Movement of elements that are no numbers: strings, and types that eval does
// not compute with.
//
// An op that only moves elements does not care what they are. Such operands are
// replaced by tensors of numbers, one a distinct string or bit pattern, the
// kernel runs on those, and its results are turned back.
#ifndef ESAT_EVAL_ENCODE_H_
#define ESAT_EVAL_ENCODE_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/literal.h"
#include "ir/op_table.h"

namespace esat {

struct EncodedOperands {
  // kUndefined when nothing was encoded, or results need no decoding.
  DType dtype = DType::kUndefined;
  std::vector<std::string> strings;  // By number.
  std::deque<Literal> storage;       // Of the encoded operands.
};

// Replaces operands of dtypes that are not computable. Fails when `op` does
// more than move them; ops that read such dtypes themselves (Cast,
// QuantizeLinear, …) and control flow get them as they are.
absl::StatusOr<EncodedOperands> EncodeOperands(
    const OpDef& op, std::vector<const Literal*>* operands);

std::vector<Literal> DecodeResults(const EncodedOperands& encoded,
                                   std::vector<Literal> results);

// Elements of a type of at most 8 bits, one a byte; and back.
Literal UnpackBits(const Literal& value);
Literal PackBits(const Literal& bytes, DType dtype);

}  // namespace esat

#endif  // ESAT_EVAL_ENCODE_H_

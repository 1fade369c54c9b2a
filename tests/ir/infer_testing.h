// Inference in tests: operands and results as text.
#ifndef ESAT_TESTS_IR_INFER_TESTING_H_
#define ESAT_TESTS_IR_INFER_TESTING_H_

#include <string>
#include <vector>

#include "ir/infer.h"

namespace esat {

// An operand from text: a type ("f32[2,n]"), or "none", or an i64 vector of
// symbolic elements after a type: "i64[2] = 3,n" (a scalar: "i64[] = 3").
ValueInfo Operand(const std::string& text);
// An f32 vector constant.
ValueInfo Floats(const std::vector<float>& values);

struct Outcome {
  std::string error;  // Empty when it succeeded.
  std::vector<ValueInfo> results;
  // "f32[2] i64[1]", or the error.
  std::string types;
  // The elements of result 0, "3,n"; "-" when there are none.
  std::string elements = "-";
};
Outcome RunInfer(Op op, const AttrRecord& attrs,
                 const std::vector<ValueInfo>& operands, int result_count = 1);
Outcome RunInfer(Op op, const AttrRecord& attrs,
                 const std::vector<std::string>& operands,
                 int result_count = 1);

// What ResolveHow makes: "Slice(0, 2) axes=[0], …", "dynamic", or the error.
std::string Resolved(Op dynamic, const AttrRecord& attrs,
                     const std::vector<ValueInfo>& operands,
                     int result_count = 1);
std::string Resolved(Op dynamic, const AttrRecord& attrs,
                     const std::vector<std::string>& operands,
                     int result_count = 1);

// Attributes of ints.
inline AttrValue Ints(std::vector<int64_t> v) {
  return AttrValue(std::move(v));
}
AttrValue Dims(const std::string& text);  // "2,n,floordiv(n,2)"

}  // namespace esat

#endif  // ESAT_TESTS_IR_INFER_TESTING_H_

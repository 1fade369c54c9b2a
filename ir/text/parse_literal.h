// Constants in the text form of graphs (internal to ir/text).
#ifndef ESAT_IR_TEXT_PARSE_LITERAL_H_
#define ESAT_IR_TEXT_PARSE_LITERAL_H_

#include "absl/status/statusor.h"
#include "ir/literal.h"
#include "ir/text/resource_table.h"
#include "ir/text/scanner.h"

namespace esat {

// `f32[2] {1.0,2.0}`, `f32[9,9] splat 1.0`, `u4[3] 0x2301`, `f32[99] resource
// "r0"`, `string[1] {"a"}`.
absl::StatusOr<Literal> ParseLiteral(Scanner* scanner,
                                     const ResourceTable* resources);

}  // namespace esat

#endif  // ESAT_IR_TEXT_PARSE_LITERAL_H_

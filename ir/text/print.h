// The text form of graphs, `.eir`:
//
//   graph mlp(x: f32[n,4], w: f32[4,4] = f32[4,4] resource "r0") -> (y) {
//     b = Constant(value=f32[4] {0.0,1.0,0.5,2.0}) : f32[4]
//     h = MatMul(x, w) : f32[n,4]
//     a, c = Split(h, axis=1, split=[2,2]) @"split node" : f32[n,2], f32[n,2]
//     y = Concat(c, a, axis=1) : f32[n,4]
//   }
//
// A statement is a line: results, op, operands, attributes in alphabetical
// order, the node's name where it is not that of its first result, types. Names
// that are not plain words are quoted; `name#2` is the second value of that
// name; `_` is an absent operand. An output is `name = value` where the names
// differ. Attributes have the kind that ops.def says; tensors are a type and
// their elements (`{…}`, `splat v`, bytes as `0x…`) or a `resource`; subgraphs
// are graphs.
//
// Exact: PrintGraph of what ParseGraph reads from PrintGraph's text, with the
// same resources, is the same text, for every graph that VerifyGraph accepts.
#ifndef ESAT_IR_TEXT_PRINT_H_
#define ESAT_IR_TEXT_PRINT_H_

#include <string>

#include "ir/graph.h"
#include "ir/text/resource_table.h"

namespace esat {

struct PrintOptions {
  // Literals of more stored elements become resources; their bytes are then not
  // read.
  int64_t max_inline_elements = 64;
  // Where resources go; null: keys are printed all the same, and the text
  // cannot be read back where there are any.
  ResourceTable* resources = nullptr;
};

std::string PrintGraph(const Graph& graph, const PrintOptions& options = {});

// One string as the text form quotes it: printable ASCII as it is, `\"`, `\\`,
// `\n`, other bytes as `\xNN`.
std::string QuoteText(const std::string& text);

}  // namespace esat

#endif  // ESAT_IR_TEXT_PRINT_H_

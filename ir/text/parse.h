// Reads the text form of graphs; ir/text/print.h describes it.
#ifndef ESAT_IR_TEXT_PARSE_H_
#define ESAT_IR_TEXT_PARSE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "ir/graph.h"
#include "ir/text/resource_table.h"

namespace esat {

// The graph that `text` spells, `resources` (may be null) holding its large
// constants. Types are those of the text: nothing is inferred or verified. An
// error names line and column.
absl::StatusOr<Graph> ParseGraph(std::string_view text,
                                 const ResourceTable* resources = nullptr);

}  // namespace esat

#endif  // ESAT_IR_TEXT_PARSE_H_

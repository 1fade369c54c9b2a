// Ops that TOSA, as MLIR 16 has it, means exactly as we do.
#ifndef ESAT_BACKENDS_ACCEL_TOSA_H_
#define ESAT_BACKENDS_ACCEL_TOSA_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/accel/mlir_text.h"
#include "ir/graph.h"

namespace esat {

// One node in TOSA's words.
struct TosaSpelling {
  std::string name;        // "tosa.add"
  std::string attributes;  // "shift = 0 : i32", or empty.
  // Contents of a further constant operand, i32[n]; Transpose has one.
  std::optional<std::vector<int64_t>> constant_operand;
};

// nullopt where TOSA lacks the op, or says less, or means something else for
// some input: only static shapes; f32 where there is arithmetic; no Relu, whose
// clamp leaves NaN open; no Div, which TOSA has for integers alone.
std::optional<TosaSpelling> SpellInTosa(const Graph& graph, const Node& node);

// The reverse. `constants` are the contents of the operands that are
// tosa.const, else null, by operand; those do not become operands. nullopt for
// an op that we do not write.
struct TosaNode {
  Op op = Op::kNone;
  AttrRecord attrs;
  int operands = 0;  // The first ones.
};
std::optional<TosaNode> ReadTosa(
    const MlirOp& op,
    const std::vector<const std::vector<int64_t>*>& constants);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_TOSA_H_

// The op table as data: names, arity, attribute schemas and traits of every
// operator in ops.def.
#ifndef ESAT_IR_OP_TABLE_H_
#define ESAT_IR_OP_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/attribute.h"

namespace esat {

// Dense ids in the order of ops.def; a Dynamic twin follows its static op.
enum class Op : uint16_t {
#define ESAT_OP(name, ...) k##name,
#define ESAT_OP_HOW(name, ...) k##name, kDynamic##name,
#include "ir/ops.def"
#undef ESAT_OP
#undef ESAT_OP_HOW
};

// Traits, a bit set.
enum Trait : uint32_t {
  kPlain = 0,
  kElementwise = 1 << 0,  // Result i depends on the operands' elements that
                          // broadcast to i only.
  kCommutative = 1 << 1,  // The first two operands may be exchanged.
  kIdempotent = 1 << 2,   // f(f(x)) = f(x).
  kInvolution = 1 << 3,   // f(f(x)) = x.
  kCompare = 1 << 4,      // The result is bool.
  kReduction = 1 << 5,    // Reduces along axes.
  kView = 1 << 6,         // Same elements in the same row-major order.
  kMovement = 1 << 7,     // Moves or repeats elements without arithmetic.
  kContraction = 1 << 8,  // Sums of products.
  kPool = 1 << 9,
  kComposite = 1 << 10,  // Has a rule to and from primitives.
  kControl = 1 << 11,    // Has subgraphs.
  kEffect = 1 << 12,     // Random, stateful or unknown: never merged, folded or
                         // duplicated.
  kLeaf = 1 << 13,
};

struct OperandDef {
  std::string name;
  bool optional = false;
  bool variadic = false;
  bool how =
      false;  // Attribute `how_attr` on the static op, an operand on the twin.
  std::string how_attr;
};

struct AttrDef {
  std::string name;
  AttrValue::Kind kind;
  bool optional = false;
  bool dynamic_only = false;  // On the Dynamic twin only.
};

// One operator. Static ops list only value operands; Dynamic twins list all,
// and only the attributes that no operand replaces.
struct OpDef {
  Op op;
  std::string name;
  int version;  // ONNX opset that last changed it; 0 for esat's own.
  std::vector<OperandDef> operands;
  std::vector<OperandDef> results;
  std::vector<AttrDef> attributes;
  uint32_t traits;
  bool is_dynamic;         // A Dynamic twin.
  std::optional<Op> twin;  // The other form.

  bool Has(Trait trait) const { return (traits & trait) != 0; }
  // Bounds on the number of operands; max -1 when variadic.
  int min_operands() const;
  int max_operands() const;
  int min_results() const;
  int max_results() const;
  bool is_elementwise_unary() const {
    return Has(kElementwise) && operands.size() == 1;
  }
  const AttrDef* FindAttribute(std::string_view attribute) const;
};

int OpCount();
const OpDef& GetOp(Op op);
std::optional<Op> FindOp(std::string_view name);
inline const std::string& OpName(Op op) { return GetOp(op).name; }

// Whether `attrs` has exactly the attributes that `op` wants, of the right
// kinds. The reserved attribute num_outputs (tuple e-nodes) is allowed
// everywhere.
absl::Status CheckAttributes(const OpDef& op, const AttrRecord& attrs);

}  // namespace esat

#endif  // ESAT_IR_OP_TABLE_H_

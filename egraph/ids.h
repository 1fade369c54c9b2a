// 32-bit ids of everything an e-graph holds, each kind a type of its own, so
// that a class is never taken for an e-node. Ids are dense and given out in
// order: they index flat arrays.
#ifndef ESAT_EGRAPH_IDS_H_
#define ESAT_EGRAPH_IDS_H_

#include <compare>
#include <cstdint>
#include <limits>
#include <ostream>

namespace esat {

template <typename Tag>
struct Id {
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  uint32_t value = kNone;

  constexpr Id() = default;
  constexpr explicit Id(uint32_t v) : value(v) {}

  // False for the default-constructed id, which names nothing.
  constexpr bool valid() const { return value != kNone; }

  friend constexpr auto operator<=>(Id, Id) = default;

  template <typename H>
  friend H AbslHashValue(H h, Id id) {
    return H::combine(std::move(h), id.value);
  }
  friend std::ostream& operator<<(std::ostream& out, Id id) {
    return id.valid() ? out << id.value : out << "none";
  }
};

// The kind of an e-node, opaque here. Small and dense: the e-graph keeps an
// index per op.
using OpId = Id<struct OpIdTag>;

// An interned attribute record, opaque here; equal ids mean equal attributes.
using AttrsId = Id<struct AttrsIdTag>;

// An equivalence class of terms. Ids stay valid for ever; Find maps one to its
// class's leader.
using EClassId = Id<struct EClassIdTag>;

// An e-node's row. Ids are stable: a row that congruence makes a duplicate
// dies, none is moved.
using ENodeId = Id<struct ENodeIdTag>;

// A rewrite's index in its list.
using RuleId = Id<struct RuleIdTag>;

// The record of an op without attributes, by convention.
inline constexpr AttrsId kNoAttrs{0};

}  // namespace esat

#endif  // ESAT_EGRAPH_IDS_H_

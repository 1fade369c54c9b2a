// A match: the bindings of a pattern's variables and the e-nodes that witness
// them.
#ifndef ESAT_EGRAPH_MATCH_H_
#define ESAT_EGRAPH_MATCH_H_

#include <vector>

#include "absl/types/span.h"
#include "egraph/flat_array.h"
#include "egraph/ids.h"
#include "egraph/pattern.h"

namespace esat {

// A view of one match, or of a group of siblings. Good during the call it is
// passed to. Class ids were leaders when the match was found; an applier may
// meet them after unions and must not compare them without Find.
class Match {
 public:
  Match(const PatternShape* shape, const uint32_t* words, const EClassId* lists)
      : shape_(shape), words_(words), lists_(lists) {}
  Match(const PatternShape* shape, const EClassId* lists,
        absl::Span<const uint32_t* const> members)
      : shape_(shape), words_(members[0]), lists_(lists), members_(members) {}

  // The class that root `i` of the pattern matched.
  EClassId root(int i = 0) const { return EClassId(words_[i]); }
  EClassId operator[](ClassVar var) const {
    return EClassId(words_[shape_->class_at() + var.value]);
  }
  AttrsId operator[](AttrVar var) const {
    return AttrsId(words_[shape_->attr_at() + var.value]);
  }
  OpId operator[](OpVar var) const {
    return OpId(words_[shape_->op_at() + var.value]);
  }
  absl::Span<const EClassId> operator[](ListVar var) const {
    const uint32_t* at = words_ + shape_->list_at() + 2 * var.value;
    return {lists_ + at[0], at[1]};
  }
  // The e-node that op term `atom` (preorder, root by root) matched.
  ENodeId node(int atom = 0) const {
    return ENodeId(words_[shape_->atom_at() + atom]);
  }

  // Siblings only: the members, in order of their root classes. The group's own
  // bindings are those of its first member; only the key variables mean
  // something for all.
  size_t member_count() const { return members_.size(); }
  Match member(size_t i) const { return {shape_, members_[i], lists_}; }

  const PatternShape& shape() const { return *shape_; }
  absl::Span<const uint32_t> words() const {
    return {words_, static_cast<size_t>(shape_->words())};
  }

 private:
  const PatternShape* shape_;
  const uint32_t* words_;
  const EClassId* lists_;
  absl::Span<const uint32_t* const> members_;
};

// Matches of one pattern, laid flat.
struct MatchBuffer {
  FlatArray<uint32_t> words;
  std::vector<EClassId> lists;

  size_t count(const PatternShape& shape) const {
    return words.size() / shape.words();
  }
  Match at(const PatternShape& shape, size_t i) const {
    return {&shape, words.data() + i * shape.words(), lists.data()};
  }
  void Clear() {
    words.clear();
    lists.clear();
  }
};

}  // namespace esat

#endif  // ESAT_EGRAPH_MATCH_H_

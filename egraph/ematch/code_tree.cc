// Code trees (Voronkov, "The anatomy of Vampire", J. Automated Reasoning 1995;
// de Moura and Bjorner, "Efficient E-matching for SMT solvers", CADE 2007).
// Compilation is deterministic and numbers registers as it goes, so two
// patterns that look alike from their start on have equal instructions up to
// where they part; a program walks down the tree as far as it finds its own
// steps, and branches off there.
#include "egraph/ematch/code_tree.h"

#include <algorithm>

#include "base/check.h"

namespace esat {
namespace {

constexpr uint32_t kUnbound = Id<void>::kNone;

bool SameAtom(const Atom& a, const Atom& b) {
  return &a == &b ||
         (a.ops == b.ops && a.commutative == b.commutative &&
          a.children == b.children && a.rest.valid() == b.rest.valid() &&
          a.attrs.exact == b.attrs.exact);
}

bool IsBind(CodeNode::Kind kind) {
  return kind == CodeNode::Kind::kBind || kind == CodeNode::Kind::kBindParent;
}

// Two predicates cannot be compared, so each is a step of its own.
bool SameStep(const CodeNode& a, const CodeNode& b) {
  if (a.kind != b.kind || a.kind == CodeNode::Kind::kPredicate) return false;
  if (a.in != b.in || a.out != b.out || a.old != b.old) return false;
  if (!IsBind(a.kind)) return true;
  return SameAtom(*a.atom, *b.atom) && a.root == b.root &&
         a.position == b.position && a.attr_kind == b.attr_kind &&
         a.op_kind == b.op_kind && a.list_kind == b.list_kind &&
         a.attr == b.attr && a.op_slot == b.op_slot && a.list == b.list;
}

// The slots of one kind along a path.
class Slots {
 public:
  explicit Slots(size_t variables) : slot_of_(variables, kUnbound) {}

  uint32_t Bind(uint32_t variable) { return slot_of_[variable] = count_++; }
  // The slot of a variable that is bound or, by `kind`, is bound now; 0 if the
  // step has none.
  uint32_t Use(Instruction::Slot kind, uint32_t variable) {
    if (kind == Instruction::Slot::kNone) return 0;
    return kind == Instruction::Slot::kBind ? Bind(variable)
                                            : slot_of_[variable];
  }
  uint32_t count() const { return count_; }
  const std::vector<uint32_t>& all() const { return slot_of_; }

 private:
  std::vector<uint32_t> slot_of_;
  uint32_t count_ = 0;
};

}  // namespace

// Turns the instructions of one program into steps.
class CodeTree::Path {
 public:
  Path(CodeTree* tree, const Program& program)
      : tree_(tree),
        program_(program),
        rows_(program.atoms.size()),
        attrs_(program.shape.attr_vars),
        ops_(program.shape.op_vars),
        lists_(program.shape.list_vars) {}

  CodeNode Next(const Instruction& i) {
    CodeNode step;
    step.in = i.in;
    step.out = i.out;
    switch (i.kind) {
      case Instruction::Kind::kCompare:
        step.kind = CodeNode::Kind::kCompare;
        break;
      case Instruction::Kind::kGround: {
        const GroundTerm& ground = program_.grounds[i.out];
        step.kind = CodeNode::Kind::kGround;
        step.out = tree_->GroundIndex(ground);
        step.row = rows_.Bind(ground.atom);
        break;
      }
      case Instruction::Kind::kBind:
      case Instruction::Kind::kBindParent:
        FillBind(i, &step);
        break;
    }
    return step;
  }

  // The step after the bind that tests its atom's predicate.
  static CodeNode Predicate(const CodeNode& bind) {
    CodeNode step;
    step.kind = CodeNode::Kind::kPredicate;
    step.atom = bind.atom;
    step.row = bind.row;
    return step;
  }

  void Finish(CodeLeaf* leaf, Sizes* sizes) const {
    leaf->attr_slots = attrs_.all();
    leaf->op_slots = ops_.all();
    leaf->list_slots = lists_.all();
    leaf->row_slots = rows_.all();
    sizes->registers = std::max(sizes->registers, program_.register_count);
    sizes->rows = std::max(sizes->rows, rows_.count());
    sizes->attrs = std::max(sizes->attrs, attrs_.count());
    sizes->ops = std::max(sizes->ops, ops_.count());
    sizes->lists = std::max(sizes->lists, lists_.count());
  }

 private:
  void FillBind(const Instruction& i, CodeNode* step) {
    const Atom& atom = program_.atoms[i.atom];
    step->kind = i.kind == Instruction::Kind::kBind
                     ? CodeNode::Kind::kBind
                     : CodeNode::Kind::kBindParent;
    step->atom = &atom;
    step->old = i.atom < program_.young_atom;
    step->root = i.root;
    step->position = i.position;
    step->attr_kind = i.attr_slot;
    step->op_kind = i.op_slot;
    step->list_kind = i.list_slot;
    step->row = rows_.Bind(i.atom);
    step->attr = attrs_.Use(i.attr_slot, atom.attrs.bind.value);
    step->op_slot = ops_.Use(i.op_slot, atom.op_var.value);
    step->list = lists_.Use(i.list_slot, atom.rest.value);
  }

  CodeTree* tree_;
  const Program& program_;
  Slots rows_;
  Slots attrs_;
  Slots ops_;
  Slots lists_;
};

uint32_t CodeTree::Add(RuleId rule, uint32_t order, const Program* program) {
  ESAT_CHECK(program->start == Program::Start::kAtom &&
             program->start_register == 0);
  Path path(this, *program);
  uint32_t at = 0;
  for (const Instruction& i : program->code) {
    const CodeNode step = path.Next(i);
    at = Step(at, step);
    if (IsBind(step.kind) && step.atom->attrs.predicate) {
      at = Step(at, Path::Predicate(step));
    }
  }
  const auto leaf = static_cast<uint32_t>(leaves_.size());
  leaves_.push_back({rule, program, order, at, {}, {}, {}, {}});
  path.Finish(&leaves_.back(), &sizes_);
  nodes_[at].leaves.push_back(leaf);
  return leaf;
}

uint32_t CodeTree::GroundIndex(const GroundTerm& term) {
  const auto at =
      std::find_if(grounds_.begin(), grounds_.end(), [&](const Ground& g) {
        return g.op == term.op && g.attrs == term.attrs;
      });
  if (at == grounds_.end()) {
    grounds_.push_back({term.op, term.attrs});
    return static_cast<uint32_t>(grounds_.size() - 1);
  }
  return static_cast<uint32_t>(at - grounds_.begin());
}

uint32_t CodeTree::Step(uint32_t from, const CodeNode& wanted) {
  for (const uint32_t child : nodes_[from].children) {
    if (SameStep(nodes_[child], wanted)) return child;
  }
  const auto added = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(wanted);
  nodes_.back().parent = from;
  // Binds from one class stand side by side: they run together.
  std::vector<uint32_t>& children = nodes_[from].children;
  const auto last =
      std::find_if(children.rbegin(), children.rend(), [&](uint32_t child) {
        return nodes_[child].kind == wanted.kind &&
               nodes_[child].in == wanted.in;
      });
  children.insert(last == children.rend() ? children.end() : last.base(),
                  added);
  return added;
}

void CodeForest::Add(RuleId rule, absl::Span<const Program> programs) {
  if (leaves_.size() <= rule.value) leaves_.resize(rule.value + 1);
  std::vector<Leaf>& leaves = leaves_[rule.value];
  ESAT_CHECK(leaves.empty()) << "rule " << rule.value << " is there already";
  for (const Program& program : programs) {
    if (program.start != Program::Start::kAtom) continue;
    for (const OpId op : program.atoms[program.start_atom].ops) {
      if (places_.size() <= op.value) places_.resize(op.value + 1);
      Place& place = places_[op.value];
      ESAT_CHECK(!place.tree) << "rule " << rule.value << " comes too late";
      const auto order = static_cast<uint32_t>(leaves.size());
      leaves.push_back({op, static_cast<uint32_t>(place.starts.size())});
      place.starts.push_back({rule, order, &program});
    }
  }
}

const CodeTree& CodeForest::TreeOf(OpId op) {
  Place& place = places_[op.value];
  if (!place.tree) {
    place.tree = std::make_unique<CodeTree>();
    for (const Start& start : place.starts) {
      place.tree->Add(start.rule, start.order, start.program);
    }
  }
  return *place.tree;
}

}  // namespace esat

// Two ways to the same matches. Where little is new, programs start at the
// young e-nodes and follow the e-graph's lists: the cost is that of the change.
// Where much is new, the old roots are read in order of insertion against class
// indexes that are built for this search: the cost is linear in the e-graph,
// but small. Which way is taken depends on counts alone.
#include "egraph/search_plan.h"

#include <algorithm>

namespace esat {
namespace {

// Candidates a piece: large enough to hide the cost of a piece (about 1 us),
// small enough to share out a slow rewrite.
constexpr size_t kPieceCandidates = 256;

// Scanning is chosen when more than this share of the e-nodes is young:
// following a list costs about this many times as much an e-node.
constexpr size_t kScanDivisor = 16;

// What reading an e-node's row takes at most, and putting it into an index, on
// machines of 2020.
constexpr double kReadSeconds = 10e-9;
constexpr double kIndexSeconds = 40e-9;

MatchWindow WindowOf(const SearchRequest& request) {
  return {request.since, request.rewrite->rewrite->reads_facts};
}

template <typename Candidate, typename Piece>
void CutPieces(Piece piece, absl::Span<const Candidate> candidates,
               absl::Span<const Candidate> Piece::*field,
               std::vector<Piece>* pieces) {
  for (size_t i = 0; i < candidates.size(); i += kPieceCandidates) {
    piece.*field = candidates.subspan(i, kPieceCandidates);
    pieces->push_back(piece);
  }
}

}  // namespace

SearchPlan::SearchPlan(const EGraph& egraph, CodeForest* forest,
                       const std::vector<SearchRequest>& requests,
                       ThreadPool* pool, const EGraph::TooLate& too_late)
    : egraph_(egraph),
      forest_(forest),
      pool_(pool),
      too_late_(too_late),
      walked_leaves_(requests.size(), 0) {
  for (size_t i = 0; i < requests.size(); ++i) {
    begins_.push_back(pieces_.size());
    if (!Stops(0)) AddRequest(i, requests[i]);
  }
  begins_.push_back(pieces_.size());
  if (!Stops(0)) CutWalks();
}

// Whether there is no time for a step of so many seconds.
bool SearchPlan::Stops(double seconds) {
  stopped_ = stopped_ || too_late_(seconds);
  return stopped_;
}

void SearchPlan::AddRequest(size_t index, const SearchRequest& request) {
  const CompiledRewrite& rewrite = *request.rewrite;
  const Program& first = rewrite.programs[0];
  if (first.start == Program::Start::kClass) {
    CutPieces<EClassId>(ProgramPiece{index, &first, nullptr, nullptr, {}, {}},
                        ClassesFor(request.since), &ProgramPiece::classes,
                        &pieces_);
    return;
  }
  const MatchWindow window = WindowOf(request);
  if (!OpsOccur(first)) return;
  // Old e-nodes are young too where the change log does not reach back.
  const double read = kReadSeconds * static_cast<double>(egraph_.enode_ids());
  if (Stops(read)) return;
  const Candidates& young = YoungIn(window);
  if (Stops(read)) return;
  const bool scan = first.simple && !window.facts &&
                    (request.way == SearchWay::kAuto
                         ? young.size() * kScanDivisor > egraph_.enode_count()
                         : request.way == SearchWay::kScan);
  if (scan) {
    AddScans(index, request, young);
  } else {
    AddWalk(index, request, young);
  }
}

void SearchPlan::AddScans(size_t index, const SearchRequest& request,
                          const Candidates& young) {
  const CompiledRewrite& rewrite = *request.rewrite;
  const Program& first = rewrite.programs[0];
  const MatchWindow window = WindowOf(request);
  const std::vector<const ClassIndex*>* indexes = IndexesFor(first, window);
  if (indexes == nullptr) return;
  CutPieces<ENodeId>(ProgramPiece{index, &first, indexes, nullptr, {}, {}},
                     young.WithOp(first.atoms[0].ops[0]), &ProgramPiece::rows,
                     &pieces_);
  for (const Program& program : rewrite.scan_programs) {
    if (window.since == 0) break;
    const Atom& atom = first.atoms[program.young_atom];
    if (atom.ground || atom.depth > 1) {
      AddLoneWalk(index, request, program.young_atom, young);
    } else if (!young.WithOp(atom.ops[0]).empty()) {
      CutPieces<ENodeId>(
          ProgramPiece{index, &program, indexes, nullptr, {}, {}},
          All().WithOp(first.atoms[0].ops[0]), &ProgramPiece::rows, &pieces_);
    }
  }
}

// Where a scan would read all roots for few young e-nodes far below them.
void SearchPlan::AddLoneWalk(size_t index, const SearchRequest& request,
                             uint32_t atom, const Candidates& young) {
  const Program& program = request.rewrite->programs[atom];
  const absl::Span<const ENodeId> rows =
      young.WithOp(program.atoms[atom].ops[0]);
  if (rows.empty() || !FindGrounds(egraph_, program, WindowOf(request))) return;
  lone_.push_back(
      std::make_unique<OpenLeaves>(*request.rewrite->lone_trees[atom]));
  lone_.back()->Open(0);
  CutPieces<ENodeId>(
      ProgramPiece{index, &program, nullptr, lone_.back().get(), {}, {}}, rows,
      &ProgramPiece::rows, &pieces_);
}

// Opens the leaves of the rule at which something can be new.
void SearchPlan::AddWalk(size_t index, const SearchRequest& request,
                         const Candidates& young) {
  const MatchWindow window = WindowOf(request);
  Walk& walk = walks_of_[{window.since, window.facts}];
  walk.young = &young;
  for (const CodeForest::Leaf& at : forest_->LeavesOf(request.rule)) {
    if (young.WithOp(at.op).empty()) continue;
    const CodeTree& tree = forest_->TreeOf(at.op);
    const Program& program = *tree.leaf(at.leaf).program;
    if (window.since == 0 && program.young_atom > 0) continue;
    if (!FindGrounds(egraph_, program, window)) continue;
    auto& open = walk.open[at.op];
    if (!open) open = std::make_unique<OpenLeaves>(tree);
    open->Open(at.leaf);
    ++walked_leaves_[index];
  }
  if (request_of_.size() <= request.rule.value) {
    request_of_.resize(request.rule.value + 1);
  }
  request_of_[request.rule.value] = static_cast<uint32_t>(index);
}

void SearchPlan::CutWalks() {
  for (const auto& [window, walk] : walks_of_) {
    for (const auto& [op, open] : walk.open) {
      CutPieces<ENodeId>(
          WalkPiece{{window.first, window.second}, open.get(), request_of_, {}},
          walk.young->WithOp(op), &WalkPiece::rows, &walks_);
    }
  }
}

bool SearchPlan::OpsOccur(const Program& program) const {
  return std::all_of(
      program.atoms.begin(), program.atoms.end(), [this](const Atom& atom) {
        return std::any_of(atom.ops.begin(), atom.ops.end(), [this](OpId op) {
          return egraph_.CountOfOp(op) > 0;
        });
      });
}

const Candidates& SearchPlan::YoungIn(MatchWindow window) {
  if (window.since == 0) return All();
  auto& young = young_[{window.since, window.facts}];
  if (!young) {
    young =
        std::make_unique<Candidates>(Candidates::Young(egraph_, window, pool_));
  }
  return *young;
}

const Candidates& SearchPlan::All() {
  if (!all_) {
    all_ = std::make_unique<Candidates>(Candidates::All(egraph_, pool_));
  }
  return *all_;
}

absl::Span<const EClassId> SearchPlan::ClassesFor(uint32_t since) {
  auto& classes = classes_[since];
  if (!classes) {
    classes =
        std::make_unique<std::vector<EClassId>>(YoungClasses(egraph_, since));
  }
  return *classes;
}

// By atom of the simple program; null if one of its symbols does not occur, or
// it is time to stop.
const std::vector<const ClassIndex*>* SearchPlan::IndexesFor(
    const Program& program, MatchWindow window) {
  auto indexes = std::make_unique<std::vector<const ClassIndex*>>();
  for (size_t i = 0; i < program.atoms.size(); ++i) {
    const Atom& atom = program.atoms[i];
    const auto symbol =
        egraph_.FindSymbol({atom.ops[0], atom.attrs.exact, atom.children});
    if (!symbol) return nullptr;
    const bool needed = i > 0 && !atom.ground;
    const double index_seconds =
        kIndexSeconds * static_cast<double>(egraph_.CountOfOp(atom.ops[0]));
    if (needed && Stops(index_seconds)) return nullptr;
    indexes->push_back(needed ? &IndexOf(*symbol, window.since) : nullptr);
  }
  index_lists_.push_back(std::move(indexes));
  return index_lists_.back().get();
}

const ClassIndex& SearchPlan::IndexOf(uint32_t symbol, uint32_t since) {
  auto& index = indexes_[symbol];
  if (!index) {
    FlatArray<ENodeId> rows;
    for (const ENodeId row : All().WithOp(egraph_.symbol(symbol).op)) {
      if (egraph_.SymbolOf(row) == symbol) rows.push_back(row);
    }
    index = std::make_unique<ClassIndex>(
        egraph_, absl::Span<const ENodeId>(rows.data(), rows.size()), since);
  }
  return *index;
}

}  // namespace esat

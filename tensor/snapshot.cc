// An e-node names its op and its attribute record by number. Ops are numbered
// by the op table, whose names the file lists. Records are numbered as they
// come up: those of the source, which may hold its weights, come up again when
// it is encoded again, and only their numbers are written; all others are
// written out.
//
// Facts are not made anew from the e-nodes: an input's type comes from its
// declaration, and of two constants that rounding tells apart the class keeps
// the one that it had first.
#include "tensor/snapshot.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "base/status_macros.h"
#include "egraph/snapshot.h"
#include "ir/text/print.h"
#include "tensor/snapshot_bytes.h"

namespace esat {
namespace {

// Texts of equal graphs are equal; constants of many elements are keys in it.
uint64_t SourceMark(const Graph& source) {
  const std::string text = PrintGraph(source);
  return static_cast<uint64_t>(Crc32c(text)) << 32 |
         static_cast<uint32_t>(text.size());
}

std::string OpNames() {
  std::string names;
  for (int i = 0; i < OpCount(); ++i) {
    absl::StrAppend(&names, OpName(static_cast<Op>(i)), " ");
  }
  return names;
}

// The records of the source by number, or their bytes.
void WriteRecords(const AttrTable& attrs, const AttrTable& source,
                  SnapshotWriter* out) {
  out->Number(attrs.size());
  for (uint32_t i = 0; i < attrs.size(); ++i) {
    const std::optional<uint32_t> known = source.Find(attrs.Get(i));
    out->Number(known.has_value());
    if (known) {
      out->Number(*known);
    } else {
      out->Record(attrs.Get(i));
    }
  }
}

void ReadRecords(const AttrTable& source, SnapshotReader* in,
                 AttrTable* attrs) {
  const size_t count = in->Count();
  for (size_t i = 0; i < count && in->ok(); ++i) {
    const bool known = in->NumberBelow(2) != 0;
    AttrRecord record =
        known
            ? source.Get(static_cast<uint32_t>(in->NumberBelow(source.size())))
            : in->Record();
    if (attrs->Intern(std::move(record)) != i) in->Fail();
  }
}

void WriteFacts(const TensorGraph& graph, SnapshotWriter* out) {
  for (const EClassId id : graph.egraph().Classes()) {
    const ClassFact& fact = graph.analysis().fact(id);
    out->Number(fact.constant_node.value);
    out->Number(fact.approximate);
    out->Info(fact.info, graph.attrs());
    out->Number(fact.members.size());
    for (const ValueInfo& member : fact.members) {
      out->Info(member, graph.attrs());
    }
  }
}

// By class id; those of followers are empty.
std::vector<ClassFact> ReadFacts(const EGraph& egraph, const AttrTable& attrs,
                                 SnapshotReader* in) {
  std::vector<ClassFact> facts(egraph.class_ids());
  for (const EClassId id : egraph.Classes()) {
    ClassFact& fact = facts[id.value];
    const uint64_t node = in->Number();
    if (node < egraph.enode_ids()) {
      fact.constant_node = ENodeId(static_cast<uint32_t>(node));
      if (egraph.ClassOf(fact.constant_node) != id) in->Fail();
    } else if (node != ENodeId::kNone) {
      in->Fail();
    }
    fact.approximate = in->NumberBelow(2) != 0;
    fact.info = in->Info(attrs);
    for (size_t n = in->Count(); n > 0 && in->ok(); --n) {
      fact.members.push_back(in->Info(attrs));
    }
    if (!in->ok()) return {};
  }
  return facts;
}

bool KnowsSymbols(const EGraph& egraph, const AttrTable& attrs) {
  for (uint32_t i = 0; i < egraph.symbol_ids(); ++i) {
    const EGraph::Symbol& symbol = egraph.symbol(i);
    if (symbol.op.value >= static_cast<uint32_t>(OpCount()) ||
        symbol.attrs.value >= attrs.size()) {
      return false;
    }
  }
  return true;
}

}  // namespace

// What TensorGraph lets nobody else touch.
class TensorSnapshot {
 public:
  static std::string BlobOf(const TensorGraph& graph) {
    TensorGraph first;
    first.Encode(graph.source());
    SnapshotWriter out;
    out.Text(OpNames());
    out.Number(SourceMark(graph.source()));
    WriteRecords(graph.attrs(), first.attrs(), &out);
    WriteFacts(graph, &out);
    out.Number(graph.value_classes_.size());
    for (const EClassId id : graph.value_classes_) out.Number(id.value);
    return out.bytes();
  }

  TensorSnapshot(const Graph& source, TensorGraph* graph)
      : source_(source), graph_(*graph) {}

  // Before the e-graph is filled.
  absl::Status ReadAttributes(const std::string& blob) {
    blob_ = blob;
    in_ = SnapshotReader(blob_);
    if (in_.Text() != OpNames()) {
      return absl::InvalidArgumentError(
          "the snapshot is of no tensor graph, or of another esat's");
    }
    if (in_.Number() != SourceMark(source_)) {
      return absl::InvalidArgumentError("the snapshot is of another source");
    }
    TensorGraph first;
    first.Encode(source_);
    ReadRecords(first.attrs(), &in_, &graph_.attrs_);
    graph_.analysis_.BeginRestoring();
    return Check(in_.ok());
  }

  // Afterwards.
  absl::Status ReadClasses() {
    const EGraph& egraph = graph_.egraph_;
    ESAT_RETURN_IF_ERROR(Check(KnowsSymbols(egraph, graph_.attrs_)));
    graph_.analysis_.EndRestoring(ReadFacts(egraph, graph_.attrs_, &in_));
    for (size_t n = in_.Count(); n > 0; --n) {
      const auto id = static_cast<uint32_t>(in_.Number());
      if (id >= egraph.class_ids() && id != EClassId::kNone) in_.Fail();
      graph_.value_classes_.emplace_back(id);
    }
    graph_.source_ = &source_;
    return Check(in_.ok() && in_.AtEnd() &&
                 graph_.value_classes_.size() ==
                     static_cast<size_t>(source_.value_count()));
  }

 private:
  static absl::Status Check(bool sound) {
    return sound ? absl::OkStatus()
                 : absl::DataLossError(
                       "the snapshot of a tensor graph is damaged");
  }

  const Graph& source_;
  TensorGraph& graph_;
  std::string blob_;
  SnapshotReader in_{""};
};

absl::Status SaveTensorGraph(const TensorGraph& graph,
                             const std::optional<RunnerState>& runner,
                             const std::string& path) {
  if (!graph.egraph().clean()) {
    return absl::FailedPreconditionError("snapshot of a dirty e-graph");
  }
  return SaveSnapshot(graph.egraph(), {TensorSnapshot::BlobOf(graph), runner},
                      path);
}

absl::StatusOr<std::optional<RunnerState>> LoadTensorGraph(
    const std::string& path, const Graph& source, TensorGraph* graph) {
  TensorSnapshot snapshot(source, graph);
  ESAT_ASSIGN_OR_RETURN(
      SnapshotExtras extras,
      LoadSnapshot(path, &graph->egraph(), [&](const std::string& blob) {
        return snapshot.ReadAttributes(blob);
      }));
  ESAT_RETURN_IF_ERROR(snapshot.ReadClasses());
  return std::move(extras.runner);
}

}  // namespace esat

// The schema has already said which fields there are, their types and ranges;
// here they find their place in TargetMachine, and what a schema cannot say is
// checked: names that must differ, levels that must grow, types that exist.
#include "cost/machine_json.h"

#include <algorithm>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "cost/json_schema.h"
#include "ir/op_table.h"

namespace esat {
namespace {

// One JSON object whose fields are being read. Absent fields leave their
// target as it is.
class Reader {
 public:
  Reader(const JsonValue& object, std::string path,
         std::vector<std::string>* fields_read)
      : object_(object), path_(std::move(path)), fields_read_(fields_read) {}

  const JsonValue* Get(const char* name) {
    const JsonValue* value = object_.Find(name);
    if (value != nullptr && fields_read_ != nullptr) {
      fields_read_->push_back(Path(name));
    }
    return value;
  }
  bool Has(const char* name) const { return object_.Find(name) != nullptr; }
  void Read(const char* name, double* out) {
    if (const JsonValue* value = Get(name)) {
      if (value->kind == JsonValue::Kind::kNumber) *out = value->number;
    }
  }
  void Read(const char* name, int64_t* out) {
    if (const JsonValue* value = Get(name)) {
      *out = static_cast<int64_t>(std::min(value->number, 9e15));
    }
  }
  void Read(const char* name, bool* out) {
    if (const JsonValue* value = Get(name)) *out = value->boolean;
  }
  void Read(const char* name, std::string* out) {
    if (const JsonValue* value = Get(name)) *out = value->text;
  }
  void Read(const char* name, std::vector<std::string>* out) {
    if (const JsonValue* value = Get(name)) {
      for (const JsonValue& item : value->items) out->push_back(item.text);
    }
  }
  void Read(const char* name, std::vector<DType>* out);

  // Calls fn(Reader) on the object, or on each object of the array, `name`.
  template <typename Fn>
  void Each(const char* name, Fn fn) {
    const JsonValue* value = Get(name);
    if (value == nullptr) return;
    if (value->kind == JsonValue::Kind::kObject) {
      fn(Reader(*value, Path(name), fields_read_));
      return;
    }
    for (const JsonValue& item : value->items) {
      fn(Reader(item, absl::StrCat(Path(name), "[]"), fields_read_));
    }
  }

 private:
  std::string Path(const char* name) const {
    return path_.empty() ? name : absl::StrCat(path_, ".", name);
  }

  const JsonValue& object_;
  std::string path_;
  std::vector<std::string>* fields_read_;
};

// The schema's enum has the IR's names and s8 s16 s32 s64, as hardware manuals
// spell the signed types.
DType MachineDType(std::string name) {
  if (name.size() > 1 && name[0] == 's') name[0] = 'i';
  std::optional<DType> dtype = ParseDType(name);
  ESAT_CHECK(dtype.has_value()) << "schema lists dtype " << name;
  return *dtype;
}

void Reader::Read(const char* name, std::vector<DType>* out) {
  if (const JsonValue* value = Get(name)) {
    for (const JsonValue& item : value->items) {
      out->push_back(MachineDType(item.text));
    }
  }
}

MatrixUnit ReadMatrixUnit(Reader r) {
  MatrixUnit unit;
  r.Read("name", &unit.name);
  r.Read("dtypes", &unit.dtypes);
  r.Read("macs_per_cycle", &unit.macs_per_cycle);
  r.Read("count", &unit.count);
  r.Each("tile", [&](Reader tile) {
    tile.Read("m", &unit.tile_m);
    tile.Read("n", &unit.tile_n);
    tile.Read("k", &unit.tile_k);
  });
  r.Read("weight_tile_cycles", &unit.weight_tile_cycles);
  r.Read("k_tile_spans_taps", &unit.k_tile_spans_taps);
  r.Read("depthwise_macs_per_cycle", &unit.depthwise_macs_per_cycle);
  std::string dataflow;
  r.Read("dataflow", &dataflow);
  if (dataflow == "weight_stationary") {
    unit.dataflow = Dataflow::kWeightStationary;
  }
  r.Read("picojoules_per_mac", &unit.picojoules_per_mac);
  return unit;
}

// Rates that the file leaves out: the simple ones are `add`'s, the others
// `special`'s.
VectorUnit ReadVectorUnit(Reader r) {
  VectorUnit unit;
  r.Read("name", &unit.name);
  r.Read("dtypes", &unit.dtypes);
  r.Each("ops_per_cycle", [&](Reader rates) {
    double special = 1;
    rates.Read("special", &special);
    for (size_t i = 0; i < kVectorOpCount; ++i) {
      const VectorOp op = static_cast<VectorOp>(i);
      unit.ops_per_cycle[i] = op < VectorOp::kDiv      ? unit.ops_per_cycle[0]
                              : op < VectorOp::kLookup ? special
                                                       : 0;
      rates.Read(VectorOpName(op), &unit.ops_per_cycle[i]);
    }
  });
  r.Read("picojoules_per_op", &unit.picojoules_per_op);
  return unit;
}

Memory ReadMemory(Reader r) {
  Memory memory;
  r.Read("name", &memory.name);
  r.Read("bytes", &memory.bytes);
  r.Read("read_bytes_per_second", &memory.read_bytes_per_second);
  r.Read("write_bytes_per_second", &memory.write_bytes_per_second);
  r.Read("read_latency_cycles", &memory.read_latency_cycles);
  r.Read("write_latency_cycles", &memory.write_latency_cycles);
  r.Read("efficiency", &memory.efficiency);
  r.Read("picojoules_per_byte", &memory.picojoules_per_byte);
  r.Read("resident_bytes", &memory.resident_bytes);
  r.Read("resident_weight_bytes", &memory.resident_weight_bytes);
  return memory;
}

FusionRules ReadFusion(Reader r) {
  FusionRules fusion;
  r.Read("max_ops", &fusion.max_ops);
  r.Read("max_inputs", &fusion.max_inputs);
  r.Read("max_outputs", &fusion.max_outputs);
  r.Read("max_elementwise_ops", &fusion.max_elementwise_ops);
  r.Read("broadcast", &fusion.broadcast);
  r.Read("epilogue", &fusion.epilogue);
  r.Read("prologue", &fusion.prologue);
  r.Read("reduction", &fusion.reduction);
  r.Read("epilogue_ops", &fusion.epilogue_ops);
  std::string operands;
  r.Read("epilogue_operands", &operands);
  if (operands == "none") fusion.epilogue_operands = EpilogueOperands::kNone;
  if (operands == "constant") {
    fusion.epilogue_operands = EpilogueOperands::kConstant;
  }
  return fusion;
}

LibraryKernel ReadLibraryKernel(Reader r) {
  LibraryKernel kernel;
  r.Read("name", &kernel.name);
  r.Read("pattern", &kernel.pattern);
  r.Read("where", &kernel.where);
  r.Read("efficiency", &kernel.efficiency);
  double launch = -1;
  r.Read("launch_seconds", &launch);
  if (launch >= 0) kernel.launch_seconds = launch;
  return kernel;
}

Fallback ReadFallback(Reader r) {
  Fallback fallback;
  r.Read("device", &fallback.device);
  r.Read("ops_per_second", &fallback.ops_per_second);
  r.Read("transfer_bytes_per_second", &fallback.transfer_bytes_per_second);
  r.Read("sync_seconds", &fallback.sync_seconds);
  r.Read("picojoules_per_op", &fallback.picojoules_per_op);
  r.Read("picojoules_per_byte", &fallback.picojoules_per_byte);
  return fallback;
}

void ReadParts(Reader r, TargetMachine* m) {
  r.Each("compute", [&](Reader compute) {
    compute.Each("matrix",
                 [&](Reader u) { m->matrix.push_back(ReadMatrixUnit(u)); });
    compute.Each("vector",
                 [&](Reader u) { m->vector.push_back(ReadVectorUnit(u)); });
  });
  r.Each("memory", [&](Reader u) { m->memory.push_back(ReadMemory(u)); });
  r.Each("kernel", [&](Reader k) {
    k.Read("launch_seconds", &m->kernel.launch_seconds);
    k.Read("overlap_memory", &m->kernel.overlap_memory);
    k.Read("overlap_units", &m->kernel.overlap_units);
    k.Read("double_buffer", &m->kernel.double_buffer);
  });
  r.Each("fusion", [&](Reader f) { m->fusion = ReadFusion(f); });
  r.Each("fused_kernels",
         [&](Reader k) { m->fused_kernels.push_back(ReadLibraryKernel(k)); });
  r.Each("fallback", [&](Reader f) { m->fallback = ReadFallback(f); });
  r.Each("layouts", [&](Reader l) {
    Layout layout;
    l.Read("tensor", &layout.tensor);
    l.Read("order", &layout.order);
    l.Read("align_bytes", &layout.align_bytes);
    m->layouts.push_back(layout);
  });
  r.Each("energy", [&](Reader e) {
    e.Read("static_watts", &m->static_watts);
    e.Read("reference_watts", &m->reference_watts);
  });
  r.Each("objective", [&](Reader o) {
    if (o.Has("energy") || o.Has("edp") || o.Has("traffic")) {
      m->objective.latency = 0;
    }
    o.Read("latency", &m->objective.latency);
    o.Read("energy", &m->objective.energy);
    o.Read("edp", &m->objective.edp);
    o.Read("traffic", &m->objective.traffic);
    o.Read("stored_bytes", &m->objective.stored_bytes);
  });
  r.Each("measured", [&](Reader k) {
    std::pair<std::string, double> entry;
    k.Read("kernel", &entry.first);
    k.Read("seconds", &entry.second);
    m->measured.push_back(std::move(entry));
  });
}

absl::Status Problem(const std::string& file, const JsonValue& at,
                     const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", at.line, ": ", what));
}

// Names that must differ within an array of objects.
absl::Status CheckUnique(const JsonValue* array, const char* field,
                         const std::string& path, const std::string& file) {
  if (array == nullptr) return absl::OkStatus();
  std::set<std::string> seen;
  for (size_t i = 0; i < array->items.size(); ++i) {
    const JsonValue* name = array->items[i].Find(field);
    if (!seen.insert(name->text).second) {
      return Problem(file, *name,
                     absl::StrCat(path, "[", i, "].", field,
                                  ": expected a name not used before, found ",
                                  name->Describe()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMemories(const JsonValue& root, const TargetMachine& m,
                           const std::string& file) {
  const JsonValue& levels = *root.Find("memory");
  for (size_t i = 1; i < m.memory.size(); ++i) {
    if (m.memory[i].bytes < m.memory[i - 1].bytes) {
      return Problem(
          file, levels.items[i],
          absl::StrCat("memory[", i,
                       "].bytes: expected levels from near to "
                       "far, each no smaller than the one before (",
                       m.memory[i - 1].name, "), found ", m.memory[i].bytes));
    }
  }
  const Memory& far = m.memory.back();
  if (std::max(far.read_bytes_per_second, far.write_bytes_per_second) ==
      std::numeric_limits<double>::infinity()) {
    return Problem(
        file, levels.items.back(),
        absl::StrCat("memory[", m.memory.size() - 1,
                     "]: expected the last memory to have "
                     "read_bytes_per_second and write_bytes_per_second, found ",
                     "none"));
  }
  return absl::OkStatus();
}

absl::Status CheckUnits(const JsonValue& root, const TargetMachine& m,
                        const std::string& file) {
  const JsonValue* matrix = root.Find("compute")->Find("matrix");
  for (size_t i = 0; i < m.matrix.size(); ++i) {
    const MatrixUnit& u = m.matrix[i];
    const double tile = static_cast<double>(u.tile_m) *
                        static_cast<double>(u.tile_n) *
                        static_cast<double>(u.tile_k);
    if (tile < u.macs_per_cycle) {
      return Problem(file, matrix->items[i],
                     absl::StrCat("compute.matrix[", i,
                                  "].tile: expected m*n*k >= "
                                  "macs_per_cycle (",
                                  u.macs_per_cycle, "), found ", tile));
    }
  }
  ESAT_RETURN_IF_ERROR(CheckUnique(matrix, "name", "compute.matrix", file));
  ESAT_RETURN_IF_ERROR(CheckUnique(root.Find("compute")->Find("vector"), "name",
                                   "compute.vector", file));
  ESAT_RETURN_IF_ERROR(
      CheckUnique(root.Find("memory"), "name", "memory", file));
  ESAT_RETURN_IF_ERROR(
      CheckUnique(root.Find("fused_kernels"), "name", "fused_kernels", file));
  return CheckUnique(root.Find("measured"), "kernel", "measured", file);
}

// Names of ops that the op table must have.
absl::Status CheckOpNames(const JsonValue* names, const std::string& path,
                          const std::string& file) {
  if (names == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < names->items.size(); ++i) {
    const std::string& name = names->items[i].text;
    if (FindOp(name).has_value()) continue;
    std::vector<std::string> known;
    for (int op = 0; op < OpCount(); ++op) {
      known.push_back(OpName(static_cast<Op>(op)));
    }
    const std::string near = NearestName(name, known);
    return Problem(
        file, names->items[i],
        absl::StrCat(
            path, "[", i, "]: expected the name of an op, found \"", name, "\"",
            near.empty() ? ""
                         : absl::StrCat("; did you mean \"", near, "\"?")));
  }
  return absl::OkStatus();
}

// The power with every unit and every memory busy.
double BusyWatts(const TargetMachine& m) {
  double watts = m.static_watts;
  double unit_watts = 0;
  for (const MatrixUnit& u : m.matrix) {
    unit_watts =
        std::max(unit_watts, u.macs_per_cycle * static_cast<double>(u.count) *
                                 u.picojoules_per_mac);
  }
  watts += unit_watts * 1e-12 * m.clock_hz;
  for (const Memory& memory : m.memory) {
    const double rate =
        std::min(memory.read_bytes_per_second, memory.write_bytes_per_second);
    if (rate < std::numeric_limits<double>::infinity()) {
      watts += rate * memory.efficiency * memory.picojoules_per_byte * 1e-12;
    }
  }
  return watts > 0 ? watts : 1;
}

}  // namespace

absl::StatusOr<TargetMachine> MachineFromJson(
    const JsonValue& root, const std::string& file,
    std::vector<std::string>* fields_read) {
  TargetMachine m;
  m.file = file;
  Reader r(root, "", fields_read);
  r.Get("schema");
  r.Read("name", &m.name);
  r.Read("description", &m.description);
  r.Read("source", &m.sources);
  r.Read("confidence", &m.confidence);
  if (const JsonValue* notes = r.Get("notes")) {
    for (const JsonMember& note : notes->members) {
      m.notes.push_back({note.name, note.value.text});
    }
  }
  r.Read("clock_hz", &m.clock_hz);
  ReadParts(r, &m);
  if (root.Find("native_ops") != nullptr) {
    r.Read("native_ops", &m.native_ops.emplace());
  }
  if (const JsonValue* assumed = r.Get("assume_dtype")) {
    for (const JsonMember& entry : assumed->members) {
      m.assume_dtype.push_back(
          {MachineDType(entry.name), MachineDType(entry.value.text)});
    }
  }
  if (m.reference_watts == 0) m.reference_watts = BusyWatts(m);
  ESAT_RETURN_IF_ERROR(CheckMemories(root, m, file));
  ESAT_RETURN_IF_ERROR(CheckUnits(root, m, file));
  ESAT_RETURN_IF_ERROR(
      CheckOpNames(root.Find("native_ops"), "native_ops", file));
  if (const JsonValue* fusion = root.Find("fusion")) {
    ESAT_RETURN_IF_ERROR(CheckOpNames(fusion->Find("epilogue_ops"),
                                      "fusion.epilogue_ops", file));
  }
  return m;
}

absl::StatusOr<TargetMachine> ParseMachine(std::string_view text,
                                           const std::string& file) {
  static const JsonValue* const kSchema = [] {
    auto schema = ParseJsonDocument(MachineSchemaText(), "schema/esat.accel.1");
    ESAT_CHECK(schema.ok()) << schema.status().ToString();
    return new JsonValue(std::move(*schema));
  }();
  ESAT_ASSIGN_OR_RETURN(JsonValue root, ParseJsonDocument(text, file));
  ESAT_RETURN_IF_ERROR(CheckJsonSchema(root, *kSchema, file));
  return MachineFromJson(root, file, nullptr);
}

}  // namespace esat

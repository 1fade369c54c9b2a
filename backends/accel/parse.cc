#include "backends/accel/parse.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "backends/accel/body_parse.h"
#include "backends/accel/mlir_text.h"
#include "backends/accel/weights_file.h"
#include "base/status_macros.h"

namespace esat {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 48;

// One module from its tree, op by op in the order of the text.
class ModuleReader {
 public:
  ModuleReader(const std::string& file, MappedBytes weights)
      : file_(file), weights_(std::move(weights)) {
    module_.file = file;
    module_.weights = weights_.bytes;
    module_.weights_owner = weights_.owner;
  }

  absl::StatusOr<AccelModule> Read(const MlirOp& op) {
    ESAT_RETURN_IF_ERROR(ReadHeader(op));
    if (op.regions.size() != 1) {
      return Error(op.line, "\"accel.module\" has one region");
    }
    for (const MlirOp& inner : op.regions[0].ops) {
      if (returned_) {
        return Error(inner.line, "an op after \"accel.return\"");
      }
      ESAT_RETURN_IF_ERROR(ReadOp(inner));
    }
    if (!returned_) {
      return Error(op.line, "the module has no \"accel.return\"");
    }
    return std::move(module_);
  }

 private:
  absl::Status Error(int line, const std::string& what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", line, ": ", what));
  }

  static absl::Status ReadEstimate(const OpAttributes& attributes,
                                   AccelEstimate* e) {
    ESAT_ASSIGN_OR_RETURN(e->cycles, attributes.Float("cycles"));
    ESAT_ASSIGN_OR_RETURN(e->macs, attributes.Float("macs"));
    ESAT_ASSIGN_OR_RETURN(e->vector_ops, attributes.Float("vector_ops"));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* bytes,
                          attributes.Get("bytes", MlirAttr::kFloats));
    e->bytes = bytes->floats;
    ESAT_ASSIGN_OR_RETURN(e->far_bytes, attributes.Float("far_bytes"));
    ESAT_ASSIGN_OR_RETURN(e->energy_pj, attributes.Float("energy_pj"));
    return absl::OkStatus();
  }

  absl::Status ReadHeader(const MlirOp& op) {
    module_.line = op.line;
    const OpAttributes attributes(op, file_);
    ESAT_ASSIGN_OR_RETURN(const std::string format,
                          attributes.String("format"));
    if (format != kAccelFormat) {
      return attributes.Error(absl::StrCat("the module's format is '", format,
                                           "', expected '", kAccelFormat, "'"));
    }
    ESAT_ASSIGN_OR_RETURN(module_.name, attributes.String("sym_name"));
    ESAT_ASSIGN_OR_RETURN(module_.machine, attributes.String("machine"));
    ESAT_ASSIGN_OR_RETURN(module_.clock_hz, attributes.Float("clock_hz"));
    ESAT_ASSIGN_OR_RETURN(module_.alignment, attributes.Int("alignment"));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* memories,
                          attributes.Get("memories", MlirAttr::kArray));
    for (const MlirAttr& memory : memories->items) {
      const MlirAttr* name = memory.Find("name");
      const MlirAttr* bytes = memory.Find("bytes");
      if (name == nullptr || name->kind != MlirAttr::kString ||
          bytes == nullptr || bytes->kind != MlirAttr::kFloat) {
        return attributes.Error(
            "a memory needs its name and its bytes, a number");
      }
      module_.memories.push_back({name->text, bytes->number});
    }
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* assumed,
                          attributes.Get("assumed", MlirAttr::kDict));
    for (const auto& [symbol, size] : assumed->entries) {
      if (size.kind != MlirAttr::kInt) {
        return attributes.Error(
            absl::StrCat("the assumed size of '", symbol, "' is no integer"));
      }
      module_.assumed[symbol] = size.integer;
    }
    ESAT_RETURN_IF_ERROR(ReadWeightsHeader(attributes));
    return ReadEstimate(attributes, &module_.total);
  }

  absl::Status ReadWeightsHeader(const OpAttributes& attributes) {
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* weights,
                          attributes.Find("weights", MlirAttr::kDict));
    if (weights == nullptr) return absl::OkStatus();
    const MlirAttr* file = weights->Find("file");
    const MlirAttr* bytes = weights->Find("bytes");
    const MlirAttr* checksum = weights->Find("checksum");
    if (file == nullptr || file->kind != MlirAttr::kString ||
        bytes == nullptr || bytes->kind != MlirAttr::kInt ||
        checksum == nullptr || checksum->kind != MlirAttr::kInt) {
      return attributes.Error(
          "'weights' needs file, a string, and bytes and checksum, integers");
    }
    module_.weights_file = file->text;
    module_.weights_bytes = bytes->integer;
    module_.weights_checksum = static_cast<uint64_t>(checksum->integer);
    if (static_cast<int64_t>(weights_.bytes.size()) != module_.weights_bytes) {
      return attributes.Error(absl::StrCat(
          "the side file '", module_.weights_file, "' has ",
          weights_.bytes.size(), " bytes, expected ", module_.weights_bytes));
    }
    return absl::OkStatus();
  }

  absl::Status ReadOp(const MlirOp& op) {
    if (op.name == "accel.constant") return ReadConstant(op);
    if (op.name == "accel.buffer") return ReadBuffer(op);
    if (op.name == "accel.input") return ReadInput(op);
    if (op.name == "accel.kernel") return ReadKernel(op);
    if (op.name == "accel.return") return ReadReturn(op);
    return Error(op.line,
                 absl::StrCat("\"", op.name, "\" has no place in a module"));
  }

  absl::Status Define(const std::string& name, AccelRef ref, int line) {
    if (values_.try_emplace(name, ref).second) return absl::OkStatus();
    return Error(line, absl::StrCat(name, " is defined twice"));
  }
  absl::Status DefineSymbol(const std::string& symbol, int index, int line,
                            absl::flat_hash_map<std::string, int>* symbols) {
    if (!all_symbols_.try_emplace(symbol, line).second) {
      return Error(line, absl::StrCat("@", symbol, " is defined twice"));
    }
    symbols->emplace(symbol, index);
    return absl::OkStatus();
  }
  absl::StatusOr<int> BufferIndex(const MlirAttr& attr, int line) const {
    const auto it = buffers_.find(attr.text);
    if (attr.kind == MlirAttr::kSymbol && it != buffers_.end()) {
      return it->second;
    }
    return Error(line, absl::StrCat("there is no buffer @", attr.text));
  }

  absl::Status ReadConstant(const MlirOp& op) {
    const OpAttributes attributes(op, file_);
    AccelConstant c;
    c.line = op.line;
    ESAT_ASSIGN_OR_RETURN(c.symbol, attributes.String("sym_name"));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* name,
                          attributes.Find("name", MlirAttr::kString));
    if (name != nullptr) c.name = name->text;
    if (op.results.size() != 1 || !op.operands.empty()) {
      return Error(op.line, "a constant has one result and no operand");
    }
    c.type = op.result_types[0];
    if (!c.type.is_static() || !c.type.is_tensor()) {
      return Error(op.line, absl::StrCat("constant @", c.symbol, " is ",
                                         c.type.ToString(),
                                         ", expected a static tensor"));
    }
    ESAT_RETURN_IF_ERROR(ReadValue(op, attributes, &c));
    const int index = static_cast<int>(module_.constants.size());
    ESAT_RETURN_IF_ERROR(DefineSymbol(c.symbol, index, op.line, &constants_));
    literals_.emplace(c.symbol, c.value);
    ESAT_RETURN_IF_ERROR(
        Define(op.results[0], {AccelRef::kConstant, index}, op.line));
    module_.constants.push_back(std::move(c));
    return absl::OkStatus();
  }

  absl::Status ReadValue(const MlirOp& op, const OpAttributes& attributes,
                         AccelConstant* c) {
    if (const MlirAttr* value = op.attributes.Find("value")) {
      const Shape shape(value->dense.shape().begin(),
                        value->dense.shape().end());
      if (!(Type::Tensor(value->dense.dtype(), shape) == c->type)) {
        return Error(op.line, absl::StrCat("constant @", c->symbol, " is ",
                                           c->type.ToString(),
                                           ", its value is another type"));
      }
      c->value = value->dense;
      return absl::OkStatus();
    }
    int64_t count = 1;
    for (const int64_t d : c->type.static_shape()) {
      if (d > 0 && count > kMaxElements / d) {
        return Error(op.line, absl::StrCat("constant @", c->symbol,
                                           " has too many elements"));
      }
      count *= d;
    }
    if (c->type.dtype == DType::kString) {
      ESAT_ASSIGN_OR_RETURN(std::vector<std::string> strings,
                            attributes.Strings("strings"));
      if (static_cast<int64_t>(strings.size()) != count) {
        return Error(op.line, absl::StrCat("constant @", c->symbol, " has ",
                                           strings.size(), " strings for ",
                                           c->type.ToString()));
      }
      c->value = Literal::Strings(c->type.static_shape(), std::move(strings));
      return absl::OkStatus();
    }
    c->in_file = true;
    ESAT_ASSIGN_OR_RETURN(c->offset, attributes.Int("offset"));
    ESAT_ASSIGN_OR_RETURN(c->length, attributes.Int("length"));
    const auto size = static_cast<int64_t>(weights_.bytes.size());
    if (c->length != ByteSize(c->type.dtype, count)) {
      return Error(op.line,
                   absl::StrCat("constant @", c->symbol, " has ", c->length,
                                " bytes, its type ", c->type.ToString(),
                                " needs ", ByteSize(c->type.dtype, count)));
    }
    if (c->offset < 0 || c->length < 0 || c->length > size ||
        c->offset > size - c->length) {
      return Error(op.line, absl::StrCat("constant @", c->symbol, " at ",
                                         c->offset, " with ", c->length,
                                         " bytes leaves the side file of ",
                                         size, " bytes"));
    }
    c->value = Literal::View(c->type.dtype, c->type.static_shape(),
                             weights_.bytes.subspan(c->offset, c->length),
                             weights_.owner);
    return absl::OkStatus();
  }

  absl::Status ReadBuffer(const MlirOp& op) {
    const OpAttributes attributes(op, file_);
    AccelBuffer b;
    b.line = op.line;
    ESAT_ASSIGN_OR_RETURN(b.symbol, attributes.String("sym_name"));
    ESAT_ASSIGN_OR_RETURN(b.memory, attributes.String("memory"));
    ESAT_ASSIGN_OR_RETURN(b.offset, attributes.Int("offset"));
    ESAT_ASSIGN_OR_RETURN(b.bytes, attributes.Int("bytes"));
    ESAT_ASSIGN_OR_RETURN(b.first, attributes.Int("first"));
    ESAT_ASSIGN_OR_RETURN(b.last, attributes.Int("last"));
    b.dynamic = attributes.Flag("dynamic");
    ESAT_RETURN_IF_ERROR(DefineSymbol(b.symbol,
                                      static_cast<int>(module_.buffers.size()),
                                      op.line, &buffers_));
    module_.buffers.push_back(std::move(b));
    return absl::OkStatus();
  }

  absl::Status ReadInput(const MlirOp& op) {
    const OpAttributes attributes(op, file_);
    AccelInput input;
    input.line = op.line;
    ESAT_ASSIGN_OR_RETURN(input.name, attributes.String("name"));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* buffer,
                          attributes.Get("buffer", MlirAttr::kSymbol));
    ESAT_ASSIGN_OR_RETURN(input.buffer, BufferIndex(*buffer, op.line));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* constant,
                          attributes.Find("default", MlirAttr::kSymbol));
    if (constant != nullptr) {
      const auto it = constants_.find(constant->text);
      if (it == constants_.end()) {
        return Error(op.line,
                     absl::StrCat("there is no constant @", constant->text));
      }
      input.default_constant = it->second;
    }
    if (op.results.size() != 1) {
      return Error(op.line, "an input has one result");
    }
    input.type = op.result_types[0];
    ESAT_RETURN_IF_ERROR(Define(
        op.results[0],
        {AccelRef::kInput, static_cast<int>(module_.inputs.size())}, op.line));
    module_.inputs.push_back(std::move(input));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<AccelRef>> Operands(const MlirOp& op) const {
    std::vector<AccelRef> refs;
    for (size_t i = 0; i < op.operands.size(); ++i) {
      const auto it = values_.find(op.operands[i]);
      if (it == values_.end()) {
        return Error(op.line, absl::StrCat(op.operands[i],
                                           " is read before it is defined"));
      }
      const Type& type = module_.TypeOf(it->second);
      if (!(type == op.operand_types[i])) {
        return Error(op.line, absl::StrCat(op.operands[i], " is ",
                                           type.ToString(), ", its use says ",
                                           op.operand_types[i].ToString()));
      }
      refs.push_back(it->second);
    }
    return refs;
  }

  absl::Status ReadKernel(const MlirOp& op) {
    const OpAttributes attributes(op, file_);
    AccelKernel kernel;
    kernel.line = op.line;
    ESAT_ASSIGN_OR_RETURN(kernel.symbol, attributes.String("sym_name"));
    const int launch = static_cast<int>(module_.kernels.size());
    ESAT_RETURN_IF_ERROR(
        DefineSymbol(kernel.symbol, launch, op.line, &kernels_));
    ESAT_ASSIGN_OR_RETURN(kernel.operands, Operands(op));
    ESAT_ASSIGN_OR_RETURN(kernel.sources, attributes.Strings("sources"));
    ESAT_ASSIGN_OR_RETURN(kernel.result_names, attributes.Strings("results"));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* buffers,
                          attributes.Get("buffers", MlirAttr::kArray));
    for (const MlirAttr& item : buffers->items) {
      ESAT_ASSIGN_OR_RETURN(const int buffer, BufferIndex(item, op.line));
      kernel.buffers.push_back(buffer);
    }
    if (kernel.buffers.size() != op.results.size() ||
        kernel.result_names.size() != op.results.size()) {
      return Error(op.line, absl::StrCat("kernel @", kernel.symbol, " has ",
                                         op.results.size(), " results, ",
                                         kernel.buffers.size(), " buffers and ",
                                         kernel.result_names.size(), " names"));
    }
    ESAT_RETURN_IF_ERROR(ReadEstimate(attributes, &kernel.estimate));
    ESAT_ASSIGN_OR_RETURN(const MlirAttr* tile,
                          attributes.Get("tile", MlirAttr::kInts));
    if (tile->ints.size() != 3) {
      return Error(op.line, "a tile has three sizes: m, n, k");
    }
    kernel.estimate.tile_m = tile->ints[0];
    kernel.estimate.tile_n = tile->ints[1];
    kernel.estimate.tile_k = tile->ints[2];
    kernel.estimate.on_host = attributes.Flag("on_host");
    ESAT_RETURN_IF_ERROR(ReadKernelBody(op, &kernel));
    module_.kernels.push_back(std::move(kernel));
    for (size_t r = 0; r < op.results.size(); ++r) {
      ESAT_RETURN_IF_ERROR(
          Define(op.results[r],
                 {AccelRef::kResult, launch, static_cast<int>(r)}, op.line));
    }
    return absl::OkStatus();
  }

  absl::Status ReadKernelBody(const MlirOp& op, AccelKernel* kernel) {
    if (op.regions.size() != 1) {
      return Error(op.line,
                   absl::StrCat("kernel @", kernel->symbol, " has no body"));
    }
    const BodyContext context{file_, literals_};
    ESAT_ASSIGN_OR_RETURN(kernel->body,
                          ReadBody(op.regions[0], op.line, context));
    Graph& body = kernel->body;
    if (body.inputs().size() != op.operands.size()) {
      return Error(op.line, absl::StrCat("kernel @", kernel->symbol, " has ",
                                         op.operands.size(), " operands, its ",
                                         "body ", body.inputs().size()));
    }
    for (size_t i = 0; i < op.operands.size(); ++i) {
      Value& input = body.value(body.inputs()[i]);
      input.name = OperandName(kernel->operands[i]);
      if (input.type == op.operand_types[i]) continue;
      return Error(op.line,
                   absl::StrCat("operand ", i, " of kernel @", kernel->symbol,
                                " is ", op.operand_types[i].ToString(),
                                ", its body says ", input.type.ToString()));
    }
    if (body.outputs().size() != op.results.size()) {
      return Error(
          op.line,
          absl::StrCat("kernel @", kernel->symbol, " has ", op.results.size(),
                       " results, its body yields ", body.outputs().size()));
    }
    for (size_t r = 0; r < op.results.size(); ++r) {
      Value& output = body.value(body.outputs()[r]);
      if (!(output.type == op.result_types[r])) {
        return Error(
            op.line,
            absl::StrCat("result ", r, " of kernel @", kernel->symbol, " is ",
                         op.result_types[r].ToString(), ", its body yields ",
                         output.type.ToString()));
      }
      if (output.producer != kNoNode) output.name = kernel->result_names[r];
    }
    return absl::OkStatus();
  }
  std::string OperandName(const AccelRef& ref) const {
    switch (ref.kind) {
      case AccelRef::kInput:
        return module_.inputs[ref.index].name;
      case AccelRef::kConstant:
        return module_.constants[ref.index].name;
      case AccelRef::kResult:
        break;
    }
    return module_.kernels[ref.index].result_names[ref.result];
  }

  absl::Status ReadReturn(const MlirOp& op) {
    ESAT_ASSIGN_OR_RETURN(const std::vector<AccelRef> values, Operands(op));
    ESAT_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                          OpAttributes(op, file_).Strings("names"));
    if (names.size() != values.size()) {
      return Error(op.line, absl::StrCat(values.size(), " outputs have ",
                                         names.size(), " names"));
    }
    for (size_t i = 0; i < values.size(); ++i) {
      module_.outputs.push_back({values[i], names[i]});
    }
    returned_ = true;
    return absl::OkStatus();
  }

  const std::string& file_;
  const MappedBytes weights_;
  AccelModule module_;
  bool returned_ = false;
  absl::flat_hash_map<std::string, AccelRef> values_;
  absl::flat_hash_map<std::string, int> all_symbols_;  // To their lines.
  absl::flat_hash_map<std::string, int> constants_, buffers_, kernels_;
  absl::flat_hash_map<std::string, Literal> literals_;
};

// The one accel.module of a file, alone or in mlir-opt's builtin.module.
absl::StatusOr<MlirOp> FindModule(std::string_view text,
                                  const std::string& file) {
  ESAT_ASSIGN_OR_RETURN(std::vector<MlirOp> ops, ParseMlirText(text, file));
  if (ops.size() == 1 && ops[0].name == "builtin.module" &&
      ops[0].regions.size() == 1) {
    std::vector<MlirOp> inner = std::move(ops[0].regions[0].ops);
    ops = std::move(inner);
  }
  if (ops.size() == 1 && ops[0].name == "accel.module") {
    return std::move(ops[0]);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":1: expected one \"accel.module\""));
}

}  // namespace

absl::StatusOr<AccelModule> ParseAccel(std::string_view text,
                                       const std::string& file,
                                       absl::Span<const std::byte> weights,
                                       std::shared_ptr<const void> owner) {
  ESAT_ASSIGN_OR_RETURN(const MlirOp op, FindModule(text, file));
  return ModuleReader(file, {weights, std::move(owner)}).Read(op);
}

absl::StatusOr<AccelModule> LoadAccel(const std::string& path) {
  ESAT_ASSIGN_OR_RETURN(const MappedBytes text, MapFile(path));
  const std::string_view characters(
      reinterpret_cast<const char*>(text.bytes.data()), text.bytes.size());
  ESAT_ASSIGN_OR_RETURN(const MlirOp op, FindModule(characters, path));
  MappedBytes weights;
  const MlirAttr* about = op.attributes.Find("weights");
  const MlirAttr* file = about == nullptr ? nullptr : about->Find("file");
  if (file != nullptr) {
    const std::filesystem::path name(file->text);
    if (file->text.empty() || name.filename() != name || file->text == "..") {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", op.line, ": the side file '", file->text,
                       "' is not in the module's folder"));
    }
    const std::filesystem::path folder =
        std::filesystem::path(path).parent_path();
    absl::StatusOr<MappedBytes> mapped = MapFile((folder / name).string());
    if (!mapped.ok()) {
      return absl::Status(mapped.status().code(),
                          absl::StrCat(path, ":", op.line, ": the side file: ",
                                       std::string(mapped.status().message())));
    }
    weights = *std::move(mapped);
  }
  return ModuleReader(path, std::move(weights)).Read(op);
}

bool LooksLikeAccel(std::string_view text) {
  const std::string_view head = text.substr(0, 4096);
  return head.find("\"accel.module\"") != std::string_view::npos;
}

}  // namespace esat

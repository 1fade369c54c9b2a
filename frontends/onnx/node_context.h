// One node of the source, as an upgrade function sees it: its operands and
// attributes, and the graph that it becomes part of.
#ifndef ESAT_FRONTENDS_ONNX_NODE_CONTEXT_H_
#define ESAT_FRONTENDS_ONNX_NODE_CONTEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "frontends/onnx/builder.h"

namespace esat::onnx_import {

// The source node without protobuf.
struct SourceNode {
  std::string op_type;
  std::string domain;  // "" is ai.onnx.
  std::string name;    // Never empty; what errors and IR nodes are called by.
  int version = 0;     // The domain's opset.
  // Every attribute but graphs. Empty lists and absent attributes differ.
  AttrRecord attrs;
  // An attribute of a kind that the IR does not have; empty: none.
  std::string foreign_attr;
  std::vector<ValueId> inputs;  // Absent ones are kNoValue, none at the end.
  std::vector<std::string> outputs;  // Unused ones are "", none at the end.
  std::vector<Type> declared;        // One an output.
};

// Errors are sticky: after the first one, emission returns kNoValue, attributes
// return their defaults, and the caller finds it in status(). An upgrade
// function therefore needs no checks of its own between steps.
//
// An upgrade either gives every result (Finish, SetResult) or says Unsupported
// before it emits anything.
class NodeContext {
 public:
  NodeContext(const SourceNode* source, GraphBuilder* builder);

  // ---- The source ----
  const std::string& op_type() const { return source_.op_type; }
  int version() const { return source_.version; }
  int input_count() const { return static_cast<int>(source_.inputs.size()); }
  ValueId input(int i) const;
  std::vector<Operand> operands() const;
  // Results up to the last one in use.
  int output_count() const { return static_cast<int>(source_.outputs.size()); }
  bool wants(int i) const;

  const AttrRecord& attributes() const { return source_.attrs; }
  const std::string& foreign_attribute() const { return source_.foreign_attr; }
  bool Has(const char* attribute) const;
  int64_t Int(const char* attribute, int64_t otherwise);
  double Float(const char* attribute, double otherwise);
  std::string String(const char* attribute, const std::string& otherwise);
  // Empty when absent.
  std::vector<int64_t> Ints(const char* attribute);
  std::vector<double> Floats(const char* attribute);
  std::vector<std::string> Strings(const char* attribute);

  // The attributes that `op` wants, from the source or ONNX's defaults. What
  // has neither is left out.
  AttrRecord Record(Op op);

  // ---- What is known of values ----
  const ValueInfo& info(ValueId value) const { return builder_->info(value); }
  const Type& type(ValueId value) const { return info(value).type; }
  DType dtype(ValueId value) const;
  std::optional<int> rank(ValueId value) const;
  // The dims; nullopt without rank.
  std::optional<Shape> shape(ValueId value) const;
  // The integers of a constant; nullopt unless every one is known.
  std::optional<std::vector<int64_t>> IntsOf(ValueId value) const;
  // A constant (or absent) operand of no elements says nothing, in old opsets.
  bool IsEmpty(ValueId value) const;

  // ---- Emission ----
  ValueId Emit(Op op, AttrRecord attrs, std::vector<Operand> operands);
  // The node that gives the results.
  void Finish(Op op, AttrRecord attrs, std::vector<Operand> operands);
  void SetResult(int i, ValueId value);
  ValueId Constant(Literal literal);
  // A rank-0 constant. Requires: IsComputable(dtype).
  Literal Scalar(DType dtype, double value) const;
  int64_t NewInstance() { return builder_->state().next_instance++; }
  // `axis` of `rank` made not negative; fails outside of [-rank, rank).
  int64_t NormalAxis(int64_t axis, int64_t rank);
  // Warns of something that does not stop the import.
  void Warn(const std::string& what);

  // ---- Verdicts ----
  // The node contradicts ONNX: the model is refused.
  void Fail(const std::string& what);
  // The node cannot be said in the IR: it stays Opaque, for this reason.
  void Unsupported(const std::string& why);
  bool ok() const { return status_.ok() && unsupported_.empty(); }
  const absl::Status& status() const { return status_; }
  const std::string& unsupported() const { return unsupported_; }
  // One a source output; kNoValue for those not set.
  const std::vector<ValueId>& results() const { return results_; }

 private:
  const AttrValue* Find(const char* attribute, AttrValue::Kind kind);
  NodeId AddNode(Op op, AttrRecord attrs, std::vector<Operand> operands,
                 int results, const GraphBuilder::Names& names);

  const SourceNode& source_;
  GraphBuilder* builder_;
  const int first_value_;  // Values from here on were made for this node.
  std::vector<ValueId> results_;
  absl::Status status_;
  std::string unsupported_;
};

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_NODE_CONTEXT_H_

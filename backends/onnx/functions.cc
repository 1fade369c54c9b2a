// Outlining over NodeProtos: a kernel is a stretch of the node list, so a call
// in its place keeps the order topological. Only helpers may stand in a stretch
// without being of the kernel. Those that need nothing of it move in front of
// the call, because later kernels may read the same sizes; the others are in
// the middle of the kernel and become part of it.
//
// Names in a function are positions (x0, t0, y0), so equal kernels have equal
// bytes whatever their operands are called.

#include "backends/onnx/functions.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "backends/onnx/graph_writer.h"
#include "base/check.h"

namespace esat {
namespace {

constexpr int kNamedOps = 4;  // Of a kernel, in its function's name.

bool IsPlainNode(const onnx::NodeProto& node) {
  return node.domain().empty() &&
         std::none_of(node.attribute().begin(), node.attribute().end(),
                      [](const onnx::AttributeProto& attribute) {
                        return attribute.has_g() || attribute.graphs_size() > 0;
                      });
}

// What `node` reads, its subgraphs included.
std::vector<std::string> ReadNames(const onnx::NodeProto& node) {
  std::vector<std::string> names = CapturedNames(node);
  names.insert(names.end(), node.input().begin(), node.input().end());
  return names;
}

// One kernel on its way into a function.
class Outliner {
 public:
  // `escapes` says of a result whether anything outside of the kernel reads it.
  template <typename Escapes>
  Outliner(const std::vector<const onnx::NodeProto*>& nodes,
           const Escapes& escapes) {
    for (const onnx::NodeProto* node : nodes) {
      onnx::NodeProto* copy = function_.add_node();
      *copy = *node;
      copy->clear_doc_string();
      copy->set_name(
          absl::StrCat(node->op_type(), "_", function_.node_size() - 1));
      for (std::string& name : *copy->mutable_input()) name = Operand(name);
      for (std::string& name : *copy->mutable_output()) {
        if (!name.empty()) name = Result(name, escapes(name));
      }
    }
    call_.set_name(nodes.back()->name());
  }

  onnx::FunctionProto& function() { return function_; }
  onnx::NodeProto& call() { return call_; }

 private:
  std::string Operand(const std::string& name) {
    if (name.empty()) return name;
    auto [it, fresh] = names_.try_emplace(name);
    if (fresh) {
      it->second = absl::StrCat("x", function_.input_size());
      function_.add_input(it->second);
      call_.add_input(name);
    }
    return it->second;
  }

  std::string Result(const std::string& name, bool escapes) {
    std::string& inner = names_[name];
    if (escapes) {
      inner = absl::StrCat("y", function_.output_size());
      function_.add_output(inner);
      call_.add_output(name);
    } else {
      inner = absl::StrCat("t", temporaries_++);
    }
    return inner;
  }

  onnx::FunctionProto function_;
  onnx::NodeProto call_;
  absl::flat_hash_map<std::string, std::string> names_;  // Graph's to body's.
  int temporaries_ = 0;
};

class FunctionFormer {
 public:
  FunctionFormer(const std::vector<NodeOrigin>& origins, std::string domain,
                 int64_t opset, onnx::ModelProto* model)
      : origins_(origins),
        domain_(std::move(domain)),
        opset_(opset),
        model_(model) {}

  void Run() {
    old_.Swap(model_->mutable_graph()->mutable_node());
    ESAT_CHECK(static_cast<int>(origins_.size()) == old_.size());
    NoteReaders();
    for (int begin = 0, end = 0; begin < old_.size(); begin = end) {
      const int kernel = origins_[begin].kernel;
      while (end < old_.size() && origins_[end].kernel == kernel) ++end;
      if (kernel < 0 || !FormKernel(begin, end)) {
        for (int i = begin; i < end; ++i) Keep(i);
      }
    }
    if (functions_.empty()) return;
    auto* import = model_->add_opset_import();
    import->set_domain(domain_);
    import->set_version(1);
  }

 private:
  void NoteReaders() {
    for (int i = 0; i < old_.size(); ++i) {
      for (const std::string& name : ReadNames(old_[i])) {
        readers_[name].push_back(i);
      }
    }
    for (const auto& output : model_->graph().output()) {
      readers_[output.name()].push_back(old_.size());
    }
  }

  void Keep(int i) {
    *model_->mutable_graph()->add_node() = std::move(old_[i]);
  }

  // By node of [begin, end): whether it is computed in the kernel.
  std::vector<bool> Members(int begin, int end) const {
    absl::flat_hash_set<std::string> computed;
    std::vector<bool> members(end - begin, false);
    for (int i = begin; i < end; ++i) {
      const std::vector<std::string> reads = ReadNames(old_[i]);
      members[i - begin] =
          !origins_[i].helper ||
          std::any_of(reads.begin(), reads.end(), [&](const std::string& name) {
            return computed.contains(name);
          });
      if (!members[i - begin]) continue;
      for (const std::string& name : old_[i].output()) {
        if (!name.empty()) computed.insert(name);
      }
    }
    return members;
  }

  // False: the nodes have to stay as they are.
  bool FormKernel(int begin, int end) {
    const std::vector<bool> members = Members(begin, end);
    const auto inside = [&](int i) {
      return i >= begin && i < end && members[i - begin];
    };
    std::vector<const onnx::NodeProto*> body;
    for (int i = begin; i < end; ++i) {
      if (!inside(i)) continue;
      if (!IsPlainNode(old_[i])) return false;
      body.push_back(&old_[i]);
    }
    if (body.size() < 2) return false;
    Outliner outliner(body, [&](const std::string& name) {
      auto it = readers_.find(name);
      return it != readers_.end() &&
             !std::all_of(it->second.begin(), it->second.end(), inside);
    });
    if (outliner.function().output_size() == 0) return false;
    for (int i = begin; i < end; ++i) {
      if (!inside(i)) Keep(i);
    }
    outliner.call().set_domain(domain_);
    outliner.call().set_op_type(NameOf(&outliner.function()));
    *model_->mutable_graph()->add_node() = std::move(outliner.call());
    return true;
  }

  // The name of the function with this body, which joins the model if it is
  // new.
  std::string NameOf(onnx::FunctionProto* function) {
    std::string& name = functions_[function->SerializeAsString()];
    if (!name.empty()) return name;
    name = absl::StrCat("kernel", functions_.size() - 1);
    for (int i = 0; i < std::min(function->node_size(), kNamedOps); ++i) {
      absl::StrAppend(&name, "_", function->node(i).op_type());
    }
    function->set_name(name);
    function->set_domain(domain_);
    function->add_opset_import()->set_version(opset_);
    *model_->add_functions() = std::move(*function);
    return name;
  }

  const std::vector<NodeOrigin>& origins_;
  const std::string domain_;
  const int64_t opset_;
  onnx::ModelProto* const model_;
  google::protobuf::RepeatedPtrField<onnx::NodeProto> old_;
  // By value: nodes that read it; one past the last for the graph's outputs.
  absl::flat_hash_map<std::string, std::vector<int>> readers_;
  std::map<std::string, std::string> functions_;  // By body.
};

}  // namespace

void FormFunctions(const std::vector<NodeOrigin>& origins,
                   const std::string& domain, int64_t opset,
                   onnx::ModelProto* model) {
  FunctionFormer(origins, domain, opset, model).Run();
}

}  // namespace esat

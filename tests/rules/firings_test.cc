// Every shipped rule, alone, on terms written by hand: it makes what its
// sentence says, and for each of its conditions there is a term where that
// condition alone keeps it from firing. The terms are in firings/FAMILY.txt.
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "egraph/runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ir/text/print.h"
#include "rules/compile.h"
#include "rules/lang/printer.h"
#include "rules/rulebook.h"
#include "tensor/tensor_graph.h"
#include "tests/rules/firing_entries.h"

namespace esat {
namespace {

const Rulebook& Book() {
  static const auto* const kBook = new Rulebook(*Rulebook::Load({}));
  return *kBook;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// One term in an e-graph of its own, and what one rule did to it.
class Trial {
 public:
  Trial(const Rule& rule, Graph graph) : source_(std::move(graph)) {
    tensors_.Encode(source_);
    enodes_before_ = tensors_.egraph().enode_ids();
    const CompiledRules compiled = CompileRules({&rule}, &tensors_);
    RunnerOptions options;
    options.limits.iterations = 3;
    options.limits.enodes = 5000;
    Runner runner(&tensors_.egraph(), compiled.rewrites, options);
    report_ = runner.Run();
  }

  // Of the rule (0) or its reverse (1).
  const RuleStats& stats(size_t direction) const {
    return report_.rules[direction];
  }
  bool matched() const {
    return std::any_of(report_.rules.begin(), report_.rules.end(),
                       [](const RuleStats& s) { return s.matches > 0; });
  }
  // A match whose right side has no value, for a `let` is unknown, is none.
  bool fired() const {
    return tensors_.egraph().enode_ids() > enodes_before_ ||
           std::any_of(report_.rules.begin(), report_.rules.end(),
                       [](const RuleStats& s) { return s.unions > 0; });
  }
  bool has_conflict() const { return !tensors_.analysis().conflicts().empty(); }
  std::vector<EClassId> outputs() const { return tensors_.OutputClasses(); }

  // Finds the classes of the outputs of `expected`, or says what is not there.
  std::string FindOutputs(const Graph& expected, std::vector<EClassId>* found) {
    std::vector<EClassId> classes(expected.value_count());
    for (size_t i = 0; i < expected.inputs().size(); ++i) {
      classes[expected.inputs()[i]] =
          tensors_.value_classes()[source_.inputs()[i]];
    }
    for (NodeId n = 0; n < expected.node_count(); ++n) {
      if (!FindNode(expected.node(n), &classes)) {
        return absl::StrCat("nothing is ", OpName(expected.node(n).op), "(",
                            expected.node(n).attrs.ToString(),
                            ") of its operands, result ",
                            expected.value(expected.node(n).outputs[0]).name);
      }
    }
    for (ValueId output : expected.outputs()) {
      found->push_back(tensors_.egraph().Find(classes[output]));
    }
    return "";
  }

 private:
  std::optional<EClassId> Lookup(Op op, const AttrRecord& attrs,
                                 const std::vector<EClassId>& children) {
    return tensors_.egraph().Lookup(
        ToOpId(op), AttrsId(tensors_.attrs().Intern(attrs)), children);
  }

  // By value: a folded constant may be stored in another form.
  std::optional<EClassId> FindConstant(const Literal& literal) const {
    for (uint32_t i = 0; i < tensors_.egraph().enode_ids(); ++i) {
      if (!tensors_.egraph().IsLive(ENodeId(i))) continue;
      const EClassId id = tensors_.egraph().ClassOf(ENodeId(i));
      const Literal* constant = tensors_.analysis().constant(id);
      if (constant != nullptr && Identical(*constant, literal)) return id;
    }
    return std::nullopt;
  }

  bool FindNode(const Node& node, std::vector<EClassId>* classes) {
    std::vector<EClassId> children;
    for (ValueId input : node.inputs) {
      if (input != kNoValue) {
        children.push_back((*classes)[input]);
        continue;
      }
      auto none = Lookup(Op::kNone, {}, {});
      if (!none) return false;
      children.push_back(*none);
    }
    AttrRecord attrs = node.attrs;
    const size_t results = node.outputs.size();
    if (results > 1) attrs.Set("num_outputs", static_cast<int64_t>(results));
    auto id = node.op == Op::kConstant ? FindConstant(attrs.Tensor("value"))
                                       : Lookup(node.op, attrs, children);
    if (!id) return false;
    (*classes)[node.outputs[0]] = *id;
    for (size_t i = 0; results > 1 && i < results; ++i) {
      auto part =
          Lookup(Op::kProj, {{"index", static_cast<int64_t>(i)}}, {*id});
      if (part) (*classes)[node.outputs[i]] = *part;
    }
    return true;
  }

  Graph source_;
  TensorGraph tensors_;
  size_t enodes_before_ = 0;
  RunReport report_;
};

// Conditions of `rule` that can be taken out: all but those that bind.
void CollectConditions(Expr& condition, std::vector<Expr*>* conditions) {
  if (condition.kind == ExprKind::kBinary && condition.name == "and") {
    for (Expr& operand : condition.operands) {
      CollectConditions(operand, conditions);
    }
  } else if (condition.kind != ExprKind::kMatches) {
    conditions->push_back(&condition);
  }
}

std::vector<Expr*> ConditionsOf(Rule& rule) {
  std::vector<Expr*> conditions;
  if (rule.sibling_condition) {
    CollectConditions(*rule.sibling_condition, &conditions);
  }
  for (Clause& clause : rule.clauses) {
    if (clause.kind == ClauseKind::kWhere) {
      CollectConditions(clause.condition, &conditions);
    }
  }
  return conditions;
}

// What the checks of one entry share.
class EntryCheck {
 public:
  EntryCheck(const Rule& rule, const FiringEntry& entry)
      : rule_(rule), entry_(entry) {}

  void Run() {
    for (const Firing& firing : entry_.firings) {
      SCOPED_TRACE(absl::StrCat("line ", firing.line));
      auto graph = FiringGraph(entry_, firing, /*expected=*/false);
      ASSERT_TRUE(graph.ok()) << graph.status();
      if (firing.fires) {
        Fires(firing, *graph);
      } else {
        DoesNot(*graph);
      }
    }
    for (size_t i = 0; i < (rule_.both_directions ? 2 : 1); ++i) {
      EXPECT_TRUE(fired_[i]) << (i == 0 ? "" : "from right to left: ")
                             << "there is no term where the rule fires";
    }
    CheckConditions();
  }

 private:
  void Fires(const Firing& firing, const Graph& graph) {
    auto expected = FiringGraph(entry_, firing, /*expected=*/true);
    ASSERT_TRUE(expected.ok()) << expected.status();
    Trial trial(rule_, graph);
    EXPECT_FALSE(trial.has_conflict()) << "the sides have different types";
    bool any = false;
    for (size_t i = 0; i < (rule_.both_directions ? 2 : 1); ++i) {
      const bool fired = trial.stats(i).unions > 0;
      fired_[i] = fired_[i] || fired;
      any = any || fired;
    }
    EXPECT_TRUE(any) << "the rule did not fire";
    std::vector<EClassId> found;
    EXPECT_EQ(trial.FindOutputs(*expected, &found), "")
        << "expected\n"
        << PrintGraph(*expected);
    if (found.empty()) return;
    EXPECT_EQ(found, trial.outputs()) << "expected terms are not equal";
  }

  void DoesNot(const Graph& graph) {
    Trial trial(rule_, graph);
    EXPECT_FALSE(trial.fired()) << "the rule fired";
    if (!trial.matched()) misses_.push_back(graph);
  }

  // Without a condition, the rule would fire at one of the near misses.
  void CheckConditions() const {
    Rule copy = rule_;
    for (Expr* condition : ConditionsOf(copy)) {
      const std::string text = PrintExpr(*condition);
      Expr yes;
      yes.kind = ExprKind::kBool;
      yes.int_value = 1;
      const Expr asked = std::exchange(*condition, yes);
      const bool decides = std::any_of(
          misses_.begin(), misses_.end(),
          [&](const Graph& graph) { return Trial(copy, graph).matched(); });
      *condition = asked;
      const bool implied =
          std::count(entry_.implied.begin(), entry_.implied.end(), text) > 0;
      EXPECT_NE(decides, implied)
          << "condition `" << text << "` "
          << (implied ? "is no implied one" : "decides no near miss");
    }
  }

  const Rule& rule_;
  const FiringEntry& entry_;
  bool fired_[2] = {false, false};
  std::vector<Graph> misses_;  // Those that a condition keeps from matching.
};

const std::string kFolder = "tests/rules/firings/";

std::vector<std::string> Families() {
  std::vector<std::string> names;
  for (const SourceText& source : EmbeddedRules()) {
    const size_t slash = source.name.rfind('/') + 1;
    names.push_back(source.name.substr(slash, source.name.rfind('.') - slash));
  }
  return names;
}

const ParsedFile* FindFamily(const std::string& name) {
  for (const ParsedFile& file : Book().files()) {
    const std::string& path = file.source.name;
    if (path == name + ".rules" || path.ends_with("/" + name + ".rules")) {
      return &file;
    }
  }
  return nullptr;
}

class FiringsTest : public testing::TestWithParam<std::string> {};

TEST_P(FiringsTest, RulesFireWhereTheyShould) {
  const ParsedFile* family = FindFamily(GetParam());
  ASSERT_NE(family, nullptr);
  const std::string path = absl::StrCat(kFolder, GetParam(), ".txt");
  auto entries = ParseFirings(path, ReadFile(path));
  ASSERT_TRUE(entries.ok()) << entries.status();
  std::map<std::string, const FiringEntry*> by_rule;
  for (const FiringEntry& entry : *entries) {
    EXPECT_TRUE(by_rule.emplace(entry.rule, &entry).second)
        << path << ":" << entry.line << ": " << entry.rule << " twice";
  }
  for (const Rule& rule : family->file.rules) {
    SCOPED_TRACE(absl::StrCat(path, ": rule ", rule.name));
    auto entry = by_rule.find(rule.name);
    EXPECT_TRUE(entry != by_rule.end()) << "has no entry";
    if (entry == by_rule.end()) continue;
    EntryCheck(rule, *entry->second).Run();
    by_rule.erase(entry);
  }
  for (const auto& [name, entry] : by_rule) {
    ADD_FAILURE() << path << ":" << entry->line << ": no rule " << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, FiringsTest, testing::ValuesIn(Families()),
                         [](const testing::TestParamInfo<std::string>& info) {
                           return info.param;
                         });

}  // namespace
}  // namespace esat

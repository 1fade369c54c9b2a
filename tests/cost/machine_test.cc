#include "cost/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "absl/strings/str_replace.h"
#include "cost/json_document.h"
#include "cost/machine_json.h"

namespace esat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A complete, correct file; each test below breaks one thing in it.
constexpr char kGood[] = R"({
  "schema": "esat.accel/1",
  "name": "toy",
  "source": ["this test"],
  "confidence": "guess",
  "clock_hz": 1e9,
  "compute": {
    "matrix": [
      {"name": "m", "dtypes": ["s8"], "macs_per_cycle": 64,
       "tile": {"m": 4, "n": 4, "k": 4}}
    ],
    "vector": [
      {"name": "v", "dtypes": ["f32", "i8"],
       "ops_per_cycle": {"add": 8, "special": 2, "tanh": 3}}
    ]
  },
  "memory": [
    {"name": "near", "bytes": 1024},
    {"name": "far", "bytes": null, "read_bytes_per_second": 1e9,
     "write_bytes_per_second": 5e8}
  ],
  "kernel": {"launch_seconds": 1e-6},
  "fallback": {"device": "host", "ops_per_second": 1e9,
    "transfer_bytes_per_second": 1e9, "sync_seconds": 0}
}
)";

std::string Broken(const std::string& from, const std::string& to) {
  EXPECT_THAT(kGood, HasSubstr(from));
  return absl::StrReplaceAll(kGood, {{from, to}});
}

std::string ErrorOf(const std::string& text) {
  auto machine = ParseMachine(text, "toy.json");
  EXPECT_FALSE(machine.ok()) << text;
  return std::string(machine.status().message());
}

TEST(MachineTest, ReadsEveryPart) {
  auto machine = ParseMachine(kGood, "toy.json");
  ASSERT_TRUE(machine.ok()) << machine.status();
  EXPECT_EQ(machine->name, "toy");
  EXPECT_EQ(machine->matrix[0].dtypes[0], DType::kI8);
  EXPECT_EQ(machine->matrix[0].tile_k, 4);
  const auto& rates = machine->vector[0].ops_per_cycle;
  EXPECT_EQ(rates[static_cast<size_t>(VectorOp::kMul)], 8);
  EXPECT_EQ(rates[static_cast<size_t>(VectorOp::kExp)], 2);
  EXPECT_EQ(rates[static_cast<size_t>(VectorOp::kTanh)], 3);
  EXPECT_TRUE(std::isinf(machine->memory[1].bytes));
  EXPECT_TRUE(std::isinf(machine->memory[0].read_bytes_per_second));
  EXPECT_EQ(machine->memory[1].write_bytes_per_second, 5e8);
  EXPECT_EQ(machine->fusion.max_ops, 1);
  EXPECT_EQ(machine->objective.latency, 1);
  EXPECT_GT(machine->reference_watts, 0);
}

TEST(MachineTest, UnknownFieldNamesTheNearest) {
  EXPECT_EQ(ErrorOf(Broken("\"launch_seconds\"", "\"launch_second\"")),
            "toy.json:22: kernel: unknown field \"launch_second\"; did you "
            "mean \"launch_seconds\" (a number of seconds >= 0)?\n"
            "toy.json:22: kernel: expected the field \"launch_seconds\" (a "
            "number of seconds >= 0), found none");
  EXPECT_THAT(
      ErrorOf(Broken("\"name\": \"toy\"", "\"name\": \"toy\", \"zzzzzz\": 1")),
      HasSubstr("toy.json:3: unknown field \"zzzzzz\"; expected one "
                "of schema, name"));
}

TEST(MachineTest, WrongUnit) {
  EXPECT_THAT(ErrorOf(Broken("\"clock_hz\": 1e9", "\"clock_mhz\": 1000")),
              HasSubstr("toy.json:6: unknown field \"clock_mhz\"; did you mean "
                        "\"clock_hz\" (a number of hertz >= 1000)?"));
  EXPECT_EQ(ErrorOf(Broken("\"clock_hz\": 1e9", "\"clock_hz\": \"1 GHz\"")),
            "toy.json:6: clock_hz: expected a number of hertz >= 1000, found "
            "\"1 GHz\" (write the plain number; its unit is hertz)");
  EXPECT_EQ(ErrorOf(Broken("\"clock_hz\": 1e9", "\"clock_hz\": 1")),
            "toy.json:6: clock_hz: expected a number of hertz >= 1000, found "
            "1");
}

TEST(MachineTest, NegativeAndZero) {
  EXPECT_EQ(
      ErrorOf(Broken("\"macs_per_cycle\": 64", "\"macs_per_cycle\": -64")),
      "toy.json:9: compute.matrix[0].macs_per_cycle: expected a number "
      "of multiply-adds per cycle > 0, found -64");
  EXPECT_THAT(ErrorOf(Broken("\"bytes\": 1024", "\"bytes\": 0")),
              HasSubstr("toy.json:18: memory[0].bytes: expected a number of "
                        "bytes > 0 or null, found 0"));
}

TEST(MachineTest, WrongType) {
  EXPECT_EQ(ErrorOf(Broken("{\"m\": 4,", "{\"m\": 4.5,")),
            "toy.json:10: compute.matrix[0].tile.m: expected a whole number of "
            "rows >= 1, found 4.5");
  EXPECT_THAT(
      ErrorOf(Broken("\"dtypes\": [\"s8\"]", "\"dtypes\": [\"q8\"]")),
      StartsWith("toy.json:9: compute.matrix[0].dtypes[0]: expected one "
                 "of \"f64\", \"f32\""));
  EXPECT_THAT(ErrorOf(Broken("\"dtypes\": [\"s8\"]", "\"dtypes\": \"s8\"")),
              HasSubstr("expected an array, found \"s8\""));
  EXPECT_EQ(ErrorOf("[]"),
            "toy.json:1: expected an object, found an empty array");
}

TEST(MachineTest, MissingRequired) {
  EXPECT_THAT(ErrorOf(Broken("\"clock_hz\": 1e9,", "")),
              HasSubstr("toy.json:1: expected the field \"clock_hz\" (a number "
                        "of hertz >= 1000), found none"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("expected the field \"schema\""));
}

TEST(MachineTest, WrongVersion) {
  EXPECT_EQ(ErrorOf(Broken("esat.accel/1", "esat.accel/2")),
            "toy.json:2: schema: expected \"esat.accel/1\", found "
            "\"esat.accel/2\"");
}

TEST(MachineTest, NotJson) {
  EXPECT_EQ(ErrorOf(""),
            "toy.json: expected a JSON object, found an empty file");
  EXPECT_EQ(ErrorOf(" \n\n"),
            "toy.json: expected a JSON object, found an empty file");
  EXPECT_THAT(ErrorOf("clock_hz = 5\n"),
              StartsWith("toy.json:1: not valid JSON: "));
  const std::string good = kGood;
  EXPECT_THAT(ErrorOf(good.substr(0, good.find("\"memory\""))),
              StartsWith("toy.json:17: not valid JSON: "));
  EXPECT_THAT(ErrorOf(good + "}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf(std::string("\0\xff\x01", 3)),
              HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf(std::string(100000, '[')), HasSubstr("nested deeper"));
  EXPECT_THAT(ErrorOf(Broken("\"clock_hz\": 1e9", "\"clock_hz\": 1e999")),
              StartsWith("toy.json:6: not valid JSON: "));
}

TEST(MachineTest, EveryTruncationIsAnError) {
  const std::string good = kGood;
  for (size_t i = 0; i + 3 < good.size(); ++i) {
    EXPECT_FALSE(ParseMachine(good.substr(0, i), "toy.json").ok()) << i;
  }
}

// Damaged files end in a machine or in a message with the file's name.
TEST(MachineTest, RandomDamage) {
  std::mt19937 rng(3);
  for (const std::string& name : MachinePresetNames()) {
    const std::string good(MachinePresetText(name));
    for (int round = 0; round < 1000; ++round) {
      std::string bad = good;
      for (int i = 0; i < 1 + round % 3; ++i) {
        const size_t at = rng() % bad.size();
        switch (rng() % 3) {
          case 0:
            bad[at] = static_cast<char>(rng() % 256);
            break;
          case 1:
            bad.erase(at, rng() % 40);
            break;
          default:
            bad.insert(at, bad.substr(rng() % bad.size(), rng() % 40));
        }
      }
      auto machine = ParseMachine(bad, "damaged.json");
      if (machine.ok()) continue;
      EXPECT_THAT(std::string(machine.status().message()),
                  StartsWith("damaged.json"));
    }
  }
}

TEST(MachineTest, DuplicateField) {
  EXPECT_EQ(ErrorOf(Broken("\"clock_hz\": 1e9,",
                           "\"clock_hz\": 1e9,\n\"clock_hz\": 2e9,")),
            "toy.json:7: field \"clock_hz\" is given twice");
}

TEST(MachineTest, ChecksThatNoSchemaCanMake) {
  EXPECT_THAT(ErrorOf(Broken("\"bytes\": null", "\"bytes\": 512")),
              HasSubstr("toy.json:19: memory[1].bytes: expected levels from "
                        "near to far"));
  EXPECT_THAT(ErrorOf(Broken("\"name\": \"far\"", "\"name\": \"near\"")),
              HasSubstr("toy.json:19: memory[1].name: expected a name not used "
                        "before, found \"near\""));
  EXPECT_THAT(ErrorOf(Broken("\"k\": 4", "\"k\": 1")),
              HasSubstr("expected m*n*k >= macs_per_cycle (64), found 16"));
  EXPECT_THAT(ErrorOf(Broken("\"read_bytes_per_second\": 1e9,", "")),
              HasSubstr("memory[1]: expected the last memory to have "
                        "read_bytes_per_second and write_bytes_per_second, "
                        "found none"));
}

TEST(MachineTest, OpNamesMustExist) {
  EXPECT_EQ(ErrorOf(Broken("\"kernel\":",
                           "\"native_ops\": [\"Relu\", "
                           "\"Convv\"],\n\"kernel\":")),
            "toy.json:22: native_ops[1]: expected the name of an op, found "
            "\"Convv\"; did you mean \"Conv\"?");
  EXPECT_THAT(ErrorOf(Broken("\"kernel\":",
                             "\"fusion\": {\"max_ops\": 2, \"epilogue_ops\": "
                             "[\"relu\"]},\n\"kernel\":")),
              HasSubstr("fusion.epilogue_ops[0]: expected the name of an op, "
                        "found \"relu\"; did you mean \"Relu\"?"));
}

TEST(MachineTest, AllProblemsAtOnceInTheFilesOrder) {
  const std::string text = absl::StrReplaceAll(
      kGood, {{"\"clock_hz\": 1e9", "\"clock_hz\": -1"},
              {"\"bytes\": 1024", "\"bytes\": -2"},
              {"\"sync_seconds\": 0", "\"sync_seconds\": -3"}});
  const std::string error = ErrorOf(text);
  EXPECT_LT(error.find("found -1"), error.find("found -2"));
  EXPECT_LT(error.find("found -2"), error.find("found -3"));
}

TEST(MachineTest, Files) {
  const std::string missing = "no/such/machine.json";
  auto machine = LoadMachine(missing);
  EXPECT_EQ(machine.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(machine.status().message(),
            missing + ": expected a machine file, found no such file");
  machine = LoadMachine("tests");
  EXPECT_EQ(machine.status().message(),
            "tests: expected a machine file, found a directory");
  const std::string path = ::testing::TempDir() + "/esat_machine_test.json";
  std::ofstream(path) << kGood;
  machine = LoadMachine(path);
  ASSERT_TRUE(machine.ok()) << machine.status();
  EXPECT_EQ(machine->file, path);
  std::remove(path.c_str());
}

TEST(MachineTest, UnknownPresetListsTheKnown) {
  auto machine = LoadMachine("ethos-u65-255");
  EXPECT_EQ(machine.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(machine.status().message(),
            "unknown machine \"ethos-u65-255\" (did you mean ethos-u65-256?): "
            "expected a file, or a preset: cpu-avx2, ethos-u65-256, "
            "tpu-v4-like");
}

TEST(MachinePresetTest, AllLoadAndCiteTheirSources) {
  EXPECT_THAT(MachinePresetNames(),
              ElementsAre("cpu-avx2", "ethos-u65-256", "tpu-v4-like"));
  for (const std::string& name : MachinePresetNames()) {
    auto machine = LoadMachine(name);
    ASSERT_TRUE(machine.ok()) << machine.status();
    EXPECT_EQ(machine->name, name);
    EXPECT_GE(machine->sources.size(), 3u) << name;
    EXPECT_GE(machine->notes.size(), 5u) << name;
    EXPECT_EQ(machine->file, "preset " + name);
    EXPECT_GT(machine->fusion.max_ops, 1) << name;
  }
}

TEST(MachinePresetTest, CitedFigures) {
  const TargetMachine ethos = *LoadMachine("ethos-u65-256");
  EXPECT_EQ(ethos.matrix[0].macs_per_cycle, 256);
  EXPECT_EQ(ethos.PricedDType(DType::kF32), DType::kI8);
  const TargetMachine tpu = *LoadMachine("tpu-v4-like");
  const MatrixUnit& mxu = tpu.matrix[0];
  EXPECT_NEAR(
      2 * mxu.macs_per_cycle * static_cast<double>(mxu.count) * tpu.clock_hz,
      275e12, 1e12);
  const TargetMachine cpu = *LoadMachine("cpu-avx2");
  EXPECT_NEAR(2 * cpu.matrix[0].macs_per_cycle * 4 * cpu.clock_hz, 409.6e9, 1);
}

// Every field of the schema as a path, arrays as [].
void SchemaFields(const JsonValue& root, const JsonValue& unresolved,
                  const std::string& path, std::set<std::string>* fields) {
  const JsonValue* schema = &unresolved;
  if (const JsonValue* ref = unresolved.Find("$ref")) {
    schema = root.Find("$defs")->Find(ref->text.substr(8));
  }
  if (const JsonValue* items = schema->Find("items")) {
    SchemaFields(root, *items, path + "[]", fields);
  }
  const JsonValue* properties = schema->Find("properties");
  if (properties == nullptr || path == "assume_dtype") return;
  for (const JsonMember& field : properties->members) {
    const std::string at = path.empty() ? field.name : path + "." + field.name;
    fields->insert(at);
    SchemaFields(root, field.value, at, fields);
  }
}

// The schema and the parser have the same fields: a file with all of them
// passes, and reading it touches each.
TEST(MachineSchemaTest, ParserReadsEveryFieldOfTheSchema) {
  auto schema = ParseJsonDocument(MachineSchemaText(), "schema");
  ASSERT_TRUE(schema.ok()) << schema.status();
  std::set<std::string> in_schema;
  SchemaFields(*schema, *schema, "", &in_schema);
  EXPECT_GT(in_schema.size(), 90u);

  const std::string path = "tests/cost/testdata/every_field.json";
  std::ifstream in(path);
  const std::string text((std::istreambuf_iterator<char>(in)),
                         std::istreambuf_iterator<char>());
  auto machine = ParseMachine(text, path);
  ASSERT_TRUE(machine.ok()) << machine.status();
  std::vector<std::string> read;
  ASSERT_TRUE(
      MachineFromJson(*ParseJsonDocument(text, path), path, &read).ok());
  EXPECT_EQ(std::set<std::string>(read.begin(), read.end()), in_schema);
}

// docs/machine.md names every field.
TEST(MachineSchemaTest, EveryFieldIsDocumented) {
  auto schema = ParseJsonDocument(MachineSchemaText(), "schema");
  ASSERT_TRUE(schema.ok()) << schema.status();
  std::set<std::string> fields;
  SchemaFields(*schema, *schema, "", &fields);
  std::ifstream in("docs/machine.md");
  const std::string text((std::istreambuf_iterator<char>(in)),
                         std::istreambuf_iterator<char>());
  for (const std::string& field : fields) {
    const std::string leaf = field.substr(field.rfind('.') + 1) + "`";
    EXPECT_TRUE(text.find("`" + leaf) != std::string::npos ||
                text.find("." + leaf) != std::string::npos)
        << field;
  }
}

// Nothing but what the schema says is accepted: leaving out any required field,
// and adding an unknown one to any object, are errors.
TEST(MachineSchemaTest, UnknownFieldsAreErrorsInEveryObject) {
  std::ifstream in("tests/cost/testdata/every_field.json");
  const std::string text((std::istreambuf_iterator<char>(in)),
                         std::istreambuf_iterator<char>());
  size_t objects = 0;
  for (size_t at = text.find('{'); at != std::string::npos;
       at = text.find('{', at + 1)) {
    std::string broken = text;
    broken.insert(at + 1, "\"not_a_field\": [], ");
    EXPECT_FALSE(ParseMachine(broken, "f").ok()) << text.substr(at, 60);
    ++objects;
  }
  EXPECT_GT(objects, 10u);
}

}  // namespace
}  // namespace esat

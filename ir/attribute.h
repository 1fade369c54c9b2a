// Attribute values and the records that ops carry.
#ifndef ESAT_IR_ATTRIBUTE_H_
#define ESAT_IR_ATTRIBUTE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "ir/dim.h"
#include "ir/dtype.h"
#include "ir/literal.h"

namespace esat {

class Graph;
using GraphRef = std::shared_ptr<const Graph>;

// One attribute's value. ONNX's floats are held as doubles and are exact.
class AttrValue {
 public:
  using Variant =
      std::variant<int64_t, double, std::string, std::vector<int64_t>,
                   std::vector<double>, std::vector<std::string>,
                   std::vector<Dim>, Literal, GraphRef, DType>;
  // In the order of Variant's alternatives.
  enum Kind : uint8_t {
    kInt,
    kFloat,
    kString,
    kInts,
    kFloats,
    kStrings,
    kDims,
    kTensor,
    kGraph,
    kDType
  };

  AttrValue(int64_t v) : value_(v) {}                              // NOLINT
  AttrValue(int v) : value_(static_cast<int64_t>(v)) {}            // NOLINT
  AttrValue(double v) : value_(v) {}                               // NOLINT
  AttrValue(std::string v) : value_(std::move(v)) {}               // NOLINT
  AttrValue(const char* v) : value_(std::string(v)) {}             // NOLINT
  AttrValue(std::vector<int64_t> v) : value_(std::move(v)) {}      // NOLINT
  AttrValue(std::vector<double> v) : value_(std::move(v)) {}       // NOLINT
  AttrValue(std::vector<std::string> v) : value_(std::move(v)) {}  // NOLINT
  AttrValue(std::vector<Dim> v) : value_(std::move(v)) {}          // NOLINT
  AttrValue(Literal v) : value_(std::move(v)) {}                   // NOLINT
  AttrValue(GraphRef v) : value_(std::move(v)) {}                  // NOLINT
  AttrValue(DType v) : value_(v) {}                                // NOLINT

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  // Requires: the kind is that of T.
  template <typename T>
  const T& get() const {
    const T* v = std::get_if<T>(&value_);
    ESAT_CHECK(v != nullptr) << "attribute of kind " << value_.index();
    return *v;
  }
  int64_t as_int() const { return get<int64_t>(); }
  double as_float() const { return get<double>(); }
  const std::string& as_string() const { return get<std::string>(); }
  const std::vector<int64_t>& as_ints() const {
    return get<std::vector<int64_t>>();
  }
  const std::vector<double>& as_floats() const {
    return get<std::vector<double>>();
  }
  const std::vector<std::string>& as_strings() const {
    return get<std::vector<std::string>>();
  }
  const std::vector<Dim>& as_dims() const { return get<std::vector<Dim>>(); }
  const Literal& as_tensor() const { return get<Literal>(); }
  const GraphRef& as_graph() const { return get<GraphRef>(); }
  DType as_dtype() const { return get<DType>(); }

  std::string ToString() const;
  friend bool operator==(const AttrValue& a, const AttrValue& b);
  size_t Hash() const;

 private:
  Variant value_;
};

// Attributes by name, sorted, each once: a record compares and hashes as a
// value.
class AttrRecord {
 public:
  using Entry = std::pair<std::string, AttrValue>;

  AttrRecord() = default;
  AttrRecord(std::initializer_list<Entry> entries) {
    for (const Entry& e : entries) Set(e.first, e.second);
  }

  // Adds or replaces.
  void Set(std::string_view name, AttrValue value);
  void Erase(std::string_view name);
  const AttrValue* Find(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  // Requires: the attribute is there.
  const AttrValue& Get(std::string_view name) const;
  int64_t Int(std::string_view name) const { return Get(name).as_int(); }
  double Float(std::string_view name) const { return Get(name).as_float(); }
  const std::string& String(std::string_view name) const {
    return Get(name).as_string();
  }
  const std::vector<int64_t>& Ints(std::string_view name) const {
    return Get(name).as_ints();
  }
  const std::vector<Dim>& Dims(std::string_view name) const {
    return Get(name).as_dims();
  }
  const Literal& Tensor(std::string_view name) const {
    return Get(name).as_tensor();
  }
  DType Type(std::string_view name) const { return Get(name).as_dtype(); }
  int64_t IntOr(std::string_view name, int64_t otherwise) const;

  // Whether some size among the attributes is no integer: the op then depends
  // on the shapes of a run.
  bool has_symbols() const;

  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  std::string ToString() const;  // "axis=1, perm=[0,2,1]"
  friend bool operator==(const AttrRecord& a, const AttrRecord& b) {
    return a.entries_ == b.entries_;
  }
  size_t Hash() const;

 private:
  std::vector<Entry> entries_;
};

// Interns records to dense ids, 0 being the empty record, in order of first
// use.
//
// Threads. All members may run concurrently; references stay valid for the
// table's life. Ids depend on the order of Intern calls, so deterministic
// callers intern from one thread.
class AttrTable {
 public:
  AttrTable();
  AttrTable(const AttrTable&) = delete;
  AttrTable& operator=(const AttrTable&) = delete;

  uint32_t Intern(AttrRecord record);
  const AttrRecord& Get(uint32_t id) const;
  // The id of a record that was interned before.
  std::optional<uint32_t> Find(const AttrRecord& record) const;
  size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::deque<AttrRecord> records_;  // Guarded by mutex_.
  absl::flat_hash_map<size_t, std::vector<uint32_t>>
      by_hash_;  // Guarded by mutex_.
};

}  // namespace esat

#endif  // ESAT_IR_ATTRIBUTE_H_

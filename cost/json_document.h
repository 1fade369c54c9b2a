// JSON text as a tree that remembers its lines, so that a mistake in a file can
// be shown where it was made. Reading only; private to the cost room.
#ifndef ESAT_COST_JSON_DOCUMENT_H_
#define ESAT_COST_JSON_DOCUMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace esat {

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  int line = 0;             // 1-based, where the value starts.
  bool boolean = false;     // kBool
  double number = 0;        // kNumber
  bool is_integer = false;  // kNumber written without fraction or exponent,
                            // or whose value is integral (1e6).
  std::string text;         // kString: the value; kNumber: as written.
  std::vector<JsonValue> items;     // kArray
  std::vector<JsonMember> members;  // kObject, in the file's order.

  // The member of that name, or null. Linear: objects here are small.
  const JsonValue* Find(std::string_view name) const;

  // How a message shows the value: `-3`, `"500 MHz"`, `an object`, `null`.
  std::string Describe() const;
};

struct JsonMember {
  std::string name;
  int line = 0;
  JsonValue value;
};

// Parses one JSON text. Fails with kInvalidArgument and "FILE:LINE: ..." on an
// empty text, bad syntax, a truncated text, a name given twice in one object,
// numbers out of range, and nesting deeper than 64.
absl::StatusOr<JsonValue> ParseJsonDocument(std::string_view text,
                                            const std::string& file);

}  // namespace esat

#endif  // ESAT_COST_JSON_DOCUMENT_H_

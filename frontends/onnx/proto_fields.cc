#include "frontends/onnx/proto_fields.h"

#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

namespace esat::onnx_import {

using google::protobuf::FieldDescriptor;

std::vector<std::string> BytesFields(const google::protobuf::Message& message,
                                     int number) {
  std::vector<std::string> values;
  const auto* reflection = message.GetReflection();
  const FieldDescriptor* field =
      message.GetDescriptor()->FindFieldByNumber(number);
  if (field == nullptr) {
    const auto& unknown = reflection->GetUnknownFields(message);
    for (int i = 0; i < unknown.field_count(); ++i) {
      if (unknown.field(i).number() != number ||
          unknown.field(i).type() !=
              google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
        continue;
      }
      values.push_back(unknown.field(i).length_delimited());
    }
    return values;
  }
  const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (field->is_repeated()) {
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      values.push_back(is_message
                           ? reflection->GetRepeatedMessage(message, field, i)
                                 .SerializePartialAsString()
                           : reflection->GetRepeatedString(message, field, i));
    }
  } else if (reflection->HasField(message, field)) {
    values.push_back(
        is_message
            ? reflection->GetMessage(message, field).SerializePartialAsString()
            : reflection->GetString(message, field));
  }
  return values;
}

std::string BytesField(const google::protobuf::Message& message, int number) {
  std::vector<std::string> values = BytesFields(message, number);
  return values.empty() ? std::string() : std::move(values.back());
}

}  // namespace esat::onnx_import

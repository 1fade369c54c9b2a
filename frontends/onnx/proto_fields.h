// Fields that newer versions of onnx.proto added, whatever version this build
// has: read by number, known or unknown.
#ifndef ESAT_FRONTENDS_ONNX_PROTO_FIELDS_H_
#define ESAT_FRONTENDS_ONNX_PROTO_FIELDS_H_

#include <string>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace esat::onnx_import {

// Every occurrence of the length-delimited field `number`: strings as they are,
// messages serialized.
std::vector<std::string> BytesFields(const google::protobuf::Message& message,
                                     int number);
// The last one, or "".
std::string BytesField(const google::protobuf::Message& message, int number);

// Numbers in onnx.proto.
inline constexpr int kNodeOverload = 8;
inline constexpr int kFunctionAttributeProto = 11;
inline constexpr int kFunctionOverload = 13;

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_PROTO_FIELDS_H_

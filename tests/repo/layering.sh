#!/usr/bin/env bash
# The rooms and what each may include (docs/architecture.md), and which libraries stay in which folder.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# A room knows these and, through them, what they know.
declare -A knows=(
  [base]=''
  [ir]='base'
  [eval]='ir'
  [egraph]='base'
  [tensor]='egraph ir eval'
  [rules]='tensor'
  [cost]='ir'
  [extract]='base'
  [fuse]='tensor rules cost extract'
  [frontends]='ir'
  [backends/onnx]='ir cost'
  [backends/mlir]='ir cost'
  [backends/accel]='ir cost eval'
  [driver]='fuse frontends backends/onnx backends/mlir backends/accel'
  [tools]='driver'
  [examples]='driver'
)

room_of() {
  case $1 in
    backends/*/*) local rest=${1#backends/}; printf 'backends/%s' "${rest%%/*}" ;;
    */*) printf '%s' "${1%%/*}" ;;
  esac
}

declare -A closure
close() {
  local room=$1 other
  [ -z "${closure[$room]+done}" ] || return 0
  closure[$room]=" $room "
  for other in ${knows[$room]}; do
    close "$other"
    closure[$room]+="${closure[$other]}"
  done
}
for room in "${!knows[@]}"; do close "$room"; done

# Headers of other people, and the only places that may include them. Tests may include anything.
allowed_library() {
  case $2 in
    onnx/*|google/protobuf/*) [[ $1 == frontends/* || $1 == backends/onnx/* ]] ;;
    nlohmann/*|CLI/*) [[ $1 == *.cc ]] ;;
    coin/*) [[ $1 == extract/* ]] ;;
    tbb/*|future) return 1 ;;
    thread) [[ $1 == base/* || $1 == tools/* || $1 == driver/* ]] ;;
    *) return 0 ;;
  esac
}

while read -r file; do
  room=$(room_of "$file")
  [ -n "$room" ] && [ -n "${closure[$room]+known}" ] || continue
  while read -r included; do
    other=$(room_of "$included")
    if [ -n "$other" ] && [ -n "${closure[$other]+known}" ] && [[ "${closure[$room]}" != *" $other "* ]]; then
      problem "$file includes $included: $room does not know $other"
    fi
    # A header that shows protobuf is for its own folder.
    if [[ $included == */*.h && $file != "${included%/*}"/* && -f $included ]] && grep -qE 'include <(onnx|google)/' "$included"; then
      problem "$file includes $included, which shows protobuf outside its folder"
    fi
    allowed_library "$file" "$included" || problem "$file includes <$included>, which has no place there"
  done < <(sed -n 's/^ *# *include *[<"]\([^>"]*\)[>"].*/\1/p' "$file")
  if [[ $file == *.h ]] && grep -n 'absl::string_view' "$file"; then
    problem "$file: absl::string_view in a header; use std::string_view"
  fi
done < <(own_files '*.h' '*.cc' '*.def')
finish

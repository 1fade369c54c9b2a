#!/usr/bin/env bash
# The checks beside this file, on a small tree with one violation of each kind: every one of them must be reported.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{tests/repo,egraph,ir,docs}
cp "$here"/*.sh "$tree/tests/repo/"
printf '# none\nir/gone.cc because\n' >"$tree/tests/repo/long_files.txt"
failures=0

# expect CHECK TEXT [ARGUMENT...]: the check fails and its output has the text.
expect() {
  local check=$1 text=$2 output
  shift 2
  if output=$("$tree/tests/repo/$check.sh" "$@" 2>&1) || ! grep -qF -- "$text" <<<"$output"; then
    printf 'not reported by %s: %s\n%s\n' "$check" "$text" "$output"
    failures=$((failures + 1))
  fi
}

printf '#include "ir/type.h"\nnamespace esat{}\n' >"$tree/egraph/bad.cc"
printf '#include <nlohmann/json.hpp>\nabsl::string_view x;\n' >"$tree/ir/type.h"
printf '#include "ir/type.h"\n#include "ir/first.h"\n' >"$tree/ir/first.cc"
printf 'Unknown x;\n' >"$tree/ir/first.h"
printf 'Unknown x;\n' >"$tree/ir/alone.h"
seq 1001 >"$tree/ir/long.cc"
printf '# A heading\n[x](gone.md) [y](page.md#a-heading) [z](page.md#not-there)\n' >"$tree/docs/page.md"
printf 'see /%s/x\n// %s: later\n' wo""rk TO""DO >"$tree/ir/notes.cc"
chmod +x "$tree"/tests/repo/*.sh

mkdir -p "$tree"/{frontends/onnx,driver}
printf '#include <onnx/onnx_pb.h>\n' >"$tree/frontends/onnx/proto.h"
printf '#include "frontends/onnx/proto.h"\n' | tee "$tree/driver/bad.cc" >"$tree/frontends/onnx/good.cc"

expect layering 'egraph does not know ir'
expect layering 'driver/bad.cc includes frontends/onnx/proto.h, which shows protobuf outside its folder'
expect layering '4 problem(s)'
expect layering 'includes <nlohmann/json.hpp>, which has no place there'
expect layering 'absl::string_view in a header'
expect headers 'before its own header ir/first.h' true
expect headers 'ir/alone.h does not compile alone' false
expect size 'ir/long.cc has 1001 lines'
expect size 'lists ir/gone.cc, which is not there'

for room in egraph ir; do printf 'namespace esat {\nstruct Twice {\n};\n}  // namespace esat\n' >"$tree/$room/twice.h"; done
printf 'namespace esat {\nnamespace {\nstruct Twice {\n};\n}  // namespace\n}  // namespace esat\n' >"$tree/ir/hidden.cc"
expect names 'esat::Twice is defined in egraph/twice.h ir/twice.h'
expect names '1 problem(s)'
expect links 'gone.md leads nowhere'
expect links 'has no heading #not-there'
expect hygiene 'a path of one machine'
expect hygiene 'work left for later'
mkdir -p "$tree"/{rules,tests/rules}
printf 'rule drop-it [simplify]\n  A(x) => x\n# Good.\nrule keep-it [simplify]\n' >"$tree/rules/x.rules"
printf 'keep-it\n' >"$tree/tests/rules/x_test.cc"
expect rules 'rule drop-it has no sentence'
expect rules 'no test under tests/rules names rule drop-it'
expect rules '2 problem(s)'
if [ -n "${1:-}" ]; then expect format 'egraph/bad.cc: not formatted' "$1"; fi
if "$tree/tests/repo/links.sh" | grep -qF 'page.md#a-heading'; then
  printf 'links: reports a heading that is there\n'
  failures=$((failures + 1))
fi
[ "$failures" -eq 0 ]

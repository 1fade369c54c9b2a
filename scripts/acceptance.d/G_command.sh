#!/usr/bin/env bash
# The command: its parts, its exit codes, its JSON.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

model=tests/data/mnist-cntk.onnx
keys='cost_before cost_after lower_bound optimal kernels_before kernels_after enodes eclasses iterations stop_reason saturate_seconds
extract_seconds total_seconds peak_bytes licences assumed outputs'
code=0
"$ESAT" $model --cost ethos-u65-256 -o "$work/out" --json >"$work/out.json" 2>"$work/out.err" || code=$?
missing=
for key in $keys; do
  [ "$(json "$work/out.json" "j.$key === undefined" || echo true)" = false ] || missing+="$key "
done
row '[ $code = 0 ] && [ -z "$missing" ]' G.1 "--json: one object with the documented keys" "exit $code${missing:+, missing: $missing}"

cp $model "$work/mine.onnx"
code=0
(cd "$work" && rm -f mine.esat.* && "$ESAT" mine.onnx --cost ethos-u65-256) >"$work/default.txt" 2>&1 || code=$?
row '[ $code = 0 ] && [ -s "$work/mine.esat.onnx" ] && [ -s "$work/mine.esat.mlir" ]' G.2 "default prefix: the model's name with .esat" \
  "exit $code, $(cd "$work" && echo mine.esat.*)"

said=$(cat "$work/default.txt")
row '[ $code = 0 ] && grep -qi "kernel" <<<"$said" && grep -q "ended: " <<<"$said" && grep -qi "optimal\|within" <<<"$said"' G.3 \
  "the summary: cost by kind of kernel, what fused, rules, stop reason, gap, files" "$(wc -l <<<"$said") lines"

for part in "inspect $model" "rules" "--help" "--version"; do
  code=0
  # shellcheck disable=SC2086
  "$ESAT" $part >"$work/part.txt" 2>&1 || code=$?
  row '[ $code = 0 ] && [ -s "$work/part.txt" ]' G.4 "esat $part" "exit $code, $(wc -l <"$work/part.txt") lines"
done

case=tests/data/conformance/test_matmul_3d
good=0 bad=0
"$ESAT" run $case/model.onnx --inputs $case/test_data_set_0 >"$work/run.txt" 2>&1 || good=$?
rm -rf "$work/wrong" && cp -r $case/test_data_set_0 "$work/wrong"
# Another case's tensor of the same dtype where the answer should be.
cp "$work/wrong/input_0.pb" "$work/wrong/output_0.pb"
"$ESAT" run $case/model.onnx --inputs "$work/wrong" >"$work/wrong.txt" 2>&1 || bad=$?
row '[ $good = 0 ] && [ $bad != 0 ] && [ $bad -lt 100 ]' G.5 "esat run: compares with output_N.pb, and the exit code tells" "right: exit $good, wrong: exit $bad"

good=0 bad=0 ort=0
"$ESAT" verify $model "$work/out.onnx" >"$work/verify.txt" 2>&1 || good=$?
"$ESAT" verify $model "$work/out.onnx" --with ort >"$work/ort.txt" 2>&1 || ort=$?
# A model in whose largest tensor sixteen weights differ, exponents and signs too.
node -e 'const fs = require("fs"); const b = fs.readFileSync(process.argv[1]); for (let at = b.length >> 1, end = at + 64; at < end; at++) b[at] ^= 0x42; fs.writeFileSync(process.argv[2], b)' $model "$work/other.onnx"
"$ESAT" verify $model "$work/other.onnx" >"$work/other.txt" 2>&1 || bad=$?
row '[ $good = 0 ] && [ $ort = 0 ] && [ $bad != 0 ] && [ $bad -lt 100 ]' G.6 "esat verify: eval and ort agree on the result, a changed weight is found" \
  "equal: exit $good, with ort: exit $ort, different: exit $bad"

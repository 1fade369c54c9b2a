#!/usr/bin/env bash
# What is written: ONNX that ONNX Runtime takes, functions with standard bodies if asked, a module that stock MLIR parses.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

model=examples/text-direction.onnx
assume=p2o.DynamicDimension.0=1,p2o.DynamicDimension.1=48,p2o.DynamicDimension.2=192
compare=(node tests/ort/ort_run.js compare $model)
hints=(--hints tests/corpus/inputs.json --name ppocr-mobile-cls)

code=0
"$ESAT" $model --cost ethos-u65-256 --assume $assume -o "$work/plain" >"$work/plain.txt" 2>&1 || code=$?
same=1
"${compare[@]}" "$work/plain.onnx" "${hints[@]}" >"$work/plain.jsonl" && same=0
foreign=$(node -e 'const {readModel} = require("./tests/ort/model.js"); console.log([...new Set(readModel(process.argv[1]).nodes.map((n) => n.domain))].filter((d) => d).join(" "))' "$work/plain.onnx" || echo unreadable)
row '[ $code = 0 ] && [ $same = 0 ] && [ -z "$foreign" ]' F.1 "ONNX out: same outputs in ONNX Runtime, no custom op" \
  "exit $code, $(tail -1 "$work/plain.jsonl"), domains: ai.onnx${foreign:+ $foreign}"

code=0
"$ESAT" $model --cost ethos-u65-256 --assume $assume --functions -o "$work/functions" >"$work/functions.txt" 2>&1 || code=$?
same=1
"${compare[@]}" "$work/functions.onnx" "${hints[@]}" >"$work/functions.jsonl" && same=0
functions=$(node -e 'const pb = require("./tests/ort/protobuf.js"); console.log(pb.all(pb.parse(require("fs").readFileSync(process.argv[1])), 25).length)' "$work/functions.onnx" || echo 0)
row '[ $code = 0 ] && [ $same = 0 ] && [ "$functions" -gt 0 ]' F.2 "--functions: fused kernels as model-local functions, same outputs" "exit $code, $functions functions"

parses=no
mlir_opt=$(command -v mlir-opt-16 || command -v mlir-opt || true)
if [ -n "$mlir_opt" ] && "$mlir_opt" --allow-unregistered-dialect "$work/plain.mlir" -o /dev/null 2>"$work/mlir.err"; then parses=yes; fi
row '[ $parses = yes ]' F.3 "the accelerator module parses with stock mlir-opt" "${mlir_opt:-no mlir-opt}: $parses $(head -1 "$work/mlir.err" 2>/dev/null || true)"

expected=$work/expected
node tests/ort/ort_run.js run $model --out "$expected" "${hints[@]}" >"$work/reference"
code=0
"$ESAT" run "$work/plain.mlir" --inputs "$expected" >"$work/run.txt" 2>&1 || code=$?
row '[ $code = 0 ]' F.4 "\`esat run\` executes the module and gives ONNX Runtime's outputs" "exit $code, $(tail -1 "$work/run.txt")"

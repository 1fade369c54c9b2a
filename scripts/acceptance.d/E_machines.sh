#!/usr/bin/env bash
# Machine files, prices and bounds, on the model that the repository ships and on every preset.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

model=examples/text-direction.onnx
assume=p2o.DynamicDimension.0=1,p2o.DynamicDimension.1=48,p2o.DynamicDimension.2=192
presets=0
for preset in cost/presets/*.json; do
  name=$(basename "$preset" .json)
  presets=$((presets + 1))
  code=0
  "$ESAT" $model --cost "$name" --assume $assume -o "$work/$name" --json >"$work/$name.json" 2>"$work/$name.err" || code=$?
  figures=$(json "$work/$name.json" '`cost ${j.cost_before} → ${j.cost_after}, lower bound ${j.lower_bound}, optimal ${j.optimal}, kernels ${j.kernels_before} → ${j.kernels_after}`' || tail -1 "$work/$name.err")
  holds=$(json "$work/$name.json" 'j.lower_bound > 0 && j.lower_bound <= j.cost_after * (1 + 1e-9) && j.cost_after <= j.cost_before' || echo false)
  row '[ $code = 0 ] && [ "$holds" = true ]' E.1 "preset $name: a price, a bound, never dearer" "$figures"
  sources=$(json "$preset" '[].concat(j.source || []).length')
  row '[ "$sources" -gt 0 ]' E.2 "preset $name cites its sources" "$sources sources"
done
row '[ $presets -ge 3 ]' E.3 "three presets and a JSON schema" "$presets presets, $(ls cost/schema)"

code=0
"$ESAT" $model --cost cost/presets/ethos-u65-256.json --assume $assume -o "$work/file" --json >"$work/file.json" 2>"$work/file.err" || code=$?
row '[ $code = 0 ] && cmp -s "$work/file.onnx" "$work/ethos-u65-256.onnx"' E.4 "--cost takes a file as it takes a preset's name" "exit $code"
count_tests '^extract\.(Extract|Check|Certificate)\.'
row '[ "$tests_total" -gt 0 ] && [ "$tests_passed" = "$tests_total" ]' E.5 "exact extraction with Cbc, against brute force and the checker" "$tests_passed of $tests_total tests"

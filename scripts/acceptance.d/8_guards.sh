#!/usr/bin/env bash
# What must be refused, interrupted or bounded, and the library as another project sees it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count_tests 'rules.*[Ww]rong'
row '[ "$tests_total" -gt 0 ] && [ "$tests_passed" = "$tests_total" ]' 8.1 "a deliberately wrong rule that the sampler catches" \
  "$tests_passed of $tests_total tests"

damaged=0 refused=0
for module in tests/backends/accel/damaged/*.mlir; do
  [ -e "$module" ] || continue
  damaged=$((damaged + 1))
  code=0
  "$ESAT" run "$module" --inputs "$work" >"$work/out" 2>&1 || code=$?
  printf '%s\t%s\t%s\n' "$module" "$code" "$(tail -1 "$work/out")"
  if [ "$code" -gt 0 ] && [ "$code" -lt 100 ]; then refused=$((refused + 1)); fi
done
count_tests 'backends/accel.*[Dd]amaged'
row '{ [ "$refused" = "$damaged" ] && [ "$damaged" -ge 30 ]; } || { [ "$tests_total" -ge 30 ] && [ "$tests_passed" = "$tests_total" ]; }' \
  8.2 "at least 30 damaged accelerator modules, all refused" "$refused of $damaged files, $tests_passed of $tests_total tests"

count_tests '^repo\.consumer$'
row '[ "$tests_passed" = 1 ]' 8.3 "a consumer project built with find_package(esat)" "$tests_passed of $tests_total tests"

need_corpus
big=$(model bert-squad-tf-3836-nodes)

# Far more work than the defaults allow, so that the interrupt lands in saturation.
"$ESAT" "$big" --cost ethos-u65-256 --iterations 100000 --nodes 50000000 -o "$work/interrupted" --json >"$work/interrupted.json" 2>"$work/interrupted.err" &
pid=$!
sleep 1.5
alive=no
if kill -INT $pid 2>/dev/null; then alive=yes; fi
start=$(date +%s.%N)
code=0
wait $pid || code=$?
after=$(date +%s.%N)
seconds=$(awk -v a="$start" -v b="$after" 'BEGIN {printf "%.1f", b - a}')
stop=$(json "$work/interrupted.json" j.stop_reason || true)
compared=1
if [ -f "$work/interrupted.onnx" ]; then
  compared=0
  node tests/ort/ort_run.js compare "$big" "$work/interrupted.onnx" --seeds 1 >"$work/compare" || compared=$?
fi
row '[ $alive = yes ] && [ $code = 0 ] && [ $compared = 0 ] && [[ "$stop" == *nterrupt* || "$stop" == *ancel* ]]' 8.4 "SIGINT in mid-saturation leaves a valid model" \
  "still running: $alive, exit $code after $seconds s, stop reason ${stop:-none}, same outputs in ONNX Runtime: $([ $compared = 0 ] && echo yes || echo no)"

limit=6000
"$ESAT" "$big" --cost ethos-u65-256 --nodes $limit -o "$work/nodes" --json >"$work/nodes.json" 2>"$work/nodes.err" || true
enodes=$(json "$work/nodes.json" j.enodes || echo none)
stop=$(json "$work/nodes.json" j.stop_reason || echo none)
row '[ "$enodes" != none ] && [ "$enodes" -le $limit ]' 8.5 "--nodes $limit kept on bert-squad" "$enodes e-nodes, stop reason $stop"

measure "$ESAT" "$big" --cost ethos-u65-256 --memory 300MB -o "$work/memory" --json >"$work/memory.json" 2>"$work/memory.err"
stop=$(json "$work/memory.json" j.stop_reason || echo none)
row '[ $code = 0 ] && [ "$peak_mb" -le 300 ]' 8.6 "--memory 300MB kept on bert-squad" "exit $code, $peak_mb MB, stop reason $stop"

#!/usr/bin/env bash
# What must be refused, interrupted or bounded, and the library as another project sees it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count_tests 'rules.*[Ww]rong'
row '[ "$tests_total" -gt 0 ] && [ "$tests_passed" = "$tests_total" ]' 8.1 "a deliberately wrong rule that the sampler catches" \
  "$tests_passed of $tests_total tests"

# Each case damages a good module in one place and expects its message; the suite records how many.
code=0
"$ESAT_BUILD/tests/esat_backends_accel_test" --gtest_filter='AccelVerify.*' --gtest_output="json:$work/damaged.json" >"$work/damaged.txt" 2>&1 || code=$?
damaged=$(json "$work/damaged.json" 'j.testsuites.flatMap((s) => s.testsuite).flatMap((t) => Object.entries(t))
  .filter(([key]) => key.startsWith("damaged_modules_")).reduce((sum, [, count]) => sum + Number(count), 0)' || echo 0)
row '[ $code = 0 ] && [ "$damaged" -ge 30 ]' 8.2 "at least 30 damaged accelerator modules, all refused" "$damaged modules, the tests' exit $code"

count_tests '^repo\.consumer$'
row '[ "$tests_passed" = 1 ]' 8.3 "a consumer project built with find_package(esat)" "$tests_passed of $tests_total tests"

need_corpus
big=$(model bert-squad-tf-3836-nodes)

# A rule that never ends: no shipped one is like it, and without it the model saturates before any limit.
cat >"$work/ladder.rules" <<'RULES'
# A sum is the same one rank up: a ladder without end.
rule lift-sum [explore]
  Add(x, y) => Squeeze(Add(Unsqueeze(x, axes=[0]), Unsqueeze(y, axes=[0])), axes=[0])
  where rank(x) == rank(y)
RULES
endless=("$ESAT" "$big" --cost ethos-u65-256 --rules "$work/ladder.rules" --iterations 100000)

"${endless[@]}" --nodes 50000000 -o "$work/interrupted" --json >"$work/interrupted.json" 2>"$work/interrupted.err" &
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

# The limits are looked at after every match: at most 1 % above, whatever one match inserts.
limit=6000
"${endless[@]}" --nodes $limit -o "$work/nodes" --json >"$work/nodes.json" 2>"$work/nodes.err" || true
enodes=$(json "$work/nodes.json" j.enodes || echo none)
stop=$(json "$work/nodes.json" j.stop_reason || echo none)
row '[ "$enodes" != none ] && [ "$enodes" -le $((limit + limit / 100)) ] && [[ "$stop" == e-nodes* ]]' 8.5 \
  "--nodes $limit kept within 1 % on bert-squad" "$enodes e-nodes, stop reason $stop"

measure "${endless[@]}" --nodes 50000000 --memory 10MB -o "$work/memory" --json >"$work/memory.json" 2>"$work/memory.err"
stop=$(json "$work/memory.json" j.stop_reason || echo none)
row '[ $code = 0 ] && [ "$peak_mb" -le 300 ] && [[ "$stop" == bytes* ]]' 8.6 "--memory 10MB (of the e-graph) kept on bert-squad" \
  "exit $code, $peak_mb MB for the whole process, stop reason $stop"

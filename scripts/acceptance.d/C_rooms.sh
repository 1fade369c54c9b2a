#!/usr/bin/env bash
# Each room's own suite, whole.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

number=0
for room in base ir eval frontends/onnx egraph tensor rules cost extract fuse backends/onnx backends/accel driver; do
  number=$((number + 1))
  count_tests "^$room\."
  row '[ "$tests_total" -gt 0 ] && [ "$tests_passed" = "$tests_total" ]' "C.$number" "$room: its tests" "$tests_passed of $tests_total"
done

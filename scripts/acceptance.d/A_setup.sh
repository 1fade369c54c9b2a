#!/usr/bin/env bash
# Set-up: presets, package, pinned oracle, and the repository standing alone.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

presets=$(cmake --list-presets | grep -oE '"(dev|release|asan-ubsan|tsan)"' | tr -d '"' | sort | tr '\n' ' ')
row '[ "$presets" = "asan-ubsan dev release tsan " ]' A.1 "CMake presets dev, release, asan-ubsan, tsan" "$presets"

lock=tests/ort/package-lock.json
pinned=$(json "$lock" 'const p = j.packages["node_modules/onnxruntime-node"]; p.version + " " + p.integrity.slice(0, 20)')
unhashed=$(json "$lock" 'Object.entries(j.packages).filter(([k, p]) => k && !p.integrity).length')
row '[ "$unhashed" = 0 ] && ! grep -q "\"resolved\"" $lock && grep -q -- --ignore-scripts scripts/test' A.2 \
  "onnxruntime-node pinned by integrity hash, installed with --ignore-scripts" "$pinned…, $unhashed packages without a hash"

(cd "$ESAT_BUILD" && ESAT_CORPUS=/nonexistent ctest -L unit -j"$(nproc)") >"$work/alone" 2>&1 || true
summary=$(grep 'tests passed' "$work/alone" || tail -1 "$work/alone")
row '[[ "$summary" == "100%"* ]]' A.3 "without a corpus the unit tests pass on what the repository ships" "$summary"

count_tests . repo
row '[ "$tests_total" -gt 0 ] && [ "$tests_passed" = "$tests_total" ]' A.4 "the repository's rules: layering, headers, format, size, links, hygiene, consumer" \
  "$tests_passed of $tests_total checks"
row 'grep -qE "exec .*scripts/test\" --sanitizers" .ci/run && grep -q run_sanitizers scripts/test' A.5 \
  "CI: Release whole, ASan+UBSan on units and a sample of the corpus, TSan on egraph" "$(grep -o "exec .*" .ci/run)"

# shellcheck shell=bash
# For the row scripts in bash: sourced. Environment: see scripts/acceptance.
set -euo pipefail
cd "$ESAT_ROOT"
work=$ESAT_OUT/$(basename "${0%.*}")
mkdir -p "$work"

# row CONDITION ID WHAT FIGURES: CONDITION is a command; the row passes if it succeeds.
row() {
  local verdict=FAIL
  if eval "$1"; then verdict=PASS; fi
  printf '%s\t%s\t%s\t%s\n' "$verdict" "$2" "$3" "$(printf '%s' "$4" | tr '\t\n' '  ')" >>"$ESAT_ROWS"
}

need_corpus() {
  [ -f "$ESAT_CORPUS/models/MANIFEST.json" ] || { echo "no corpus at ESAT_CORPUS or ../shared"; exit 1; }
}

# The path of a whole model by name.
model() { scripts/corpus_models --all | awk -F'\t' -v name="$1" '$1 == name {print $2}'; }

# json FILE EXPRESSION: EXPRESSION over the object `j` that FILE holds.
json() { node -e 'const j = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")); console.log(eval(process.argv[2]))' "$1" "$2"; }

# measure COMMAND...: runs it; sets code, seconds and peak_mb (the kernel's high-water mark of resident memory).
measure() {
  local start end pid high
  start=$(date +%s.%N)
  "$@" &
  pid=$!
  peak_mb=0
  while high=$(awk '/^VmHWM/ {print int($2 / 1024)}' "/proc/$pid/status" 2>/dev/null) && [ -n "$high" ]; do
    peak_mb=$high
    sleep 0.02
  done
  code=0
  wait "$pid" || code=$?
  end=$(date +%s.%N)
  seconds=$(awk -v a="$start" -v b="$end" 'BEGIN {printf "%.2f", b - a}')
}

# count_tests REGEX [LABEL]: runs these CTest cases; sets tests_passed and tests_total.
count_tests() {
  local report=$work/ctest.txt
  (cd "$ESAT_BUILD" && ctest -R "$1" ${2:+-L "$2"} --no-tests=ignore) >"$report" 2>&1 || true
  cat "$report"
  tests_total=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#' "$report" || true)
  tests_passed=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.* Passed ' "$report" || true)
}

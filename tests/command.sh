# shellcheck shell=bash
# What tests of a command share. Sourced with the array `command`, the words that run it; then "$work" is a folder that goes away at
# the end, and the test ends with `finish`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  printf '%s\n' "$*"
  failures=$((failures + 1))
}

# exits CODE TEXT ARGUMENT...: the exit code is CODE and the output has TEXT.
exits() {
  local code=$1 text=$2 output status=0
  shift 2
  output=$("${command[@]}" "$@" 2>&1) || status=$?
  [ "$status" -eq "$code" ] || fail "exit code $status, expected $code: $*"
  grep -qF -- "$text" <<<"$output" || fail "no '$text' in the output of $*: $output"
}

finish() {
  [ "$failures" -eq 0 ] || { printf '%s: %d problem(s)\n' "$(basename "$0")" "$failures"; exit 1; }
}

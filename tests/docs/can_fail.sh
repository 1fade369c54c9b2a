#!/usr/bin/env bash
# can_fail.sh ESAT: examples.sh reports wrong output, a failing command and a page without commands; and blessing repairs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
check=$root/tests/docs/examples.sh

# expect TEXT: the check of $work/page.md fails and says TEXT.
expect() {
  local output
  if output=$("$check" "$1" "$work/page.md" 2>&1) || ! grep -qF -- "$2" <<<"$output"; then
    problem "not reported: $2"
    printf '%s\n' "$output"
  fi
}

printf 'text\n```console\n$ esat --version\nesat 9.9.9\n```\n' >"$work/page.md"
expect "$1" 'not what this prints now'
printf '```console\n$ echo \\\n  two words\ntwo words\n$ esat nowhere.onnx --cost cpu-avx2\n```\n' >"$work/page.md"
expect "$1" 'exit code 3'
printf 'text only\n' >"$work/page.md"
expect "$1" 'no page has a command'
printf '```console\n$ esat --version | tr 0-9 x\n```\nafter\n' >"$work/page.md"
ESAT_BLESS=1 "$check" "$1" "$work/page.md"
grep -qxF 'esat x.x.x' "$work/page.md" || problem "blessing wrote nothing"
[ "$(tail -1 "$work/page.md")" = after ] || problem "blessing lost the rest of the page"
"$check" "$1" "$work/page.md" || problem "what was blessed does not pass"
finish

#!/usr/bin/env bash
# tidy.sh CLANG_TIDY BUILD: the C++ sources that the last commits changed have no finding of .clang-tidy's set.
#
# A source takes seconds, all of them an hour: the twelve that changed last are checked, by path without git. The analyzer's
# checks, most of the time, are for the hand: `clang-tidy-14 -p build/release FILE`.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

changed_last() {
  if [ -e .git ] && command -v git >/dev/null; then
    git -c safe.directory='*' log -n 60 --pretty=format: --name-only --diff-filter=AM -- '*.cc' | awk 'NF && !seen[$0]++'
  else
    own_files '*.cc'
  fi
}

files=()
while read -r file; do
  # What this build does not compile (the fuzz targets, say) has no command to check it with.
  if [ -f "$file" ] && grep -qF "$root/$file" "$2/compile_commands.json"; then files+=("$file"); fi
done < <(changed_last)
report=$(mktemp)
trap 'rm -f "$report"' EXIT
printf '%s\n' "${files[@]:0:12}" | xargs -P "$(nproc)" -n 1 "$1" --quiet --checks='-clang-analyzer-*' -p "$2" >"$report" 2>/dev/null || true
while read -r line; do problem "${line#"$root"/}"; done < <(grep -E '(warning|error):' "$report" | sort -u)
finish

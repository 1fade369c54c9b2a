#!/usr/bin/env bash
# Every rule has a sentence above it and a test that names it: one where it fires, and one where it does not for
# each of its conditions (that part is for reviewers' eyes).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tests=$(mktemp)
trap 'rm -f "$tests"' EXIT
own_files 'tests/rules/*' | tr '\n' '\0' | xargs -0 -r cat -- >"$tests" 2>/dev/null || true

while read -r file; do
  while IFS=: read -r line text; do
    name=$(sed 's/^rule \([a-z0-9-]*\).*/\1/' <<<"$text")
    sed -n "$((line - 1))p" "$file" | grep -q '^#' || problem "$file:$line: rule $name has no sentence above it"
    grep -qwF -- "$name" "$tests" || problem "$file:$line: no test under tests/rules names rule $name"
  done < <(grep -n '^rule ' "$file" || true)
done < <(own_files 'rules/*.rules')
finish

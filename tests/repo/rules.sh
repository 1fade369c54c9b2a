#!/usr/bin/env bash
# Every rule has a sentence above it and a test: the sampler's, which takes every rule of the book, must see it fire and
# both sides agree; without such a test under tests/rules, one that names the rule.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tests=$(mktemp)
trap 'rm -f "$tests"' EXIT
own_files 'tests/rules/*' | tr '\n' '\0' | xargs -0 -r cat -- >"$tests" 2>/dev/null || true

all_sampled=false
if grep -q 'Book().rules()' "$tests" && grep -q 'BothSidesAgree' "$tests"; then all_sampled=true; fi

while read -r file; do
  while IFS=: read -r line text; do
    name=$(sed 's/^rule \([a-z0-9-]*\).*/\1/' <<<"$text")
    sed -n "$((line - 1))p" "$file" | grep -q '^#' || problem "$file:$line: rule $name has no sentence above it"
    $all_sampled || grep -qwF -- "$name" "$tests" || problem "$file:$line: no test under tests/rules names rule $name"
  done < <(grep -n '^rule ' "$file" || true)
done < <(own_files 'rules/*.rules')
finish

#!/usr/bin/env bash
# The documents are there, long enough to say something, and say what they must.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# says FILE WORD...: prints what is missing.
says() {
  local file=$1 word
  shift
  [ -s "$file" ] || { printf '%s is not there ' "$file"; return; }
  for word in "$@"; do
    grep -qiE -- "$word" "$file" || printf '%s lacks «%s» ' "$file" "$word"
  done
}

missing=$(says README.md 'scripts/quickstart' 'scripts/test' 'why' 'non-goals|not do|does not' 'ethos-u65-256')
# The example's output in the README is what the command prints now, but for its times and memory.
ran=
if "$ESAT" examples/text-direction.onnx --cost ethos-u65-256 -o "$work/example" \
    --assume p2o.DynamicDimension.0=1,p2o.DynamicDimension.1=48,p2o.DynamicDimension.2=192 >"$work/example.txt" 2>&1; then
  total=0 found=0
  while IFS= read -r line; do
    [[ $line =~ [0-9] ]] || continue
    [[ $line =~ (" s"|" ms"|"MB"|"/") ]] && continue
    total=$((total + 1))
    if grep -qF -- "$(sed 's/^ *//; s/ *$//' <<<"$line")" README.md; then found=$((found + 1)); else printf 'not in README: %s\n' "$line"; fi
  done <"$work/example.txt"
  ran="$found of $total lines of the example's output are in it"
fi
row '[ -z "$missing" ] && [ -n "$ran" ] && [ "$found" = "$total" ] && [ "$total" -gt 0 ]' 9.1 "README: what, why, one real example with its real output, non-goals" \
  "$missing${ran:-the example does not run}"

for document in docs/architecture.md docs/ir-semantics.md docs/rules.md docs/machine.md docs/accelerator-ir.md; do
  words=$(wc -w 2>/dev/null <"$document" || echo 0)
  row '[ "$words" -ge 300 ]' 9.2 "$document" "$words words"
done
missing=$(says CONTRIBUTING.md 'new rule|a rule' 'new op|an op' 'front end' 'machine')$(says LICENSE 'Apache License' 'Version 2.0')$(says CHANGELOG.md 'Keep a Changelog' 'Unreleased|[0-9]\.[0-9]')
row '[ -z "$missing" ]' 9.3 "CONTRIBUTING with the four recipes, LICENSE, CHANGELOG" "${missing:-all there}"
count_tests '^repo\.(links|hygiene)$'
row '[ "$tests_passed" = 2 ]' 9.4 "every relative link leads somewhere; nothing of one machine in the repository" "$tests_passed of 2 checks"

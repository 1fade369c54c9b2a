#!/usr/bin/env bash
# Same bytes out on one and two threads, and on two runs, for every whole model under the default limits.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_corpus

models=0 different=()
while IFS=$'\t' read -r name path; do
  models=$((models + 1))
  sums=
  for threads in 1 2 2; do
    rm -rf "$work/one" && mkdir "$work/one"
    code=0
    "$ESAT" "$path" --cost ethos-u65-256 --threads $threads -o "$work/one/out" >/dev/null 2>"$work/error" || code=$?
    sums+="$code $(cd "$work/one" && cat -- * 2>/dev/null | sha256sum)"$'\n'
  done
  if [ "$(sort -u <<<"${sums%$'\n'}" | wc -l)" != 1 ] || [ "$code" != 0 ]; then
    different+=("$name")
    printf '%s: exit %s\n%s' "$name" "$code" "$sums"
  fi
done < <(scripts/corpus_models)
row '[ ${#different[@]} = 0 ] && [ "$models" -gt 0 ]' 7 "same bytes on 1 and 2 threads, and on two runs" \
  "$((models - ${#different[@]})) of $models whole models${different[0]:+; not: ${different[*]}}"

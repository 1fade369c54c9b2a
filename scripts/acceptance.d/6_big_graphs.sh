#!/usr/bin/env bash
# The two graphs of over 3,000 nodes, start to finish.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_corpus

for name in bert-squad-tf-3836-nodes gpt2-past-3069-nodes; do
  measure "$ESAT" "$(model $name)" --cost ethos-u65-256 -o "$work/$name" --json
  row '[ "$code" = 0 ] && [ "$peak_mb" -lt 1000 ] && awk -v s="$seconds" "BEGIN {exit !(s < 15)}"' \
    6 "$name in under 15 s and 1 GB" "exit $code, $seconds s, $peak_mb MB"
done

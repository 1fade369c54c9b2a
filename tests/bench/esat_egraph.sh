#!/usr/bin/env bash
# esat_egraph.sh COMMAND: what esat-egraph prints and how it exits. Runs in the repository's root.
command=("$1")
source "$(dirname "${BASH_SOURCE[0]}")/../command.sh"

printf '(rule r (f ?x)\n  (g ?y))\n(term (f x))\n' >"$work/unbound.sexp"
exits 0 'Exit codes' --help
exits 2 'FILE is required'
exits 2 'found none to read' "$work/none.sexp"
exits 2 "unbound.sexp:2: expected a variable of the left-hand side, found ?y" "$work/unbound.sexp"
exits 2 'scheduler' bench/workloads/ac5.sexp --scheduler greedy
exits 2 'threads' bench/workloads/ac5.sexp --threads 0
exits 2 'memory' bench/workloads/ac5.sexp --memory lots
exits 0 'saturated after' bench/workloads/ac7.sexp
exits 0 '"stop_reason":"iterations"' bench/workloads/math7.sexp --iterations 3 --json
exits 0 '"stop_reason":"nodes"' bench/workloads/mathmicro.sexp --nodes 1000 --json
exits 0 '"stop_reason":"memory"' bench/workloads/mathmicro.sexp --memory 1M --json
exits 0 '"stop_reason":"time"' bench/workloads/mathmicro.sexp --time 0.01 --json

json=$("${command[@]}" bench/workloads/ac7.sexp --json)
keys=$(grep -oE '"[a-z_]+":' <<<"$json" | tr -d '":' | sort | tr '\n' ' ')
expected='apply_seconds bytes_per_enode cpu_seconds eclasses enodes hash iterations peak_bytes rebuild_seconds '
expected+='search_seconds set_aside stop_reason threads total_seconds '
[ "$keys" = "$expected" ] || fail "keys $keys, expected $expected"
grep -qF '"enodes":1939,"eclasses":127,"stop_reason":"saturated"' <<<"$json" || fail "sizes: $json"

# explained ARGUMENT...: with --explain every proof is checked, and the sizes are those without.
explained() {
  local json sizes
  json=$("${command[@]}" "$@" --json --explain) || fail "exit code $? of $* --explain"
  keys=$(grep -oE '"[a-z_]+":' <<<"$json" | tr -d '":' | sort | tr '\n' ' ')
  local more='apply_seconds bytes_per_enode cpu_seconds eclasses enodes explain_seconds hash history_bytes iterations '
  more+='peak_bytes proofs proofs_checked rebuild_seconds rule_steps search_seconds set_aside stop_reason threads total_seconds '
  [ "$keys" = "$more" ] || fail "keys $keys, expected $more"
  [ "$(grep -oE '"proofs":[0-9]+' <<<"$json")" = "$(grep -oE '"proofs_checked":[0-9]+' <<<"$json" | sed 's/_checked//')" ] ||
    fail "not all proofs are checked: $json"
  sizes=$("${command[@]}" "$@" --json | grep -oE '"iterations":.*"stop_reason":"[a-z]*"')
  grep -qF "$sizes" <<<"$json" || fail "other sizes than $sizes: $json"
}
explained bench/workloads/mathmicro.sexp --iterations 8
explained bench/workloads/ac7.sexp
explained bench/workloads/math7.sexp --iterations 6
exits 0 '1 of 1 proofs checked' bench/workloads/ac7.sexp --explain
exits 0 '(d x (+ 1 (* 2 x))) = 2' bench/workloads/math7.sexp --iterations 6 --explain
exits 0 '(+ 1 1) = 2  [analysis]' bench/workloads/math7.sexp --iterations 6 --explain

# A class with a symbol and a constant has one witness, the symbol, which does not show the constant.
printf '(analysis constant-folding)\n(rule one x 2)\n(rule two (h ?x) (f ?x))\n' >"$work/both.sexp"
printf '(rule three (f ?a) k :if (is-const ?a))\n(term (h x))\n' >>"$work/both.sexp"
exits 0 'saturated' "$work/both.sexp"
exits 1 '(h x) = k: INVALID_ARGUMENT: step' "$work/both.sexp" --explain
exits 1 'the witnesses do not show (is-const ?a)' "$work/both.sexp" --explain --json
exits 1 '"proofs":1,"proofs_checked":0' "$work/both.sexp" --explain --json

for scheduler in simple backoff; do
  hashes=$(for threads in 1 2 3 16; do
    "${command[@]}" bench/workloads/math7.sexp --iterations 6 --scheduler "$scheduler" --threads "$threads" --json |
      grep -oE '"hash":"[0-9a-f]{16}"'
  done | sort -u | wc -l)
  [ "$hashes" -eq 1 ] || fail "$hashes hashes by number of threads, scheduler $scheduler"
done
finish

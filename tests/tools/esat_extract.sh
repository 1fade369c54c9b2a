#!/usr/bin/env bash
# esat_extract.sh COMMAND: what esat extract prints, how it exits, and that Ctrl-C and a time limit keep the best so far.
command=("$1" extract)
source "$(dirname "${BASH_SOURCE[0]}")/../command.sh"

# Node b can share what a needs; c would close a cycle with a.
cat >"$work/small.json" <<'END'
{"nodes": {
  "a": {"op": "f", "eclass": "A", "cost": 1, "children": ["b", "c"]},
  "b": {"op": "g", "eclass": "B", "cost": 2, "children": ["d"]},
  "c": {"op": "h", "eclass": "C", "cost": 0, "children": ["a"]},
  "c2": {"op": "h2", "eclass": "C", "cost": 3, "children": ["d"]},
  "d": {"op": "leaf", "eclass": "D", "cost": 5, "children": []},
  "d2": {"op": "leaf2", "eclass": "D", "cost": 6, "children": []}},
 "root_eclasses": ["A"]}
END
exits 0 'cost 11, lower bound 11: optimal' "$work/small.json"
exits 0 '6 nodes in 4 e-classes' "$work/small.json"
exits 0 'cost 11' "$work/small.json" --extract greedy-tree
exits 0 '"C": "c2"' "$work/small.json" --json
keys=$("${command[@]}" "$work/small.json" --json | sed -nE 's/^  "([a-z_]+)":.*/\1/p' | tr '\n' ' ')
expected='cost lower_bound optimal method stop_reason seconds nodes classes reduced_nodes choices '
[ "$keys" = "$expected" ] || fail "keys $keys, expected $expected"

exits 2 'FILE is required'
exits 2 'time' "$work/small.json" --time 0
exits 2 'threads' "$work/small.json" --threads 0
exits 2 'extract' "$work/small.json" --extract ilp
exits 3 'none.json: cannot be opened' "$work/none.json"
sed 's/"cost": 3/"cost": -3/' "$work/small.json" >"$work/negative.json"
exits 3 'negative.json: nodes["c2"].cost: is -3; negative costs are not supported' "$work/negative.json"
printf '{"nodes": {' >"$work/cut.json"
exits 3 'cut.json: not JSON' "$work/cut.json"
sed 's/"eclass": "B", "cost": 2, "children": \["d"\]/"eclass": "B", "cost": 2, "children": ["a"]/' "$work/small.json" >"$work/cycle.json"
exits 3 'cycle.json: root class "A": no choice covers it' "$work/cycle.json"
exits 0 'egraph-serialize' --help

# A problem that nobody proves in a moment: random rows over the next classes.
awk 'BEGIN {
  srand(7); classes = 400
  print "{\"nodes\": {"
  for (c = 0; c < classes; ++c) for (r = 0; r < 6; ++r) {
    printf "%s\"%d.%d\": {\"op\": \"f\", \"eclass\": \"%d\", \"cost\": %d, \"children\": [", (c + r ? ",\n" : ""), c, r, c, 1 + int(rand() * 99)
    for (k = 0; k < 3 && c + 20 < classes; ++k) printf "%s\"%d.0\"", (k ? ", " : ""), c + 1 + int(rand() * 19)
    printf "]}"
  }
  print "}, \"root_eclasses\": [\"0\"]}"
}' >"$work/hard.json"
exits 0 '(time-limit)' "$work/hard.json" --time 0.5 --threads 2
seconds=$("${command[@]}" "$work/hard.json" --time 0.5 --json | sed -nE 's/^  "seconds": ([0-9.]+).*/\1/p')
awk -v s="$seconds" 'BEGIN {exit !(s < 1.5)}' || fail "--time 0.5 took $seconds s"
"${command[@]}" "$work/hard.json" --time 60 >"$work/interrupted" &
pid=$!
sleep 2
kill -INT "$pid"
wait "$pid" || fail "exit code $? after Ctrl-C"
grep -qF '(cancelled)' "$work/interrupted" || fail "no (cancelled) after Ctrl-C: $(cat "$work/interrupted")"
# Without a time limit, the same answer on any number of threads.
for threads in 1 2; do
  "${command[@]}" "$work/small.json" --json --threads "$threads" | grep -v seconds >"$work/threads.$threads"
done
cmp "$work/threads.1" "$work/threads.2" || fail 'the answer depends on --threads'
finish

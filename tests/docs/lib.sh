# shellcheck shell=bash
# For the checks of documentation against the command: where things are, a working folder with the examples, how a check
# complains. Sourced with the path of the esat command as $1.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
esat_dir=$(cd "$(dirname "$1")" && pwd)
export PATH=$esat_dir:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/examples"
cp "$root"/examples/*.onnx "$work/examples/"
problems=0

problem() {
  printf '%s\n' "$*"
  problems=$((problems + 1))
}

finish() {
  [ "$problems" -eq 0 ] || { printf '%s: %d problem(s)\n' "$(basename "$0")" "$problems"; exit 1; }
}

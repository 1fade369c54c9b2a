# shellcheck shell=bash
# For the checks of the repository itself: where it is, which files are its own, how a check complains.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
problems=0

# Tracked files, and new ones that git does not ignore; without git (a tarball), all but build and node_modules.
own_files() {
  if [ -e .git ] && command -v git >/dev/null; then
    git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
      [ -f "$file" ] && printf '%s\n' "$file"
    done
  else
    local pattern names=()
    for pattern in "$@"; do names+=(-o -path "./$pattern"); done
    find . \( -path ./build -o -name node_modules \) -prune -o -type f \( "${names[@]:1}" \) -print | sed 's,^\./,,'
  fi
}

problem() {
  printf '%s\n' "$*"
  problems=$((problems + 1))
}

finish() {
  [ "$problems" -eq 0 ] || { printf '%s: %d problem(s)\n' "$(basename "$0")" "$problems"; exit 1; }
}

#!/usr/bin/env bash
# reference.sh ESAT: docs/architecture.md has every option, every key of --json and every exit code of the command, and no
# others, and no page names a command that is not there.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
page=$root/docs/architecture.md

# rows HEADING: the first cells of the tables under a heading, without backquotes.
rows() {
  awk -v heading="$1" '/^##+ / {on = ($0 == heading)} on && /^\| `/' "$page" |
    sed -E 's/^\| ([^|]*) \|.*/\1/' | tr -d '`' | tr ',' '\n' | sed 's/^ *//; s/ *$//'
}

# same WHAT REAL DOCUMENTED: two lists with one word a line.
same() {
  local line
  while IFS= read -r line; do problem "$1 not in docs/architecture.md: $line"; done < <(comm -23 "$2" "$3")
  while IFS= read -r line; do problem "$1 in docs/architecture.md only: $line"; done < <(comm -13 "$2" "$3")
  [ -s "$2" ] || problem "no $1 found"
}

# Options as "command option": of each, the longest spelling.
for command in '' compare explain extract inspect rules run verify; do
  # shellcheck disable=SC2086
  esat $command --help | sed -nE 's/^  (-[A-Za-z],)?(--?[a-z-]+).*/\2/p' | grep -vxE -- '--help' | sed "s/^/esat${command:+ $command} /"
done | sort >"$work/options"
for command in '' compare explain extract inspect rules run verify; do
  rows "### \`esat${command:+ $command}\`" | sed -E 's/ .*//' | grep -E '^-' | sed "s/^/esat${command:+ $command} /"
done | sort >"$work/options.documented"
same option "$work/options" "$work/options.documented"

(cd "$work" && esat examples/text-direction.onnx --cost ethos-u65-256 --no-rewrite --json -o result) |
  sed -nE 's/^  "([a-z_]+)":.*/\1/p' | sort >"$work/keys"
rows '### The report' | sort >"$work/keys.documented"
same 'key of --json' "$work/keys" "$work/keys.documented"

esat --help | sed -n '/^Exit codes:/,$p' | grep -oE '\b[0-9]\b' | sort >"$work/codes"
rows '### Exit codes' | sort >"$work/codes.documented"
same 'exit code' "$work/codes" "$work/codes.documented"

esat --help | sed -nE 's/^  esat ([a-z]+) .*/\1/p' | sort >"$work/commands"
while IFS= read -r hit; do
  hit=${hit%[ \`]}
  grep -qxF -- "${hit##* }" "$work/commands" || problem "no such command: $hit"
done < <(cd "$root" && grep -oE '`esat [a-z]+[ `]' README.md CONTRIBUTING.md docs/*.md rules/README.md)
finish

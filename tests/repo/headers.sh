#!/usr/bin/env bash
# Every header compiles alone. A header x.h with a source x.cc does when x.cc includes it first, which costs
# nothing to check; the others get a translation unit of their own here: headers.sh COMPILER FLAGS...
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

while read -r header; do
  source_file=${header%.h}.cc
  if [ -f "$source_file" ]; then
    first=$(sed -n 's/^ *# *include *[<"]\([^>"]*\)[>"].*/\1/p' "$source_file" | head -1)
    [ "$first" = "$header" ] || problem "$source_file includes $first before its own header $header"
  elif ! "$@" -fsyntax-only -I. -x c++ "$header"; then
    problem "$header does not compile alone"
  fi
done < <(own_files '*.h' | grep -v '^tests/')
finish

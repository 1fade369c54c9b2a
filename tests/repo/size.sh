#!/usr/bin/env bash
# No source of ours is longer than 1,000 lines unless long_files.txt lists it with a reason.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

listed() { grep -q "^$1 " tests/repo/long_files.txt; }

while read -r file; do
  lines=$(wc -l <"$file")
  if [ "$lines" -gt 1000 ]; then
    listed "$file" || problem "$file has $lines lines; split it, or list it in tests/repo/long_files.txt with a reason"
  elif listed "$file"; then
    problem "$file has only $lines lines: take it out of tests/repo/long_files.txt"
  fi
done < <(own_files '*.cc' '*.h' '*.def' '*.js' '*.sh' '*.rules' '*.cmake' '*.md' '*CMakeLists.txt')

while read -r file reason; do
  [[ $file == '#'* || -z $file ]] && continue
  [ -f "$file" ] || problem "tests/repo/long_files.txt lists $file, which is not there"
  [ -n "$reason" ] || problem "tests/repo/long_files.txt: $file has no reason"
done <tests/repo/long_files.txt
finish

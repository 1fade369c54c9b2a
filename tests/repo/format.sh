#!/usr/bin/env bash
# format.sh CLANG_FORMAT: every C++ file is as .clang-format wants it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

while read -r file; do
  "$1" --dry-run --Werror "$file" 2>/dev/null || problem "$file: not formatted; run $(basename "$1") -i on it"
done < <(own_files '*.cc' '*.h')
finish

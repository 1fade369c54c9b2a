#!/usr/bin/env bash
# Nothing in the repository belongs to one machine or is left for later: no absolute paths of a workplace, no package
# registry's address, no conflict markers, no notes to self.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Spelled so that this file does not match itself.
forbid() {
  local why=$1 pattern=$2 hit
  while IFS= read -r hit; do
    problem "$hit   ($why)"
  done < <(own_files '*' | grep -v '\.\(onnx\|pb\|data\|bin\)$' | tr '\n' '\0' |
             xargs -0 grep -nIE --with-filename -- "$pattern" | cut -c1-200)
}

forbid 'a path of one machine' '(^|[^[:alnum:]_./-])/(wor[k]|roo[t]|hom[e])/'
forbid "a package registry's address" '(registr[y]\.npmjs|pyp[i]\.org|npmmirro[r]|"resolve[d]":)'
forbid 'a conflict marker' '^(<{7}|>{7})( |$)'
forbid 'work left for later' '\b(TOD[O]|FIXM[E]|XX[X])\b'
finish

#!/usr/bin/env bash
# Every relative link of the documentation leads somewhere, and to a heading that is there.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# GitHub's anchor of a heading: lower case, punctuation dropped, spaces to hyphens.
anchors() {
  sed -n 's/^##* \+//p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

while read -r file; do
  while read -r link; do
    case $link in http://*|https://*|mailto:*) continue ;; esac
    path=${link%%#*}
    target=$file
    [ -z "$path" ] || target=$(dirname "$file")/$path
    if [ ! -e "$target" ]; then
      problem "$file: $link leads nowhere"
    elif [[ $link == *'#'* && $target == *.md ]] && ! anchors "$target" | grep -qxF -- "${link#*#}"; then
      problem "$file: $target has no heading #${link#*#}"
    fi
  done < <(awk '/^ *```/ {code = !code} !code && !/^    /' "$file" | sed 's/`[^`]*`//g' |
             grep -oE '\]\([^) ]+\)' | sed 's/^](//; s/)$//')
done < <(own_files '*.md')
finish

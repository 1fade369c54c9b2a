#!/usr/bin/env bash
# No two classes of one name in one namespace: each would be linked with the other's constructors, and no tool says so.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# "NAMESPACE::NAME FILE" of what is defined at the left margin of headers, and of sources outside of unnamed namespaces.
definitions() {
  own_files '*.h' '*.cc' | grep -v '^tests/' | xargs awk '
    FNR == 1 { space = ""; hidden = 0 }
    /^namespace [A-Za-z_:]+ \{/ { space = $2 }
    /^namespace \{/ { hidden = 1 }
    /^\}  \/\/ namespace$/ { hidden = 0 }
    !hidden && /^(class|struct|union|enum class) [A-Za-z0-9_]+ *(final)? *(:[^:].*|\{.*)$/ {
      name = $1 == "enum" ? $3 : $2
      print space "::" name, FILENAME
    }'
}

while read -r name; do
  problem "$name is defined in$(definitions | awk -v name="$name" '$1 == name { printf " %s", $2 }')"
done < <(definitions | sort -u | cut -d' ' -f1 | uniq -d)
finish

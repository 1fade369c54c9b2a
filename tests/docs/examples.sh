#!/usr/bin/env bash
# examples.sh ESAT PAGE...: every ```console block of a page shows what its commands print.
#
# A line that begins with "$ " is a command (one that ends in \ goes on); what follows, up to the next command, is its
# output, stdout and stderr together. Commands run with bash in a temporary folder that has examples/ and in which files stay
# from one block to the next. Each must exit with 0; where another exit code is the point, the example says `echo $?`. Times,
# memory and differences of floating-point results are not compared.
#
# ESAT_BLESS=1 writes what was printed into the page instead. Look at the difference before committing it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
pages=("${@:2}")

# What depends on the machine or the moment becomes "#".
stable() {
  sed -E -e '/ s: saturate /s/[0-9]+(\.[0-9]+)?( MB|,| s:| \()/#\2/g' \
    -e 's/("[a-z_]*(seconds|peak_bytes)": )[0-9.e+-]+/\1#/' \
    -e 's/(max abs|max rel) +[0-9.e+-]+/\1 #/g'
}

# check PAGE LINE COMMAND SHOWN: runs COMMAND and leaves what it printed in $printed.
check() {
  local page=$1 line=$2 command=$3 shown=$4 code=0
  printed=$(cd "$work" && bash -c "$command" 2>&1 </dev/null) || code=$?
  if [ "$code" -ne 0 ]; then
    problem "$page:$line: exit code $code: $command"
    printf '%s\n' "$printed"
  elif [ -z "${ESAT_BLESS:-}" ] && ! diff -u --label "$page:$line" --label 'printed now' \
      <(printf '%s\n' "$shown" | stable) <(printf '%s\n' "$printed" | stable); then
    problem "$page:$line: not what this prints now: $command"
  fi
}

commands=0
for page in "${pages[@]}"; do
  mapfile -t lines <"$page"
  i=0 inside=false
  : >"$work/page"
  while [ "$i" -lt ${#lines[@]} ]; do
    text=${lines[i]}
    i=$((i + 1))
    printf '%s\n' "$text" >>"$work/page"
    case $text in
      '```console') inside=true; continue ;;
      '```') inside=false; continue ;;
    esac
    $inside || continue
    [[ $text == '$ '* ]] || { problem "$page:$i: output without a command"; continue; }
    line=$i command=${text#'$ '}
    while [[ $text == *\\ ]]; do
      text=${lines[i]}
      i=$((i + 1))
      printf '%s\n' "$text" >>"$work/page"
      command+=$'\n'$text
    done
    shown=
    while [ "$i" -lt ${#lines[@]} ] && [[ ${lines[i]} != '$ '* && ${lines[i]} != '```' ]]; do
      shown+=${shown:+$'\n'}${lines[i]}
      i=$((i + 1))
    done
    commands=$((commands + 1))
    check "$page" "$line" "$command" "$shown"
    [ -z "$printed" ] || printf '%s\n' "$printed" >>"$work/page"
  done
  if [ -n "${ESAT_BLESS:-}" ] && [ "$problems" -eq 0 ]; then cat "$work/page" >"$page"; fi
done
[ "$commands" -gt 0 ] || problem "no page has a command"
finish

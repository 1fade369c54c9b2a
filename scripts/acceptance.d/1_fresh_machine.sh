#!/usr/bin/env bash
# quickstart and test from a clean clone on a machine with nothing but git and apt. Root with debootstrap gets such a
# machine (scripts/fresh_machine); anyone else gets a clean clone on this one, and the row says so.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Half an hour of installing and building: only when asked, and a table without it says so.
if [ "${ESAT_FRESH_MACHINE:-}" != 1 ]; then
  row false 1 "scripts/quickstart and scripts/test on a fresh machine" "not run for this table: ESAT_FRESH_MACHINE=1 scripts/acceptance"
  exit 0
fi

if [ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null; then
  where="fresh Debian 12"
  report=$(FRESH_MACHINE_DIR=${FRESH_MACHINE_DIR:-$work/bookworm} scripts/fresh_machine bookworm) || true
else
  where="clean clone on this machine, not a fresh one"
  rm -rf "$work/esat"
  git clone -q . "$work/esat"
  report=
  for script in quickstart quickstart test; do
    start=$SECONDS code=0
    (cd "$work/esat" && "scripts/$script") >"$work/$script.log" 2>&1 || code=$?
    report+=$(printf '%s\t%d\t%d s\t%s' "$script" $code $((SECONDS - start)) "$(tail -1 "$work/$script.log")")$'\n'
  done
fi
printf '%s\n' "$report"
for step in quickstart test; do
  line=$(grep "^$step"$'\t' <<<"$report" | tail -1 || true)
  line=$(sed 's,\x1b\[[0-9;]*m,,g' <<<"$line")
  row '[ "$(cut -f2 <<<"$line")" = 0 ]' 1 "scripts/$step, $where" "${line:-did not run}"
done

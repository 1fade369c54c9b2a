# shellcheck shell=bash
# What quickstart and test share: installing what is missing, configuring, building. Sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '\n\033[1m%s\033[0m\n' "== $*"; }

# What the build of the library and the command needs; the tests' packages come on top.
build_packages=(
  g++ cmake ninja-build pkg-config ccache
  libabsl-dev libonnx-dev libprotobuf-dev protobuf-compiler
  libcli11-dev nlohmann-json3-dev coinor-libcbc-dev libgtest-dev libgmock-dev
)

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_missing PACKAGE...: apt is not called when all are there. A machine without dpkg brings its own.
install_missing() {
  command -v dpkg-query >/dev/null || return 0
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  as_root apt-get -o DPkg::Lock::Timeout=600 update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# configure PRESET; build PRESET [TARGET...]
configure() {
  cmake --preset "$1" "${@:2}" >"/tmp/esat-configure.$$" 2>&1 ||
    { cat "/tmp/esat-configure.$$"; rm -f "/tmp/esat-configure.$$"; return 1; }
  grep '^-- esat:' "/tmp/esat-configure.$$" || true
  rm -f "/tmp/esat-configure.$$"
}

build() {
  local preset=$1
  shift
  cmake --build "build/$preset" --parallel "$(nproc)" ${1:+--target "$@"}
}

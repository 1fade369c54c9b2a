#!/usr/bin/env bash
# consumer.sh BUILD_FOLDER: another project can use the installed package. Installs the build to a prefix,
# configures tests/repo/consumer against it with find_package(esat), builds and runs that.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$1/consumer-test
rm -rf "$work"
mkdir -p "$work"
cmake --install "$1" --prefix "$work/prefix" >"$work/install.log"
cmake -S "$here/consumer" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix"
cmake --build "$work/build"
"$work/build/consumer" "$here/../../tests/data/mnist-cntk.onnx"

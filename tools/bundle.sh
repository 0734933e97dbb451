#!/usr/bin/env bash
# bundle.sh [--release] -o FOLDER: the app that was built last as a Debian package, with MLX and the bundled models in it.
#
# Tauri's own bundler writes it, so the same configuration is proven that a Mac's bundle uses. It works on a copy of the
# program whose libraries are looked for beside it (/usr/lib/myna) instead of where MLX was set up. Downloads nothing.
# Needs patchelf (Debian: patchelf) and the pages' npm packages. Prints the package's path.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=debug out=""
while [ $# -gt 0 ]; do
    case $1 in
    --release) profile=release ;;
    -o) out=$2 && shift ;;
    *) echo "bundle.sh: what is $1?" >&2 && exit 2 ;;
    esac
    shift
done
[ -n "$out" ] || { echo "bundle.sh: where to? (-o FOLDER)" >&2; exit 2; }
program=${CARGO_TARGET_DIR:?}/$profile/myna-app
[ -x "$program" ] || { echo "bundle.sh: $program is not built" >&2; exit 3; }

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/$profile" "$stage/mlx"

# The program names MLX's C API by the place where it was compiled; everything behind it finds its own neighbours.
mlxc=$(patchelf --print-needed "$program" | grep '/libmlxc\.so$')
wheels=$(cd "$(dirname "$mlxc")/../.." && pwd)
mkdir -p "$stage/mlx/mlx/lib"
cp "$wheels"/mlx/lib/*.so "$stage/mlx/mlx/lib/"
cp -r "$wheels/mlx_cpu.libs" "$stage/mlx/"
patchelf --set-soname libmlxc.so "$stage/mlx/mlx/lib/libmlxc.so"
strip -o "$stage/$profile/myna-app" "$program"
# One at a time: patchelf 0.14 mixes two changes of one call up.
patchelf --replace-needed "$mlxc" libmlxc.so "$stage/$profile/myna-app"
# shellcheck disable=SC2016
patchelf --set-rpath '$ORIGIN/../lib/myna/mlx/lib' "$stage/$profile/myna-app"

with="{\"bundle\": {\"linux\": {\"deb\": {\"files\": {\"/usr/lib/myna\": \"$stage/mlx\"}}}}}"
debug=--debug
[ "$profile" = release ] && debug=""
# shellcheck disable=SC2086
CARGO_TARGET_DIR=$stage ui/node_modules/.bin/tauri bundle $debug --bundles deb --config "$with" --ci >"$stage/log" 2>&1 ||
    { cat "$stage/log" >&2; exit 1; }
mkdir -p "$out"
cp "$stage/$profile"/bundle/deb/*.deb "$out/"
ls "$out"/*.deb

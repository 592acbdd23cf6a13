#!/usr/bin/env bash
# Puts DuckDB's official prebuilt library into .duckdb (or into DUCKDB_LIB_DIR), so that no build compiles DuckDB.
#
# It comes out of the npm package that package.json pins; for a system that package-lock.json does not list, out of its
# twin of the same version. Where npm is missing or fails, the crate libduckdb-sys downloads it from DuckDB's releases.
# Nothing happens when the library of that version is there.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
dir=${DUCKDB_LIB_DIR:-$root/.duckdb}
version=$(sed -n 's/.*"@duckdb\/node-bindings-[a-z0-9-]*": *"\([^"]*\)".*/\1/p' "$root/package.json")

case $(uname -s) in
Linux) system=linux library=libduckdb.so ;;
Darwin) system=darwin library=libduckdb.dylib ;;
*) echo "duckdb-lib: only Linux and macOS are supported (on Windows, use WSL)" >&2 && exit 1 ;;
esac
case $(uname -m) in
x86_64 | amd64) machine=x64 ;;
aarch64 | arm64) machine=arm64 ;;
*) echo "duckdb-lib: DuckDB publishes no library for $(uname -m); build with --features bundled" >&2 && exit 1 ;;
esac

stamp="$version $system-$machine"
[[ -f $dir/$library && $(cat "$dir/VERSION" 2>/dev/null) == "$stamp" ]] && exit 0

# Copied, not linked, so that node_modules may go; renamed into place, so that running programs keep the old file.
install_from() {
    mkdir -p "$dir"
    cp "$1" "$dir/$library.new"
    mv "$dir/$library.new" "$dir/$library"
    echo "$stamp" >"$dir/VERSION"
    echo "duckdb-lib: $library $version is in $dir ($2)"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
package=@duckdb/node-bindings-$system-$machine

if command -v npm >/dev/null; then
    echo "duckdb-lib: npm fetches $package $version (about 30 MB) ..."
    if grep -q "\"node_modules/$package\"" "$root/package-lock.json"; then
        (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$scratch/npm.log" 2>&1 || true
        packed=$root/node_modules/$package/$library
    else
        (cd "$scratch" && npm pack "$package@$version" --loglevel=error && tar -xzf ./*.tgz) >"$scratch/npm.log" 2>&1 || true
        packed=$scratch/package/$library
    fi
    if [[ -f $packed ]]; then
        install_from "$packed" "from npm"
        exit 0
    fi
    echo "duckdb-lib: npm did not bring it:" >&2
    sed 's/^/    /' "$scratch/npm.log" | head -5 >&2
fi

# The crate downloads only where DUCKDB_LIB_DIR is not set, and this repository's .cargo/config.toml sets it: cargo is run
# from outside, where it does not read that file. Its target folder is thrown away: the crate leaves a copy of the
# library there, which the next version would meet.
echo "duckdb-lib: the crate libduckdb-sys downloads DuckDB's library (about 2 minutes) ..."
channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' "$root/rust-toolchain.toml")
if ! (cd "$scratch" && env -u DUCKDB_LIB_DIR RUSTUP_TOOLCHAIN="$channel" DUCKDB_DOWNLOAD_LIB=1 CARGO_TARGET_DIR="$scratch" \
    cargo build --locked --quiet --manifest-path "$root/Cargo.toml" --package libduckdb-sys); then
    echo "duckdb-lib: could not get $library ${version%%-*}. Install npm and run this again, or put the library from" >&2
    echo "            https://duckdb.org/install into $dir and write '$stamp' into $dir/VERSION." >&2
    exit 1
fi
install_from "$(find "$scratch/duckdb-download" -name "$library" -print -quit)" "from DuckDB's releases"

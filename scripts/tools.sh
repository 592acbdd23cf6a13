#!/usr/bin/env bash
# Names the tools that are missing and how to get them, before anything starts.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=0
need() { # name, how to get it
    echo "missing: $1" >&2
    echo "    get it: $2" >&2
    missing=1
}

channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
if ! command -v cargo >/dev/null; then
    need cargo "install Rust from https://rustup.rs, then open a new shell"
elif ! said=$(cargo --version 2>&1); then
    need "Rust $channel" "rustup toolchain install $channel (cargo says: $(head -1 <<<"$said"))"
else
    cargo fmt --version >/dev/null 2>&1 || need rustfmt "rustup component add rustfmt --toolchain $channel"
    cargo clippy --version >/dev/null 2>&1 || need clippy "rustup component add clippy --toolchain $channel"
fi
if ! command -v cc >/dev/null; then
    need "cc (a C compiler)" "Debian, Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc; macOS: xcode-select --install"
fi
if ! command -v npm >/dev/null; then
    echo "note: npm is missing, so the first build downloads DuckDB's library in another way and takes 2 minutes longer"
    echo "    get it: install Node.js 20 or newer from https://nodejs.org, or your system's package npm"
fi
[[ $missing == 0 ]] || exit 1

if [[ ! -d ${CARGO_TARGET_DIR:-target}/debug/.fingerprint ]]; then
    echo "The first build compiles about 330 crates: on two cores about 6 minutes, for \`make test\` about 9. Later ones are quick."
fi

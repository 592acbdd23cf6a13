#!/usr/bin/env bash
# What deploy/ and its page say of the program must be true of it: settings, commands, versions. It reads sources only.
set -euo pipefail
cd "$(dirname "$0")/.."

faults=0
fault() {
    echo "deploy: $1" >&2
    faults=1
}
files=(deploy/* deploy/systemd/* deploy/.env docs/running.md)

# Settings are the quoted words of these lists; each may also come as a file. The key has a file of its own making.
lists='/^const KEYS/,/^];/p; /^const [A-Z_]*: &str = /p; /^const READ_ELSEWHERE/p'
known=$(sed -n "$lists" src/config.rs | grep -o '"[a-z_]*"' | tr -d '"')
while read -r name; do
    key=$(tr '[:upper:]' '[:lower:]' <<<"${name#FOLIOSYNC_}")
    grep -qxE "${key}|${key%_file}" <<<"$known" || fault "there is no setting $name"
done < <(grep -hoE 'FOLIOSYNC_[A-Z_]+' "${files[@]}" 2>/dev/null | sort -u)

# Commands are the variants of one enumeration, as the command line writes them.
commands=$(sed -n '/^enum Command {/,/^}/p' src/cli/mod.rs | sed -nE 's/^    ([A-Z][a-z]+)(\(.*\))?,$/\1/p' | tr '[:upper:]' '[:lower:]')
run=$(
    sed -nE 's|^ExecStart=/usr/local/bin/foliosync ([a-z]+).*|\1|p' deploy/systemd/*.service
    sed -nE 's|^CMD \["([a-z]+)".*|\1|p' deploy/Containerfile
    sed -nE 's|^    command: \[([a-z]+)\]$|\1|p' deploy/compose.yaml
    sed -nE 's/^(.* )?foliosync (--[a-z-]+ [^ ]+ )?([a-z]+)( .*)?$/\3/p' <(awk '/^```/ { code = !code } code' docs/running.md)
)
[[ -n $commands && $(wc -l <<<"$run") -ge 4 ]] || fault "no commands were found: has a file changed its shape?"
while read -r command; do
    grep -qx "$command" <<<"$commands" || fault "there is no command \`foliosync $command\`"
done < <(sort -u <<<"$run")

channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
grep -q "rust:$channel-" deploy/Containerfile || fault "the Containerfile builds with another Rust than $channel"
grep -q "RUSTUP_TOOLCHAIN=$channel\$" deploy/Containerfile || fault "RUSTUP_TOOLCHAIN is not $channel"
[[ $(grep -ohE '(node|rust|debian):[^ ]*bookworm' deploy/Containerfile | wc -l) == 3 ]] || fault "the stages are of several systems"

# Both units are shut in alike.
confined() { sed -n '/^ProtectSystem=/,/^UMask=/p' "deploy/systemd/$1" | sort; }
diff <(confined foliosync.service) <(confined foliosync-worker@.service) >&2 || fault "the units are not shut in alike"

if command -v shellcheck >/dev/null; then
    shellcheck deploy/*.sh scripts/deploy.sh || faults=1
fi
exit "$faults"

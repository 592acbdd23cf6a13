#!/usr/bin/env bash
# Prints the address of a NocoDB on this machine that tests may write to, who signs in there, and its process:
#
#     http://127.0.0.1:PORT EMAIL PASSWORD PID
#
# Installs it first, once, into a folder outside the clone, which gets its name when it is whole. It keeps its data in a
# temporary folder, and goes on until somebody ends the process.
set -euo pipefail
cd "$(dirname "$0")/../tests/nocodb"

command -v npm >/dev/null || { echo "nocodb: npm is missing; get it: install Node.js from https://nodejs.org" >&2 && exit 1; }
key=$( (cat package.json package-lock.json && node --version) | sha256sum | cut -c1-12)
folder=$HOME/.cache/foliosync/tools/nocodb-$key
if [[ ! -d $folder ]]; then
    echo "installing NocoDB into $folder; it takes some minutes" >&2
    mkdir -p "$(dirname "$folder")"
    beside=$(mktemp -d "$folder.XXXXXX")
    trap 'rm -rf "$beside"' EXIT
    cp package.json package-lock.json "$beside"
    # Of all packages, only the database may run what it brings: it is fetched or compiled then. `npm ci` would want
    # packages for other systems, which not every registry keeps.
    (cd "$beside" && npm install --silent --no-save --ignore-scripts --no-audit --no-fund &&
        cd node_modules/sqlite3 && npm run --silent install) >"$beside/npm.log" 2>&1 ||
        { tail -20 "$beside/npm.log" >&2 && exit 1; }
    [[ -d $folder ]] || mv "$beside" "$folder"
fi

data=$(mktemp -d "${TMPDIR:-/tmp}/foliosync-nocodb.XXXXXX")
port=$((20000 + RANDOM % 20000))
email=tests@example.org
password=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')Aa.
# From a file, because the folder of the modules is another one.
NOCODB_MODULES=$folder NC_TOOL_DIR=$data NC_DISABLE_TELE=true NC_ADMIN_EMAIL=$email NC_ADMIN_PASSWORD=$password \
    setsid node server.mjs "$port" >"$data/server.log" 2>&1 </dev/null &
pid=$!
for _ in $(seq 240); do
    if curl --silent --fail --max-time 2 "http://127.0.0.1:$port/api/v1/health" >/dev/null; then
        echo "http://127.0.0.1:$port $email $password $pid"
        exit 0
    fi
    kill -0 "$pid" 2>/dev/null || { tail -20 "$data/server.log" >&2 && exit 1; }
    sleep 0.5
done
echo "nocodb: it does not answer; see $data/server.log" >&2
kill "$pid"
exit 1

#!/usr/bin/env bash
# Prints the address of a PostgreSQL server on this machine that tests may make databases on, and starts one where none
# answers: a cluster of its own in a temporary folder, which the system's cleaning of that folder removes.
set -euo pipefail

given=${FOLIOSYNC_TEST_POSTGRES:-postgres://postgres@127.0.0.1:5432}
if command -v psql >/dev/null && PGCONNECT_TIMEOUT=3 psql "$given/postgres" -qAtc 'SELECT 1' >/dev/null 2>&1; then
    echo "$given"
    exit 0
fi
programs=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1 || true)
if [[ -z $programs ]]; then
    echo "postgres: no server answers at ${given%%\?*}, and none can be started; get it: Debian, Ubuntu: apt-get install postgresql" >&2
    exit 1
fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/foliosync-postgres.XXXXXX")
port=$((20000 + RANDOM % 20000))
# It refuses to run as root.
as=()
if [[ $(id -u) == 0 ]]; then
    chown postgres "$folder"
    as=(runuser -u postgres --)
fi
"${as[@]}" "$programs/initdb" --pgdata "$folder/data" --username postgres --auth trust --no-sync >"$folder.log" 2>&1
"${as[@]}" "$programs/pg_ctl" --pgdata "$folder/data" --log "$folder/server.log" --wait \
    --options "-h 127.0.0.1 -p $port -k $folder -c fsync=off" start >>"$folder.log" 2>&1
echo "postgres://postgres@127.0.0.1:$port"

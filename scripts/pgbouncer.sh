#!/usr/bin/env bash
# Prints the address of a PgBouncer that lends connections by the transaction, before the PostgreSQL server whose address
# is given, and starts one in a temporary folder. It ends with whoever holds the given process id.
set -euo pipefail

server=${1:?the address of a PostgreSQL server, as scripts/postgres.sh prints it}
owner=${2:?the process that it ends with}
if ! command -v pgbouncer >/dev/null; then
    echo "pgbouncer: it is missing; get it: Debian, Ubuntu: apt-get install pgbouncer" >&2
    exit 1
fi
address=${server##*@}
user=${server#*://}
user=${user%%[:@]*}
folder=$(mktemp -d "${TMPDIR:-/tmp}/foliosync-pgbouncer.XXXXXX")
port=$((20000 + RANDOM % 20000))
cat >"$folder/pgbouncer.ini" <<EOF
[databases]
* = host=${address%%:*} port=${address##*:} user=$user
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 20
server_idle_timeout = 2
logfile = $folder/log
pidfile = $folder/pid
EOF
# It refuses to run as root.
as=()
if [[ $(id -u) == 0 ]]; then
    chown -R postgres "$folder"
    as=(runuser -u postgres --)
fi
"${as[@]}" pgbouncer --quiet --daemon "$folder/pgbouncer.ini"
for _ in $(seq 50); do
    if PGCONNECT_TIMEOUT=3 psql "postgres://$user@127.0.0.1:$port/postgres" -qAtc 'SELECT 1' >/dev/null 2>&1; then
        (
            while kill -0 "$owner" 2>/dev/null; do sleep 2; done
            kill "$(cat "$folder/pid")"
        ) >/dev/null 2>&1 &
        echo "postgres://$user@127.0.0.1:$port"
        exit 0
    fi
    sleep 0.2
done
echo "pgbouncer: it does not answer; its log is in $folder" >&2
exit 1

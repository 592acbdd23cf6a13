#!/usr/bin/env bash
# Makes the secrets of compose.yaml under deploy/secrets: the key of credentials, and passwords of the database. What is
# there already stays. Keep a copy of the key elsewhere: it is in no backup, and without it no credential opens.
set -euo pipefail
cd "$(dirname "$0")"

# Nobody else passes through the folder. The files in it are open, because in a container another user reads them.
install -d -m 0700 secrets
make() { # name, text
    [[ ! -e secrets/$1 ]] || return 0
    printf '%s\n' "$2" >"secrets/$1.new"
    chmod 0444 "secrets/$1.new"
    mv "secrets/$1.new" "secrets/$1"
    echo "made deploy/secrets/$1"
}
random() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

make key "$(random)"
make postgres "$(random)"
make store "postgres://foliosync:$(random)@postgres/foliosync"
make store_reader "postgres://foliosync_reader:$(random)@postgres/foliosync"

#!/usr/bin/env bash
# Installs other people's clients, unless they are there, and prints the folder: what PYTHONPATH must hold.
#
# A folder of their own, because some systems let pip install nowhere else. It gets its name when it is whole.
set -euo pipefail
cd "$(dirname "$0")"

key=$(python3 -c 'import hashlib, sys, sysconfig
about = open("requirements.txt").read(), sys.version_info[:2], sysconfig.get_platform()
print(hashlib.sha256(repr(about).encode()).hexdigest()[:12])')
folder=$HOME/.cache/foliosync/tools/third-party-$key

if [[ ! -d $folder ]]; then
    echo "installing other people's clients into $folder" >&2
    mkdir -p "$(dirname "$folder")"
    beside=$(mktemp -d "$folder.XXXXXX")
    trap 'rm -rf "$beside"' EXIT
    # pip compares with everything else that is installed, and what it says of that is to no purpose here.
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --only-binary :all: \
        --target "$beside" --requirement requirements.txt 2>"$beside/pip.log" || { cat "$beside/pip.log" >&2 && exit 1; }
    [[ -d $folder ]] || mv "$beside" "$folder"
fi
echo "$folder"

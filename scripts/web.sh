#!/usr/bin/env bash
# Builds the dashboard into web/dist, from where the program takes it in when it is compiled.
#
# Nothing happens when it was built from these sources. Without npm, or with a Node.js that is too old, the program is
# built without its dashboard, and says so; `scripts/web.sh must` fails then.
set -euo pipefail
cd "$(dirname "$0")/../web"

node_min=20.19
without() {
    echo "web: $1, so the program is built without its dashboard" >&2
    echo "    get it: install Node.js $node_min or newer from https://nodejs.org" >&2
    [[ ${2:-} != must ]] || exit 1
    exit 0
}
command -v npm >/dev/null || without "npm is missing" "${1:-}"
node -e "const [a, b] = process.versions.node.split('.'); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)" ||
    without "Node.js is older than $node_min" "${1:-}"

packages=$(sha256sum package-lock.json)
sources=$(find src public scripts index.html package.json package-lock.json tsconfig.json vite.config.ts -type f | LC_ALL=C sort | xargs sha256sum)
if [[ $(cat node_modules/.packages 2>/dev/null) != "$packages" ]]; then
    echo "web: npm fetches what the dashboard is built with ..."
    npm ci --silent --no-audit --no-fund
    echo "$packages" >node_modules/.packages
fi
[[ -f dist/index.html && $(cat node_modules/.built 2>/dev/null) == "$sources" ]] && exit 0
npm run --silent build -- --logLevel warn
find dist -name '*.js' -o -name '*.css' -o -name '*.svg' | xargs gzip --best --no-name --keep --force
echo "$sources" >node_modules/.built
# Where the folder was not there before, the compiler does not know that it has to look again.
touch ../src/api/pages.rs
echo "web: the dashboard is in web/dist"

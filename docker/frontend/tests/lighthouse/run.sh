#!/bin/sh
# Lighthouse on the page at BASE_URL (default http://127.0.0.1:3000): performance, accessibility and best
# practices must reach 95.
# Needs chromium (CHROMIUM, default /usr/bin/chromium), and Node 22 with npm, or python3 to fetch one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../node.sh"
work=${CARGO_TARGET_DIR:-$here/../../../../target}/frontend/lighthouse
mkdir -p "$work"
cp "$here"/package.json "$here"/package-lock.json "$here"/run.mjs "$work"
cd "$work"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund --loglevel=error --ignore-scripts
    cp package-lock.json node_modules/.installed
fi

exec node run.mjs

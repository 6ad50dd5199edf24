#!/bin/sh
# The user's story in a real browser, against BASE_URL (default http://127.0.0.1:3000). Arguments name
# the test files to run; without them, all. Behind an ingress on this machine:
#   BASE_URL=http://todo-app.local HOST_RULES="MAP todo-app.local 127.0.0.1:8080" run.sh
# Needs chromium (CHROMIUM, default /usr/bin/chromium), and Node 22 with npm, or python3 to fetch one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../node.sh"
work=${CARGO_TARGET_DIR:-$here/../../../../target}/frontend/e2e
mkdir -p "$work"
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs "$work"
cd "$work"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.installed
fi
if [ $# -eq 0 ]; then
    set -- story.test.mjs hands.test.mjs trouble.test.mjs looks.test.mjs
fi
exec node --test --test-reporter=spec --test-concurrency=1 "$@"

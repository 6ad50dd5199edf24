#!/bin/sh
# The user's story in a real browser, against BASE_URL (default http://127.0.0.1:3000). Arguments name
# the test files to run, one after the other until one fails; without them, all. Behind an ingress on this machine:
#   BASE_URL=http://todo-app.local HOST_RULES="MAP todo-app.local 127.0.0.1:8080" run.sh
# Needs Chromium or Chrome (CHROMIUM names another one), and Node 22 with npm, or python3 to fetch one.
# Ends with 77 where something of that is missing.
set -eu

left_out() {
    echo "the page was not tested in a browser: $1" >&2
    exit 77
}

browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
        if command -v "$name"; then return; fi
    done
}

CHROMIUM=${CHROMIUM:-$(browser)}
[ -x "$CHROMIUM" ] || left_out "${CHROMIUM:-neither Chromium nor Chrome} is not on this machine; install chromium, or set CHROMIUM"
export CHROMIUM
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../node.sh"
work=${CARGO_TARGET_DIR:-$here/../../../../target}/frontend/e2e
mkdir -p "$work"
rm -f "$work"/*.mjs
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs "$work"
cd "$work"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund --loglevel=error || left_out "npm could not fetch what drives the browser, see above"
    cp package-lock.json node_modules/.installed
fi
# What failed first, in a line.
failed='
    /^ *not ok/ && !name { sub(/^ *not ok [0-9]+ - /, ""); name = $0 }
    name && /^ *error: / { if (/\|-$/) getline; sub(/^ *(error: )?/, ""); print "failed: " name ": " $0; exit }'
# Node ends with how a failure looks inside, which says little to whoever reads the last line.
tried() {
    node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination=tap "$@" ||
        { awk "$failed" tap >&2; return 1; }
}
if [ $# -eq 0 ]; then
    tried ./*.test.mjs
fi
for file; do
    tried "$file"
done

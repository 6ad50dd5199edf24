#!/bin/sh
# Removes what `up` made and nothing else.
# usage: scripts/cleanup.sh [OPTIONS of `cargo xtask teardown`]    --dry-run only lists it, --all removes the cluster too

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."
exec cargo xtask teardown "$@"

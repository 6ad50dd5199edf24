#!/bin/sh
# Goes back to an earlier revision of the release and waits until it is ready. The database keeps its data and its schema.
# usage: scripts/rollback.sh [REVISION] [OPTIONS of `cargo xtask rollback`]    the revision before, unless one is named

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."
exec cargo xtask rollback "$@"

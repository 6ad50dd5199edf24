#!/usr/bin/env bash
# Tries xtask on a folder of small inputs on which tools of its sort have been wrong, and says which of them it gets right.
# Each case is a script that ends with a line PASS or FAIL; XTASK names the binary for it.
#
#   scripts/cases.sh                # those in ../shared/cases, if there are any
#   scripts/cases.sh FOLDER         # those in another folder
#
# XTASK names the binary to try; without it the debug binary is built.
set -euo pipefail

case ${1:-} in -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
here=$(cd "$(dirname "$0")/.." && pwd)
cases=${1:-$here/../shared/cases}
if [ ! -d "$cases" ]; then
  echo "cases: skipped, there is no folder $cases"
  exit 0
fi
if [ -z "${XTASK:-}" ]; then
  (cd "$here" && cargo build --quiet -p xtask)
  XTASK=$here/target/debug/xtask
fi
export XTASK TMPDIR
TMPDIR=$(mktemp -d)
trap 'rm -rf "$TMPDIR"' EXIT

failed=0
for case in "$cases"/[A-Z]*.sh; do
  said=$(timeout 200 bash "$case" 2>&1 | tail -1)
  printf '%-6s %s\n' "$(basename "$case" .sh)" "$said"
  case $said in PASS*) ;; *) failed=$((failed + 1)) ;; esac
done
[ "$failed" = 0 ] || { echo "cases: $failed went wrong" >&2; exit 1; }

#!/bin/sh
# Runs a program where this machine has what that needs; elsewhere says what is missing.
#
#   scripts/needs.sh helm 'kubectl --context lab version' -- helm/check.sh
#
# A word before `--` is a program on PATH, or a command that succeeds. Ends with 77 where something is missing, which
# `left_out` in pipeline.toml takes for "not on this machine"; with CI set that is a failure instead.
set -eu

missing=
while [ "$1" != -- ]; do
    case $1 in
        *' '*) sh -c "$1" >/dev/null 2>&1 || missing="$missing, \`$1\`" ;;
        *) command -v "$1" >/dev/null || missing="$missing, $1" ;;
    esac
    shift
done
shift
[ -n "$missing" ] || exec "$@"
echo "it needs ${missing#, }"
[ -z "${CI:-}" ] || exit 1
exit 77

#!/bin/sh
# Looks through every shell script of the repository with shellcheck.
# usage: scripts/check.sh

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."
git ls-files -z -- '*.sh' .ci/run | xargs -0 shellcheck --severity=warning
echo "$(git ls-files -- '*.sh' .ci/run | wc -l) scripts, nothing found"

#!/bin/sh
# Plays many users at once on the deployed application: 50 for 5 minutes. Each signs up, then looks at the page, lists, creates, changes,
# ticks off and deletes tasks, and chats. No call may fail, and every task that was acknowledged must be there afterwards.
# usage: scripts/load-test.sh [OPTIONS of `cargo xtask test-e2e`]    such as --set load_users=20 --set load_duration=60s

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."
# Its figures are in what the step printed.
cargo xtask test-e2e --only load "$@" && exec cargo xtask logs load "$@"

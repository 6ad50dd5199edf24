#!/bin/sh
# Plays one user through the deployed application: sign up, log in, a chat that adds, lists, completes and deletes a task, the history.
# It puts no load on anything yet: the pipeline has no step that plays many users at once. For load on the backend alone see docker/backend/bench.
# usage: scripts/load-test.sh [OPTIONS of `cargo xtask test-e2e`]

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."
exec cargo xtask test-e2e --only flow "$@"

#!/bin/bash
# The whole promise on a cluster: from source to a verified deployment, every part of `test-e2e`, seeded defects that the parts have to
# find, and away again. Ends with the first that does not hold; what was deployed is removed in any case.
# usage: e2e/promise.sh CONTEXT [DEFECT…]    such as e2e/promise.sh lab network load; the defects are those of e2e/twins.sh
# Needs docker, helm, kubectl and jq. XTASK is the program to run instead of `cargo xtask`, LOAD what `load_duration` is (60s). Keeps a
# state of its own, so that other runs of the same folder are not disturbed. Some 11 minutes, and one or two more for each defect. With
# CI set, a part that is left out is a failure.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
context=$1
shift
read -ra xtask <<<"${XTASK:-cargo xtask}"
export PIPELINE_STATE_DIR=$PWD/target/promise

on() { "${xtask[@]}" "$@" --target "context:$context" --progress plain; }
# What failed keeps the last word: removing it all is silent if it succeeds.
trap 'on teardown >target/promise.teardown.log 2>&1 || cat target/promise.teardown.log' EXIT

on up
on test-e2e --set "load_duration=${LOAD:-60s}"
held=$(jq -r '[.steps[] | select(.outcome == "ok" or .outcome == "left-out")] | "\(map(select(.outcome == "ok")) | length) steps held, \(map(select(.outcome == "left-out") | .step) | if . == [] then "none" else join(", ") end) left out"' "$PIPELINE_STATE_DIR/report.json")
[ -z "${CI:-}" ] || [[ $held == *" none left out" ]] || { echo "in CI everything has to be tried: $held"; exit 1; }
took=$(jq -r '.duration_ms / 1000 | round' "$PIPELINE_STATE_DIR/report.json")
[ $# = 0 ] || CHEAP=${CHEAP:-flow,api,routes,ingress,mcp,security,network} e2e/twins.sh "$context" todo-chatbot todo-chatbot "$@"
trap - EXIT
on teardown
echo "the promise holds: $held, in $took s; $# seeded defects were found for what they are"

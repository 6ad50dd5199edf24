#!/bin/bash
# Deploys profiles that are made for more than one machine, each after the other in a namespace of its own: nothing is changed but what
# their pods reserve (e2e/small.yaml). All that `test-e2e` looks at without loading or breaking anything has to hold. Then away again.
# usage: e2e/profiles.sh CONTEXT [PROFILE…]    such as e2e/profiles.sh lab staging prod, which are also the default
# Needs docker, helm, kubectl and jq. XTASK is the program to run instead of `cargo xtask`. Some 3 minutes each, and the images.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
context=$1
shift
[ $# -gt 0 ] || set -- staging prod
read -ra xtask <<<"${XTASK:-cargo xtask}"
parts=flow,api,mcp,ingress,routes,chart-tests,security,network,browser
# What a row says of the release's workloads: each with its replicas that are ready.
# shellcheck disable=SC2016 # filled in by jq
workloads='[.items[] | "\(.metadata.name | ltrimstr($release + "-") | ltrimstr("todo-chatbot-")) \(.status.readyReplicas // 0)"] | join(", ")'
on() { "${xtask[@]}" "$@" --target "context:$context" --profile "$profile" --set "values=['helm/todo-chatbot/values-$profile.yaml', 'e2e/small.yaml']" --progress plain; }
away() { on teardown --all && kubectl --context "$context" delete namespace "$name" --ignore-not-found; }
rows=()
for profile; do
  name=todo-chatbot-$profile
  export PIPELINE_STATE_DIR=$PWD/target/profiles/$profile PIPELINE_NAMESPACE=$name PIPELINE_RELEASE=$name PIPELINE_HOST=$profile.todo-app.local
  trap 'away >target/profiles.teardown.log 2>&1 || cat target/profiles.teardown.log' EXIT
  on up
  on test-e2e --keep-going --only "$parts"
  held=$(jq -r --arg parts "$parts" '[.steps[] | select(.step as $step | $parts | split(",") | index($step)) | "\(.step) \(.outcome)"] | join(", ")' "$PIPELINE_STATE_DIR/report.json")
  stands=$(kubectl --context "$context" -n "$name" get deployments,statefulsets -o json | jq -r --arg release "$name" "$workloads")
  trap - EXIT
  away
  rows+=("| $profile | $stands | $held |")
done
printf '| %s |\n' 'profile | ready | parts' '--- | --- | ---'
printf '%s\n' "${rows[@]}"

#!/bin/bash
# What `teardown` leaves after an `up` that came to no good: after one that failed, and after ones that were killed with `kill -9` at moments
# all over its way. The inventory of cluster, node, docker, processes, ports and files is what it was before, and what somebody else has there
# (a namespace, an image under a name of its own) is still there. Prints a table.
# usage: e2e/killed.sh CONTEXT [TIMES]    such as e2e/killed.sh lab 10, which is also the default
# The node is a container named like the context, with containerd. Needs docker, helm, kubectl and jq, and nobody else at work there. XTASK is
# the program to run instead of `cargo xtask`. The services are compiled before, which takes as long as it takes; then some 40 s each time.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
context=$1 times=${2:-10} name=todo-chatbot-killed foreign=todo-killed-foreign
[ -n "${XTASK:-}" ] || { cargo build --quiet -p xtask; XTASK=$(cargo metadata --no-deps --format-version 1 | jq -r .target_directory)/debug/xtask; }
work=$(mktemp -d)
export PIPELINE_STATE_DIR=$work/state PIPELINE_NAMESPACE=$name PIPELINE_RELEASE=$name PIPELINE_HOST=killed.todo-app.local
words=(--target "context:$context" --profile dev --progress plain)
on() { "$XTASK" "$@" "${words[@]}"; }
of() { kubectl --context "$context" "$@"; }
finish() {
  on teardown >/dev/null 2>&1 || :
  of delete namespace "$foreign" --ignore-not-found >/dev/null || :
  docker image rm "$foreign:kept" >/dev/null 2>&1 || :
  rm -rf "$work"
}
trap finish EXIT

# All that an `up` could leave behind. Containerd's and docker's nameless references go by themselves.
inventory() {
  of get namespaces,persistentvolumes,clusterroles,clusterrolebindings,ingressclasses,storageclasses,priorityclasses -o name
  of get all,configmaps,secrets,networkpolicies,persistentvolumeclaims,ingresses -n "$foreign" -o name
  docker exec "$context" ctr -n k8s.io images ls -q | grep -v '^sha256:'
  docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v '^<none>'
  docker ps --format '{{.Names}}'
  pgrep -af "$(realpath "$XTASK")|helm upgrade|docker (build|save|import)|ctr.*images import" || :
  ss -Hltnp | awk '/"(xtask|helm|kubectl|docker[a-z-]*)"/ { print "port", $4 }'
  git status --porcelain --ignored=no
}
rows=() wrong=0
# compare WHAT HOW: tears down, and says what is left or gone.
compare() {
  on teardown >"$work/down" 2>&1 || { cat "$work/down"; rows+=("| $1 | $2 | teardown failed |"); wrong=1; return; }
  inventory | sort >"$work/after"
  if diff "$work/before" "$work/after" >"$work/differs"; then rows+=("| $1 | $2 | as before |"); else
    wrong=1
    rows+=("| $1 | $2 | $(grep '^[<>]' "$work/differs" | tr '\n' ' ') |")
  fi
}
# step_at_work: of a killed run, the last step that it said it began.
step_at_work() { sed -n 's/^  \.\.   \([^:]*\):.*/\1/p' "$work/up" | tail -n 1; }

of create namespace "$foreign" >/dev/null
of -n "$foreign" create configmap kept >/dev/null
tar -c -T /dev/null | docker import - "$foreign:kept" >/dev/null
# Once, so that programs are compiled, and images of ours that an earlier run left are gone.
for command in up teardown; do on "$command" >"$work/up" 2>&1 || { tail -n 30 "$work/up"; exit 1; }; done
inventory | sort >"$work/before"

began=$(date +%s%N)
on up >"$work/up" 2>&1 || { tail -n 30 "$work/up"; exit 1; }
whole=$((($(date +%s%N) - began) / 1000000))
compare "it succeeded, in $((whole / 1000)) s" "all"
echo 'faults: { component: frontend, badImage: true }' >"$work/broken.yaml"
on up --set "values=['helm/todo-chatbot/values-dev.yaml', '$work/broken.yaml']" >"$work/up" 2>&1 && { echo "an up of a broken release succeeded"; exit 1; }
compare "it failed" "$(step_at_work)"
for round in $(seq "$times"); do
  after=$((whole * round / (times + 1)))
  "$XTASK" up "${words[@]}" >"$work/up" 2>&1 & # by itself, so that it is what is killed
  sleep "$((after / 1000)).$(printf %03d $((after % 1000)))"
  kill -9 $! 2>/dev/null || :
  wait $! 2>/dev/null || :
  compare "killed after $after ms" "$(step_at_work)"
done
printf '| %s |\n' 'up | last step begun | after teardown' '--- | --- | ---' >"$work/table"
printf '%s\n' "${rows[@]}" >>"$work/table"
cat "$work/table"
exit $wrong

#!/bin/bash
# Several nodes with a registry between them: builds, pushes and deploys; the replicas stand on more than one node and run, on each, the
# very images that were pushed; a node is drained under load and no call fails; and all of it away again.
# usage: e2e/nodes.sh CONTEXT    such as e2e/nodes.sh lab, after `lab up --nodes 2` and `lab load postgres:15-bookworm redis:7-bookworm`
# The nodes are containers of their own names with socat in them; they find the registry at a port of their own. Needs docker,
# docker-registry, helm, kubectl, curl and jq. XTASK is the program to run instead of `cargo xtask`; PROFILE=dev takes programs that are
# compiled on this machine, in the sizes of the profile local. Some 5 minutes and the images.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
context=$1 name=todo-chatbot-nodes port=$((RANDOM % 10000 + 40000))
read -ra xtask <<<"${XTASK:-cargo xtask}"
export PIPELINE_STATE_DIR=$PWD/target/nodes PIPELINE_NAMESPACE=$name PIPELINE_RELEASE=$name PIPELINE_HOST=nodes.todo-app.local
work=$(mktemp -d)
mapfile -t nodes < <(kubectl --context "$context" get nodes -o json | jq -r '.items[].metadata.name')
[ ${#nodes[@]} -gt 1 ] || { echo "there is one node only: $context has ${nodes[*]}"; exit 2; }

# The databases stay on the first node: their volumes could not follow them from one that is drained.
first="{ nodeSelector: { kubernetes.io/hostname: ${nodes[0]} } }"
printf 'postgresql: %s\nredis: %s\n' "$first" "$first" >target/nodes.yaml
values="['helm/todo-chatbot/values-local.yaml', 'target/nodes.yaml']"
on() { "${xtask[@]}" "$@" --target "context:$context" --set "registry=localhost:$port/" --set "values=$values" --profile "${PROFILE:-local}" --progress plain; }
fail() { echo "FAILED: $1"; exit 1; }
finish() {
  on teardown || :
  for node in "${nodes[@]}"; do docker exec "$node" sh -c "kill \$(cat /run/forward-$port)" || :; done
  kill "$registry" || :
  rm -rf "$work"
}

# ── A registry that each node, and this machine, reaches as localhost: containerd and docker then ask for no certificate ───────────

printf 'version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: %s } }\nhttp: { addr: ":%s" }\n' "$work/images" "$port" >"$work/config.yml"
docker-registry serve "$work/config.yml" >"$work/log" 2>&1 &
registry=$!
trap finish EXIT
# shellcheck disable=SC2016 # filled in by the node
forward='echo $$ >/run/forward-'$port'; exec socat TCP-LISTEN:'$port',bind=127.0.0.1,reuseaddr,fork TCP:$(ip route | sed -n "s/^default via \([^ ]*\).*/\1/p"):'$port
for node in "${nodes[@]}"; do docker exec -d "$node" sh -c "$forward"; done
curl -sf --retry 20 --retry-connrefused --retry-delay 1 "http://localhost:$port/v2/" >"$work/answer" || fail "the registry does not answer: $(cat "$work/log")"

# ── Deployed from it ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

on up
pods() { kubectl --context "$context" -n "$name" get pods -l "app.kubernetes.io/instance=$name" -o json; }
# The autoscalers make the second pods.
for service in backend frontend; do
  kubectl --context "$context" -n "$name" wait deployment -l "app.kubernetes.io/component=$service" --for=jsonpath='{.status.readyReplicas}'=2 --timeout=90s
done
# Each container that runs an image of the registry: its node, the repository and tag, and the digest that it really runs.
pods | jq -r --arg registry "localhost:$port/" '.items[] | .spec.nodeName as $node | .status.containerStatuses[]? | select(.image | startswith($registry)) |
  [$node, (.image | ltrimstr($registry)), (.imageID | split("@")[1])] | @tsv' >"$work/run"
while IFS=$'\t' read -r node image digest; do
  pushed=$(curl -sfI -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    "http://localhost:$port/v2/${image%:*}/manifests/${image#*:}" | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
  [ "$digest" = "$pushed" ] || fail "$node runs $image as $digest, and $pushed was pushed"
  echo "$node runs $image as it was pushed, ${digest:0:19}"
done <"$work/run"
for service in backend frontend; do
  stands=$(grep -P "\ttodo-$service:" "$work/run" | cut -f1 | sort -u | wc -l)
  [ "$stands" -gt 1 ] || fail "all pods of $service stand on one node"
done

# ── A node goes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

on test-e2e --only flow,resilience
drained=$(jq -r 'select(.type == "event" and (.text | contains("is drained"))).text' "$PIPELINE_STATE_DIR/series/resilience.jsonl")
[ -n "$drained" ] || fail "no node was drained"
echo "held on ${#nodes[@]} nodes: $(wc -l <"$work/run") containers run what was pushed; $drained, and no call failed"

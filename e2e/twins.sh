#!/bin/bash
# Breaks a deployment on purpose, once for each part of `test-e2e`, and expects that part to fail for that reason. Each defect is undone.
# usage: e2e/twins.sh CONTEXT NAMESPACE RELEASE BASE HOST [PART…]    such as e2e/twins.sh lab todo-chatbot todo-chatbot http://172.17.0.2 todo-app.local network
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
context=$1 namespace=$2 release=$3 base=$4 host=$5
shift 5
program=${PROGRAM:-e2e/target/debug/todo-e2e}
cluster=(--context "$context" --namespace "$namespace" --release "$release")
site=(--base "$base" --host "$host")
evidence=$(mktemp -d)
undo=:
trap 'eval "$undo" >/dev/null; rm -rf "$evidence"' EXIT

ours() { kubectl --context "$context" -n "$namespace" "$@"; }
of() { ours get "$1" -l "app.kubernetes.io/instance=$release,app.kubernetes.io/component=$2" -o name; }
rolled() { ours rollout status "$1" --timeout=180s >/dev/null; }
# A variable of a service, in place of the one it has, until the defect is undone: set_env SERVICE NAME VALUE
set_env() {
  local workload; workload=$(of deployment "$1")
  undo="ours rollout undo $workload && rolled $workload"
  ours set env "$workload" "$2=$3" >/dev/null && rolled "$workload"
}
# expect WORDS PART ARGUMENTS…: the part fails, and its last line has the words.
expect() {
  local words=$1 said; shift
  if said=$("$program" "$@" 2>&1); then echo "GREEN $1: its defect was not noticed"; return 1; fi
  said=$(tail -n 1 <<<"$said")
  case "$said" in *"$words"*) echo "red   $1: $said" ;; *) echo "WRONG $1: expected \`$words\` in: $said"; return 1 ;; esac
}

load() {
  set_env backend RATE_LIMIT_API 20
  expect "was answered with 429" load "${site[@]}" --users 3 --think 200ms --duration 20s
}
mcp() {
  set_env mcp-server BETTER_AUTH_SECRET another-key-than-the-backend-has-0123456789
  expect "401" mcp "${site[@]}" "${cluster[@]}"
}
network() {
  undo="ours delete networkpolicy todo-e2e-twin"
  ours create -f - >/dev/null <<YAML
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: todo-e2e-twin }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{}] }
YAML
  expect "that the policies must prevent: stranger" network "${cluster[@]}"
}
security() {
  local key; key=$(ours get secret -l "app.kubernetes.io/instance=$release" -o go-template='{{range .items}}{{with .data.BETTER_AUTH_SECRET}}{{base64decode .}}{{end}}{{end}}')
  set_env frontend LEAK "$key"
  expect "shows BETTER_AUTH_SECRET in plain words" security "${site[@]}" "${cluster[@]}"
}
scaling() {
  local hpa most; hpa=$(of hpa backend) most=$(ours get "$(of hpa backend)" -o jsonpath='{.spec.maxReplicas}')
  undo="ours patch $hpa --type=merge -p '{\"spec\":{\"maxReplicas\":$most}}'"
  ours patch "$hpa" --type=merge -p "{\"spec\":{\"maxReplicas\":$(ours get "$hpa" -o jsonpath='{.spec.minReplicas}')}}" >/dev/null
  expect "backend did not get more replicas" scaling "${site[@]}" "${cluster[@]}" --users 60 --think 300ms --rise 150s
}
resilience() { expect "is over the budget of 0 s" resilience "${site[@]}" "${cluster[@]}" --users 20 --outage 0s; }
persistence() { expect "after the release was uninstalled and installed again" persistence "${site[@]}" "${cluster[@]}" --drop-volumes; }
rollback() { expect "after the rollback the release is not well" rollback "${site[@]}" "${cluster[@]}" --no-rollback --evidence "$evidence"; }
crash() { expect "are lost or wrong" crash --rounds 1 --lose; }

wrong=0
[ $# -gt 0 ] || set -- load mcp network security scaling resilience persistence rollback crash
for part in "$@"; do
  undo=:
  "$part" || wrong=$((wrong + 1))
  eval "$undo" >/dev/null
  undo=:
done
exit "$wrong"

#!/bin/bash
# Seeds one defect for each part of `test-e2e`: that part must fail, for that reason, and no other. Each defect is undone. Prints a table.
# usage: e2e/twins.sh CONTEXT NAMESPACE RELEASE [PART…]    such as e2e/twins.sh lab todo-chatbot todo-chatbot network mcp
# The release has been deployed by `cargo xtask up` from here, and nobody else needs it. XTASK is the program to run instead of
# `cargo xtask`. Parts that take seconds (CHEAP) are all tried beside every defect of the deployment; the others are tried for their
# own. A defect of `flow` or `api` is one of `browser` too, which tells the same story. All parts: some 25 minutes.
# Needs jq.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
export PIPELINE_NAMESPACE=$2 PIPELINE_RELEASE=$3
context=$1 namespace=$2 release=$3
shift 3
cheap=${CHEAP:-flow,api,routes,ingress,mcp,security,network,chart-tests}
read -ra xtask <<<"${XTASK:-cargo xtask}"
program=e2e/target/debug/todo-e2e
work=$(mktemp -d)
undo=:
# The same parts of the same release, but for those steps that would mend a defect or stop at it; with what is known of that release.
parts=twins.$$.toml more=twins.$$.parts.toml state=$work/state
cp -r "${PIPELINE_STATE_DIR:-.pipeline}" "$state" && rm -f "$state"/{pipeline,lock}
export PIPELINE_MANIFESTS=${PIPELINE_STATE_DIR:-$PWD/.pipeline}/manifests.yaml PIPELINE_STATE_DIR=$state
trap 'eval "$undo" >/dev/null; rm -rf "$work" "$parts" "$more"' EXIT
sed "s|pipeline/test-e2e.toml|$more|; /id = \"ingress\"/s/needs = \[\"drift\"\], //" pipeline.toml >"$parts"
sed 's/^needs = \["verify"/needs = ["ingress"/' pipeline/test-e2e.toml >"$more"

ours() { kubectl --context "$context" -n "$namespace" "$@"; }
of() { ours get "$1" -l "app.kubernetes.io/instance=$release,app.kubernetes.io/component=$2" -o name; }
# The ingress controller leads to the page again; it takes its time to notice.
served() { for _ in $(seq 30); do curl -sf -o /dev/null -H "Host: $PIPELINE_HOST" "${site[1]}/health" && return; sleep 1; done; return 1; }
rolled() { ours rollout status "$1" --timeout=180s >/dev/null; }
entrance=$(ours get ingress -l "app.kubernetes.io/instance=$release" -o name)
PIPELINE_HOST=$(ours get "$entrance" -o jsonpath='{.spec.rules[0].host}')
export PIPELINE_HOST
site=(--base "http://$(ours get "$entrance" -o jsonpath='{.status.loadBalancer.ingress[0].ip}')" --host "$PIPELINE_HOST")
cluster=(--context "$context" --namespace "$namespace" --release "$release")

# ── Defects ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

# A variable of a service, in place of the one it has: set_env SERVICE NAME VALUE
set_env() {
  local workload; workload=$(of deployment "$1")
  undo="ours rollout undo $workload && rolled $workload"
  ours set env "$workload" "$2=$3" >/dev/null && rolled "$workload"
}
# An Ingress of somebody else's leads a path of ours to a service that does not know it: take_path PATH
take_path() {
  undo="ours delete ingress/todo-e2e-twin"
  local service; service=$(of service mcp-server)
  ours create ingress todo-e2e-twin --class=nginx --rule="$PIPELINE_HOST$1=${service#*/}:8001" >/dev/null
  for _ in $(seq 30); do curl -s -H "Host: $PIPELINE_HOST" "${site[1]}${1%\*}" | grep -q '"error"' || return 0; sleep 1; done
  echo "the ingress controller does not lead $1 elsewhere"; return 1
}

# ── Trying ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

wrong=0
row() { printf '| %s | %s | %s | %s |\n' "$@"; }
# What came of parts of the pipeline: their names and outcomes, with the first line of a failure.
try() {
  rm -f "$state/report.json"
  "${xtask[@]}" test-e2e -f "$parts" --target "context:$context" --keep-going --progress plain --only "$1" >"$work/log" 2>&1 || [ -e "$state/report.json" ] || { cat "$work/log"; exit 1; }
  jq -r --argjson asked "$(jq -cn --arg parts "$1" '$parts | split(",")')" \
    '.steps[] | select(.step as $step | $asked | index($step)) | "\(.step) \(.outcome) \(.cause // .reason | split("\n")[0])"' "$state/report.json" >"$work/tried"
}
# judge PART WORDS: only this part failed, and says so.
judge() {
  local failed cause verdict
  failed=$(awk '$2 == "failed" { print $1 }' "$work/tried" | xargs)
  cause=$(sed -n "s/^$1 failed //p" "$work/tried")
  case "$failed/$cause" in
    "$1/"*"$2"*) verdict=red ;;
    "$1/"*) verdict="WRONG: not for \`$2\`" ;;
    */) verdict=GREEN ;;
    *) verdict="WRONG: red are $failed" ;;
  esac
  [ "$verdict" = red ] || wrong=$((wrong + 1))
  row "$1" "$verdict" "$(awk '$2 != "failed" { print $1 ($2 == "ok" || $2 == "skipped" ? "" : " (" $2 ")") }' "$work/tried" | paste -sd, | sed 's/,/, /g')" "$cause"
}
# A part among those that take seconds: seen PART WORDS [MORE,PARTS]
seen() { try "$cheap${3:+,$3}"; judge "$1" "$2"; }
# A part that takes longer is run by itself: alone PART WORDS ARGUMENTS…
alone() {
  local part=$1 words=$2 outcome=failed; shift 2
  "$program" "$@" >"$work/alone" 2>&1 && outcome=ok
  echo "$part $outcome $(tail -n 1 "$work/alone")" >>"$work/tried"
  judge "$part" "$words"
}
# A defect of the deployment is tried on the others, too; one of what a part does or expects is none of theirs.
deployed() { try "$cheap"; alone "$@"; }
expected() { : >"$work/tried"; alone "$@"; }

# ── One for each part ─────────────────────────────────────────────────────────────────────────────────────────────────────

none() { try "$cheap"; row none "$(awk '$2 == "failed" { print $1 }' "$work/tried" | xargs)" "$(cut -d' ' -f1 "$work/tried" | paste -sd, | sed 's/,/, /g')" ""; ! grep -q ' failed ' "$work/tried" || wrong=$((wrong + 1)); }
flow() { take_path '/api/conversations*'; seen flow "the history is kept"; }
browser() { set_env frontend NEXT_PUBLIC_API_URL http://elsewhere.invalid; seen browser "" browser; }
api() { take_path /api/auth/logout; seen api "log out"; }
routes() { take_path /api/nothing-there; seen routes "what the API has not"; }
mcp() { expected mcp "another user's tool deleted the task" mcp "${site[@]}" "${cluster[@]}" --one-user; }
ingress() {
  undo="ours patch $entrance --type=merge -p '{\"spec\":{\"rules\":[{\"host\":\"$PIPELINE_HOST\",\"http\":$(ours get "$entrance" -o json | jq -c '.spec.rules[0].http')}]}}' && served"
  ours patch "$entrance" --type=json -p '[{"op":"replace","path":"/spec/rules/0/host","value":"elsewhere.invalid"}]' >/dev/null
  seen ingress "no ingress serves the host $PIPELINE_HOST"
}
chart-tests() {
  local account; account=$(of serviceaccount test)
  ours get "$account" -o json | jq 'del(.metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp)' >"$work/account"
  undo="ours create -f $work/account"
  ours delete "$account" >/dev/null
  seen chart-tests "it got no pod"
}
security() {
  local key; key=$(ours get secret -l "app.kubernetes.io/instance=$release" -o go-template='{{range .items}}{{with .data.POSTGRES_PASSWORD}}{{base64decode .}}{{end}}{{end}}')
  set_env frontend LEAK "$key"
  seen security "shows POSTGRES_PASSWORD in plain words"
}
network() {
  undo="ours delete networkpolicy todo-e2e-twin"
  ours create -f - >/dev/null <<YAML
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: todo-e2e-twin }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{}] }
YAML
  seen network "that the policies must prevent: stranger"
}
load() {
  set_env backend RATE_LIMIT_API 60
  deployed load "was answered with 429" load "${site[@]}" --users 3 --think 200ms --duration 25s
}
scaling() {
  local hpa most; hpa=$(of hpa backend) most=$(ours get "$(of hpa backend)" -o jsonpath='{.spec.maxReplicas}')
  undo="ours patch $hpa --type=merge -p '{\"spec\":{\"maxReplicas\":$most}}'"
  ours patch "$hpa" --type=merge -p "{\"spec\":{\"maxReplicas\":$(ours get "$hpa" -o jsonpath='{.spec.minReplicas}')}}" >/dev/null
  deployed scaling "backend did not get more replicas" scaling "${site[@]}" "${cluster[@]}" --users 30 --think 300ms --rise 150s
}
resilience() { expected resilience "is over the budget of 0 s" resilience "${site[@]}" "${cluster[@]}" --users 20 --outage 0s; }
persistence() { expected persistence "after the release was uninstalled and installed again" persistence "${site[@]}" "${cluster[@]}" --drop-volumes; }
rollback() { expected rollback "after the rollback the release is not well" rollback "${site[@]}" "${cluster[@]}" --no-rollback --evidence "$work/evidence"; }
crash() { expected crash "are lost or wrong" crash --rounds 1 --lose; }

[ $# -gt 0 ] || set -- none flow browser api routes ingress mcp security network chart-tests load scaling resilience persistence rollback crash
try ingress # with the copied state, in another folder, it is released once more: that would mend the first defect
row "defect of" outcome "others tried, and passed" "first line"
row --- --- --- ---
for part in "$@"; do
  undo=:
  "$part"
  eval "$undo" >/dev/null
  undo=:
done
exit "$wrong"

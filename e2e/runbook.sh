#!/bin/bash
# Executes docs/RUNBOOK.md: the blocks of commands under its headings, word for word but for the release's name, on a release of its own
# in a cluster, and looks whether they did what the document says. Works on a copy of the repository, and removes all that it made.
# usage: e2e/runbook.sh CONTEXT    such as e2e/runbook.sh lab
# Needs docker, kubectl, helm, curl and jq. XTASK is the program to run instead of `cargo xtask`. Takes some 5 minutes.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
context=$1
export PIPELINE_NAMESPACE=todo-chatbot-runbook PIPELINE_RELEASE=todo-chatbot-runbook PIPELINE_HOST=runbook.todo-app.local
class=todo-e2e-runbook
[ -n "${XTASK:-}" ] || { cargo build --quiet -p xtask; XTASK=$(cargo metadata --no-deps --format-version 1 | jq -r .target_directory)/debug/xtask; }
work=$(mktemp -d)
mkdir "$work"/{copy,bin}

# ── What the document's commands find here ────────────────────────────────────────────────────────────────────────────────

kubectl config view --raw --minify --context "$context" >"$work/kubeconfig"
export KUBECONFIG=$work/kubeconfig
kubectl config use-context "$context" >/dev/null
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/copy"
printf '#!/bin/sh\nshift\nexec "%s" "$@" --progress plain --target "context:%s"\n' "$(realpath "$XTASK")" "$context" >"$work/bin/cargo"
printf '#!/bin/sh\nkubectl -n %s get ingress -o jsonpath="{.items[0].status.loadBalancer.ingress[0].ip}"\n' "$PIPELINE_NAMESPACE" >"$work/bin/minikube"
chmod +x "$work"/bin/*
export PATH=$work/bin:$PATH
cd "$work/copy"
trap 'cargo xtask teardown >/dev/null 2>&1 || :; kubectl delete storageclass "$class" --ignore-not-found >/dev/null; rm -rf "$work"' EXIT

# The commands of a section's blocks, from the first to the last asked for: block HEADING FIRST [LAST]
block() {
  sed 's/todo-chatbot/todo-chatbot-runbook/g; s/todo-app\.local/runbook.todo-app.local/g; s|helm/todo-chatbot-runbook|helm/todo-chatbot|g' docs/RUNBOOK.md |
    awk -v heading="## $1" -v first="$2" -v last="${3:-$2}" '
      /^## / { inside = ($0 == heading) }
      inside && /^```sh$/ { number++; code = 1; next }
      /^```$/ { code = 0 }
      inside && code && number >= first && number <= last'
}
fail() { echo "FAILED: $1"; tail -n 30 "$work/log"; exit 1; }
# Executes them, each of which must succeed: follow HEADING FIRST [LAST]
follow() {
  block "$@" >"$work/commands"
  [ -s "$work/commands" ] || fail "the document has no such block: $*"
  echo "── $1: $(wc -l <"$work/commands") commands"
  bash -euo pipefail "$work/commands" >"$work/log" 2>&1 || fail "a command under \"$1\" failed"
}
holds() { "${@:2}" >"$work/held" 2>&1 || { cat "$work/held"; fail "$1"; }; echo "   $1"; }
api() { curl -sS --fail --retry 10 --retry-all-errors -H "Host: $PIPELINE_HOST" -H 'Content-Type: application/json' "${@:2}" "http://$(minikube ip)/api$1"; }
ours() { kubectl -n "$PIPELINE_NAMESPACE" "$@"; }
psql() { ours exec -i "$PIPELINE_RELEASE-postgresql-0" -- env PGPASSWORD="$1" psql -h 127.0.0.1 -U todo todo -c 'select 1'; }
password() { ours get secret -l "app.kubernetes.io/instance=$PIPELINE_RELEASE" -o go-template='{{range .items}}{{with .data.POSTGRES_PASSWORD}}{{base64decode .}}{{end}}{{end}}'; }
log_in() { api /auth/login -d '{"email":"runbook@example.com","password":"a long enough password"}' | jq -r .token; }
tasks() { api /tasks -H "Authorization: Bearer $(log_in)" | jq -r '[.tasks[].title] | sort | join(", ")'; }
add() { api /tasks -H "Authorization: Bearer $(log_in)" -d "{\"title\":\"$1\"}" >/dev/null; }
tasks_are() { local are; are=$(tasks); echo "the tasks are: $are"; [ "$are" = "$1" ]; }
well() { follow "Is it well?" 1; holds "it says that it is well" grep '"status":"ok"' "$work/log"; }
mounted() { [ "$(ours get "$1" -o jsonpath="$2")" = 5Gi ]; }
not() { ! "$@"; }
said() { ours logs -l "app.kubernetes.io/instance=$PIPELINE_RELEASE" --all-containers --tail=200 --ignore-errors | grep -q "$1"; }
eventually() { for _ in $(seq 60); do "$@" && return; sleep 1; done; return 1; }

# ── The document, from top to bottom ──────────────────────────────────────────────────────────────────────────────────────

# A class whose volumes may grow, whatever the cluster's own allows.
kubectl get storageclass -o json |
  jq --arg name "$class" '[.items[] | select(.metadata.annotations["storageclass.kubernetes.io/is-default-class"] == "true")][0]
    | .metadata = {name: $name} | .allowVolumeExpansion = true' | kubectl create -f - >/dev/null
sed -i "/^postgresql:/,/^[a-z]*:/s/persistence: { keep: false }/persistence: { keep: false, storageClass: $class, size: 1Gi }/" helm/todo-chatbot/values-local.yaml
grep -q "$class" helm/todo-chatbot/values-local.yaml || fail "values-local.yaml does not say where PostgreSQL's persistence is"
cargo xtask up >"$work/log" 2>&1 || fail "it can't be deployed"
api /auth/signup -d '{"name":"Runbook","email":"runbook@example.com","password":"a long enough password"}' >/dev/null
add first
well

follow "Break it on purpose" 1
holds "the service goes on" tasks_are first
holds "a new pod has said what is wrong" eventually said broken-on-purpose
follow "A release is bad" 1
holds "it is back, with its data" tasks_are first
holds "the evidence has the cause" grep -q broken-on-purpose logs.txt

follow "Backup and restore" 1
add second
follow "Backup and restore" 2
holds "what was saved is there, and nothing that came later" tasks_are first

old=$(password)
follow "Change the database's password" 1
holds "the services have the new one" tasks_are first
holds "the new one is let in" psql "$(password)"
holds "the old one is not" not psql "$old"

follow "A volume is full" 1
sed -i "s/storageClass: $class, size: 1Gi/storageClass: $class, size: 5Gi/" helm/todo-chatbot/values-local.yaml
follow "A volume is full" 2
holds "the claim asks for more" mounted "pvc/data-$PIPELINE_RELEASE-postgresql-0" '{.spec.resources.requests.storage}'
holds "the StatefulSet, too" mounted "statefulset/$PIPELINE_RELEASE-postgresql" '{.spec.volumeClaimTemplates[0].spec.resources.requests.storage}'
holds "the data is where it was" tasks_are first

for component in backend postgresql; do
  ours delete pod --grace-period=0 --force "$(ours get pod -l "app.kubernetes.io/instance=$PIPELINE_RELEASE,app.kubernetes.io/component=$component" -o jsonpath='{.items[0].metadata.name}')" >/dev/null 2>&1
done
follow "A pod or a node is lost" 1
holds "the data is there" tasks_are first
well

follow "Remove it" 1
holds "the namespace is gone" not kubectl get namespace "$PIPELINE_NAMESPACE"
echo "every procedure did what the document says"

#!/usr/bin/env bash
# Checks the chart without a cluster: lint, rendering of a matrix of values and Kubernetes versions, the official schemas,
# who runs as root, and that a misspelt key is refused. Needs helm and python3; kube-score is used when it is there.
# The tools it installs for itself, and what it renders, live in target/chart-check, or where CHART_CHECK says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
chart=helm/todo-chatbot
work=${CHART_CHECK:-target/chart-check}
. scripts/venv.sh
versions=(1.25 1.28 1.31 1.34)
external=postgresql.enabled=false,database.url=postgres://todo:todo@db.example.com:5432/todo

# name|arguments of helm template
matrix=(
  "defaults|"
  "dev|-f $chart/values-dev.yaml"
  "local|-f $chart/values-local.yaml"
  "staging|-f $chart/values-staging.yaml"
  "prod|-f $chart/values-prod.yaml"
  "external|--set $external --set redis.enabled=false,cache.url=redis://cache.example.com:6379/0"
  "existing-secrets|--set secrets.existingSecret=app,postgresql.auth.existingSecret=db"
  "minimal|--set $external --set redis.enabled=false,frontend.enabled=false,mcpServer.enabled=false,ingress.enabled=false,networkPolicy.enabled=false,migrate.enabled=false"
  "volatile|--set postgresql.persistence.enabled=false,redis.persistence.enabled=false"
  "owned|--set global.volumePermissions=true"
  "node-ports|--set frontend.service.type=NodePort,frontend.service.nodePort=30080,backend.service.type=LoadBalancer"
  "labelled|--set global.commonLabels.owner=me,networkPolicy.monitoring[0].podSelector.matchLabels.app=prometheus"
  "faulty|--set faults.component=mcp-server,faults.badImage=true,faults.crash=true,faults.unready=true"
)

say() { printf '%-10s %s\n' "$1" "$2"; }

tools() {
  mkdir -p "$work"
  make_venv "$work/venv" kubernetes-validate==1.37.0 pyyaml
}

lint() {
  local file
  for file in "$chart"/values*.yaml; do
    helm lint --strict --quiet "$chart" -f "$file"
  done
  say lint "every values file"
}

render() {
  local case version
  for case in "${matrix[@]}"; do
    for version in "${versions[@]}"; do
      # shellcheck disable=SC2086 # the arguments are words on purpose
      helm template todo-chatbot "$chart" --namespace todo-chatbot --kube-version "$version.0" ${case#*|} >"$work/${case%%|*}-$version.yaml"
    done
  done
  say render "${#matrix[@]} sets of values x ${#versions[@]} Kubernetes versions"
}

validate() {
  local case version
  for version in "${versions[@]}"; do
    for case in "${matrix[@]}"; do
      "$work/venv/bin/python" -m kubernetes_validate --quiet --strict -k "$version" "$work/${case%%|*}-$version.yaml"
    done
  done
  say validate "against the official schemas, strict"
}

# Counts the containers that run as root: none, unless global.volumePermissions asks for one per volume.
roots() {
  local case expected found version=${versions[-1]}
  for case in "${matrix[@]}"; do
    expected=0
    if [ "${case%%|*}" = owned ]; then expected=2; fi
    found=$(grep -c 'runAsUser: 0$' "$work/${case%%|*}-$version.yaml" || true)
    if [ "$found" != "$expected" ]; then say roots "${case%%|*}: $found containers run as root, not $expected"; return 1; fi
  done
  say roots "only where global.volumePermissions asks for it"
}

# All pods that can be at once must fit into PostgreSQL's connections: for each case of `arguments|pool`, or else a refusal.
pools() {
  local case found
  local many=backend.autoscaling.maxReplicas=5,mcpServer.autoscaling.enabled=true,mcpServer.autoscaling.maxReplicas=5
  for case in "--set $many|7" "-f $chart/values-prod.yaml|5" "-f $chart/values-dev.yaml|10" \
    "--set $many --set postgresql.maxConnections=400|10" "--set $external --set database.maxConnections=60|6" \
    "--set backend.autoscaling.maxReplicas=40|refused" "--set $external --set database.maxConnections=20|refused"; do
    # shellcheck disable=SC2086 # the arguments are words on purpose
    if helm template todo-chatbot "$chart" --kube-version 1.34.0 ${case%|*} >"$work/pool.yaml" 2>"$work/pool.err"; then
      found=$(sed -n 's/^  DATABASE_POOL: "\(.*\)"$/\1/p' "$work/pool.yaml" | sort -u)
    else
      found=$(sed -n 's/.*3 are needed\. Lower.*/refused/p' "$work/pool.err")
    fi
    if [ "$found" != "${case##*|}" ]; then say pools "${case%|*}: $found, not ${case##*|}"; cat "$work/pool.err"; return 1; fi
  done
  say pools "every pod gets its share of PostgreSQL's connections, and what does not fit is refused"
}

# Renames each key of values.yaml in turn; every one of them must be refused.
mutate() {
  "$work/venv/bin/python" helm/mutate.py "$chart" "$work/mutant.yaml"
}

score() {
  if ! command -v kube-score >/dev/null; then say score "skipped: kube-score is not installed"; return; fi
  kube-score score --ignore-test pod-probes-identical,container-image-pull-policy,container-ephemeral-storage-request-and-limit,container-security-context-user-group-id \
    --kubernetes-version v1.34 --output-format ci "$work/defaults-1.34.yaml" | grep -v '^\[\(OK\|SKIPPED\)\]' || say score "nothing critical"
}

tools
lint
render
validate
roots
pools
mutate
score

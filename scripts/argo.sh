#!/usr/bin/env bash
# Exported workflows on a real controller of Argo Workflows, which is built once from its Go module, with its executor and its command.
# A pipeline of files: two steps that wait until the other is at work, one that needs a second attempt; all are done once. A step whose program
# is ended, and whose pod is deleted: it is begun again. One that fails for good: the workflow fails and names it; what it lacked is there
# then, and the workflow that is submitted again does what was not done, on the same volume. One that is over its time fails by it. The
# controller sees no more than a namespace of its own, and all goes again at the end: namespace, images, and those definitions (CRDs) that
# were not there before.
# usage: scripts/argo.sh CONTEXT    such as scripts/argo.sh lab, after `lab up`
# The nodes are containers of their own names, with containerd. Needs Go, docker with debian:bookworm-slim, kubectl, git, jq and cargo. 4 min;
# the first time 6 more, to build.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
context=$1 name=pipeline-argo bin=$PWD/target/argo root=$PWD
argo_image=$name:test steps_image=$name-steps:test
work=$(mktemp -d)
fail() { echo "FAILED: $1" >&2; exit 1; }

build() {
  echo "building the controller, its executor and its command" >&2
  local source
  source=$(go mod download -json github.com/argoproj/argo-workflows/v4@v4.0.5 | jq -r .Dir)
  cp -r --no-preserve=mode "$source/." "$work/argo"
  (
    cd "$work/argo"
    # The module lacks the file for Linux, and the page of the server, for which its Dockerfile too has an empty one.
    cp workflow/executor/osspecific/signal_darwin.go workflow/executor/osspecific/signal_linux.go
    mkdir -p ui/dist/app && touch ui/dist/app/index.html
    CGO_ENABLED=0 GOFLAGS=-mod=mod go build -trimpath -ldflags "-s -w" -o "$bin/" ./cmd/argoexec ./cmd/workflow-controller ./cmd/argo
    mkdir -p "$bin/crds"
    cp manifests/base/crds/minimal/argoproj.io_*.yaml "$bin/crds/"
    cp manifests/namespace-install/workflow-controller-rbac/workflow-controller-role.yaml manifests/quick-start/base/executor/emissary/executor-role.yaml "$bin/"
  )
  rm -rf "$work/argo"
}

# ── A controller ──────────────────────────────────────────────────────────────────────────────────────────────────────────

definitions=() nodes=()
finish() {
  local code=$? node image
  [ $code = 0 ] || look >&2 || :
  kubectl delete namespace "$name" --wait --ignore-not-found >/dev/null || :
  [ ${#definitions[@]} = 0 ] || kubectl delete "${definitions[@]}" >/dev/null || :
  for image in "$argo_image" "$steps_image"; do
    for node in "${nodes[@]}"; do "$root/scripts/unload-image.sh" "$node" "$image" >/dev/null || :; done
    docker image rm "$image" >/dev/null 2>&1 || :
  done
  rm -rf "$work"
}

# What is there when something failed.
look() {
  kubectl get pods -o wide
  kubectl logs deployment/workflow-controller --tail 20
  [ -z "${workflow-}" ] || argo get "$workflow"
}

# image TAG FOLDER: made, and in every node.
image() {
  docker build --quiet --tag "$1" "$2" >"$work/said" 2>&1 || { cat "$work/said"; fail "$1 does not build"; }
  for node in "${nodes[@]}"; do docker save "$1" | docker exec -i "$node" ctr -n k8s.io images import - >/dev/null; done
}

images() {
  mkdir -p "$work/argo-image" "$work/steps-image"
  cp "$bin/argoexec" "$bin/workflow-controller" "$work/argo-image/"
  printf 'FROM scratch\nCOPY argoexec workflow-controller /bin/\nENV PATH=/bin\n' >"$work/argo-image/Dockerfile"
  image "$argo_image" "$work/argo-image"
  # In place of cargo and xtask's sources, which a pipeline of somebody else's would have.
  strip -o "$work/steps-image/xtask" "$xtask"
  printf '#!/bin/sh\nshift\nexec xtask "$@"\n' >"$work/steps-image/cargo"
  chmod +x "$work/steps-image/cargo"
  cat >"$work/steps-image/Dockerfile" <<'DOCKER'
FROM debian:bookworm-slim
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends git >/dev/null && rm -rf /var/lib/apt/lists/*
COPY cargo xtask /usr/local/bin/
DOCKER
  image "$steps_image" "$work/steps-image"
}

controller() {
  local file definition
  for file in "$bin"/crds/*.yaml; do
    definition=$(kubectl create --dry-run=client -o name -f "$file")
    kubectl get "$definition" >/dev/null 2>&1 || { kubectl create -f "$file" >/dev/null && definitions+=("$definition"); }
  done
  kubectl create namespace "$name" >/dev/null
  kubectl create serviceaccount argo >/dev/null
  kubectl create -f "$bin/workflow-controller-role.yaml" -f "$bin/executor-role.yaml" >/dev/null
  kubectl create rolebinding argo --role argo-role --serviceaccount "$name:argo" >/dev/null
  kubectl create rolebinding executor --role executor --serviceaccount "$name:default" >/dev/null
  kubectl create configmap workflow-controller-configmap >/dev/null
  kubectl create -f - >/dev/null <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: { name: workflow-controller }
spec:
  selector: { matchLabels: { app: workflow-controller } }
  template:
    metadata: { labels: { app: workflow-controller } }
    spec:
      serviceAccountName: argo
      terminationGracePeriodSeconds: 1
      containers:
        - name: workflow-controller
          image: $argo_image
          command: [workflow-controller, --namespaced, --executor-image, "$argo_image", --executor-image-pull-policy, IfNotPresent]
          # Looks at a workflow again after a second, not after ten.
          env: [{ name: LEADER_ELECTION_DISABLE, value: "true" }, { name: DEFAULT_REQUEUE_TIME, value: 1s }]
          readinessProbe: { httpGet: { port: 6060, path: /healthz }, periodSeconds: 1 }
YAML
  kubectl rollout status deployment/workflow-controller --timeout 60s >/dev/null
}

# ── A pipeline of files, and where the pods get it from ─────────────────────────────────────────────────────────────────────

# Each step says in /work/ran, on the volume, that it is done; two of them wait until the other is at work.
pipeline() {
  cat <<'TOML'
version = 1
name = "files"
[goals]
up = ["last"]
[[group]]
kind = "command"
timeout = "1m"
step = [
    { id = "1st", outputs = ["first"], with = { argv = ["sh", "-c", "echo 1st >>/work/ran; echo first > first"] } },
    { id = "left", needs = ["1st"], outputs = ["left"], with = { argv = ["sh", "-c", "touch /work/left; until test -e /work/right; do sleep 0.1; done; echo left >>/work/ran; cat first > left"] } },
    { id = "right", needs = ["1st"], outputs = ["right"], with = { argv = ["sh", "-c", "touch /work/right; until test -e /work/left; do sleep 0.1; done; echo right >>/work/ran; cat first > right"] } },
    { id = "again", needs = ["1st"], retry = { attempts = 2 }, outputs = ["again"], with = { argv = ["sh", "-c", "test -e /work/tried || { touch /work/tried; exit 1; }; echo again >>/work/ran; cat first > again"] } },
    { id = "last", needs = ["left", "right", "again"], outputs = ["last"], with = { argv = ["sh", "-c", "echo last >>/work/ran; cat left right again > last"] } },
    { id = "lost", outputs = ["lost"], with = { argv = ["sh", "-c", "echo >>/work/begun; test $(wc -l </work/begun) = 3 || sleep 600; echo lost >>/work/ran; touch lost"] } },
    { id = "before", needs = ["last"], outputs = ["before"], with = { argv = ["sh", "-c", "echo before >>/work/ran; cat last > before"] } },
    { id = "broken", needs = ["before"], outputs = ["broken"], with = { argv = ["sh", "-c", "test -e /work/mended || { echo it broke; exit 3; }; echo broken >>/work/ran; cat before > broken"] } },
    { id = "after", needs = ["broken"], outputs = ["after"], with = { argv = ["sh", "-c", "echo after >>/work/ran; cat broken > after"] } },
    { id = "late", timeout = "2s", outputs = ["late"], with = { argv = ["sh", "-c", "sleep 50; echo late >>/work/ran; touch late"] } },
]
TOML
}

# A pod that serves the sources and sees the volume.
beside() {
  kubectl create -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: { name: sources, labels: { app: sources } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: sources
      image: $steps_image
      command: [git, daemon, --reuseaddr, --export-all, --base-path=/srv]
      volumeMounts: [{ name: work, mountPath: /work }]
  volumes: [{ name: work, persistentVolumeClaim: { claimName: files-work } }]
YAML
  kubectl expose pod sources --port 9418 >/dev/null
  kubectl wait pod sources --for condition=Ready --timeout 60s >/dev/null
}
in_volume() { kubectl exec -i sources -- sh -c "$1"; }

# Commits all that is there, where the pods find it.
publish() {
  git add --all
  git -c user.name=test -c user.email=test@localhost commit --quiet --message "$1"
  git clone --quiet --bare . "$work/files.git"
  tar -C "$work" -c files.git | in_volume "rm -rf /srv/files.git; tar -C /srv --no-same-owner -x"
  rm -rf "$work/files.git"
}

# ── Workflows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

argo() { "$bin/argo" "$@"; }

# submit STEP|GOAL: sets `workflow`.
submit() {
  "$xtask" export argo "$@" >"$work/workflow.yaml"
  argo lint --offline --kinds workflows "$work/workflow.yaml" >"$work/lint" || { cat "$work/lint"; fail "argo lint finds something in the workflow of $1"; }
  workflow=$(argo submit "$work/workflow.yaml" -p repository=git://sources/files.git -p "image=$steps_image" -o name)
}

# ends PHASE: how the workflow ends.
ends() {
  local phase
  timeout 120 "$bin/argo" wait "$workflow" >/dev/null || :
  phase=$(kubectl get workflow "$workflow" -o jsonpath='{.status.phase}')
  [ "$phase" = "$1" ] || fail "the workflow $workflow is $phase, not $1"
}

# failed: the pods that failed, each with its step and why, as Argo knows it: of xtask's last words the line about the step.
failed() {
  kubectl get workflow "$workflow" -o json |
    jq -r '.status.nodes[] | select(.type == "Pod" and .phase != "Succeeded") | "\(.displayName): \(.message | (split("\n") | map(select(test("^  (FAIL|--) "))) | first) // .)"'
}

# pod_at_work TIMES: the pod of the step `lost`, once that has been begun so often.
pod_at_work() {
  in_volume "timeout 60 sh -c 'until test \$(wc -l </work/begun) = $1; do sleep 0.1; done' 2>/dev/null" || fail "the step was not begun $1 times"
  local pod
  # The kubelet tells a moment later that it runs.
  for _ in {1..100}; do
    pod=$(kubectl get pods -l "workflows.argoproj.io/workflow=$workflow" -o json |
      jq -r '.items[] | select(.status.phase == "Running" and (.metadata.annotations["workflows.argoproj.io/node-name"] | contains(".lost("))).metadata.name')
    [ -z "$pod" ] || break
  done
  echo "$pod"
}

# done_once STEP…: exactly these were done, on the volume and in the journal, and each once.
done_once() {
  printf '%s\n' "$@" | sort >"$work/wanted"
  in_volume "cat /work/ran" | sort | diff "$work/wanted" - || fail "these are not the steps that should have run, each once"
  in_volume "cat /work/source/.pipeline/journal-local" | sed -n 's/.*done\t\([^\t]*\)\t.*/\1/p' | sort | diff "$work/wanted" - || fail "the journal has others as done"
}

# ── All of it ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

mkdir -p "$bin"
for program in argoexec workflow-controller argo executor-role.yaml; do [ -e "$bin/$program" ] || { build; break; }; done
cargo build --quiet --package xtask
xtask=${CARGO_TARGET_DIR:-$root/target}/debug/xtask

kubectl config view --minify --flatten --context "$context" >"$work/kubeconfig"
export KUBECONFIG=$work/kubeconfig
kubectl config use-context "$context" >/dev/null
kubectl config set-context --current --namespace "$name" >/dev/null
if kubectl get namespace "$name" >/dev/null 2>&1; then fail "there is a namespace $name already"; fi
mapfile -t nodes < <(kubectl get nodes -o json | jq -r '.items[].metadata.name')
trap finish EXIT
images
controller

mkdir "$work/files" && cd "$work/files" && git init --quiet --initial-branch main
pipeline >pipeline.toml
"$xtask" export argo up >"$work/workflow.yaml"
sed -n 's/^# The volume .*: kubectl/kubectl/p' "$work/workflow.yaml" >"$work/claim"
bash "$work/claim" >/dev/null
beside
publish "A pipeline of files"
echo "a controller of Argo Workflows v4.0.5 runs in $SECONDS s" >&2

submit up
ends Succeeded
done_once 1st left right again last
echo "5 steps ran, each in a pod, two of them at the same time and one with a second attempt, each once"

submit lost
# A node that is drained ends the program; Argo then finds a pod that failed, or none, just as it happens. The call may end with the container.
pod=$(pod_at_work 1)
kubectl exec "$pod" -c main -- sh -c "kill 1" 2>"$work/said" || :
pod=$(pod_at_work 2)
kubectl delete pod "$pod" --wait=false >/dev/null
ends Succeeded
failed
[ "$(in_volume "wc -l </work/begun")" = 3 ] || fail "the step was not begun three times"
done_once 1st left right again last lost
echo "a step whose program was ended, and whose pod was deleted then, was begun again each time"

submit after
ends Failed
failed | tee "$work/said"
grep -q '^broken(0): .*FAIL broken .*it broke' "$work/said" || fail "the step that failed is not named with what it said"
done_once 1st left right again last lost before
in_volume "touch /work/mended"
workflow=$(argo resubmit "$workflow" -o name)
ends Succeeded
done_once 1st left right again last lost before broken after
echo "a step that failed named itself; the workflow that was submitted again went on there: 2 steps ran, and no other a second time"

submit late
ends Failed
failed | tee "$work/said"
grep -q '^late(0): .*FAIL late .*2\.0 s' "$work/said" || fail "the step that was over its time is not named with it"
done_once 1st left right again last lost before broken after
echo "a step over its time failed by it; $SECONDS s in all"

#!/bin/sh
# Hands a question about the deployment to the first AI helper that is installed: kubectl-ai, kagent or docker ai (Gordon).
# Without a helper, or without a question, it answers as far as facts go: `cargo xtask status` and `cargo xtask doctor`.
# The helpers act on kubectl's current context, as yourself; read what they propose before you agree.
# usage: scripts/ai-deploy.sh [QUESTION]    for example "why is the backend not ready?"

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."

facts() {
  cargo xtask status || true # what is missing is in the answer of the next line
  cargo xtask doctor
}

hand_over() {
  echo "asking $1; kubectl's current context is $(kubectl config current-context 2>/dev/null || echo 'not set')" >&2
  shift
  exec "$@"
}

if [ $# -eq 0 ]; then
  facts
elif command -v kubectl-ai >/dev/null; then
  hand_over kubectl-ai kubectl-ai "$*"
elif command -v kagent >/dev/null; then
  hand_over kagent kagent invoke --agent k8s-agent --task "$*"
elif docker --help 2>/dev/null | grep -Eq '^ +ai\*? '; then # `docker ai` itself ends with 0 where there is none
  hand_over "docker ai" docker ai "$*"
else
  echo "none of kubectl-ai, kagent and docker ai is installed; these are the facts:" >&2
  facts
fi

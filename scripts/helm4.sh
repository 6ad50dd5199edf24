#!/usr/bin/env bash
# The other major version of helm: built once from its Go module, then the chart is checked and values are handed over with it.
# Needs Go, python3 and cargo.
# usage: scripts/helm4.sh [path]    `path` only prints where the binary is
set -euo pipefail
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=v4.3.1
bin=$PWD/target/helm/$version

[ -x "$bin/helm" ] || GOBIN=$bin go install "helm.sh/helm/v4/cmd/helm@$version" >&2
if [ "${1:-}" = path ]; then
  printf '%s\n' "$bin/helm"
  exit
fi
export PATH="$bin:$PATH"
helm version --short
CHART_CHECK=target/chart-check-4 helm/check.sh # beside the same with helm 3
cargo test --quiet --package xtask --test it -- real::values

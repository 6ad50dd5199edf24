#!/bin/sh
# Starts the minikube cluster of pipeline.toml, or goes on with it, and enables the addons ingress and metrics-server until they answer.
# usage: scripts/setup-cluster.sh [OPTIONS of `cargo xtask run`]    for example --set cpus=2 --set memory=4096
# A cluster that exists already needs none of this: cargo xtask up --target context:NAME

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."
exec cargo xtask run --target minikube cluster ingress-addon metrics-addon "$@"

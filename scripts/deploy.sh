#!/bin/sh
# Builds, deploys and verifies the application; what stands already is left alone.
# usage: scripts/deploy.sh [OPTIONS of `cargo xtask up`]    for example --target minikube --profile dev

set -eu
case "${1-}" in -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit ;; esac
cd "$(dirname "$0")/.."
exec cargo xtask up "$@"

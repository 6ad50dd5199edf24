#!/bin/bash
# Cold starts in a row: everything of the pipeline is taken away and brought up again, and nothing may fail, be tried again or wait in
# vain for a webhook, for metrics or for a service. Prints the seconds of each and their median. What it ends with, stands.
# usage: e2e/cold-starts.sh COUNT [OPTIONS of `cargo xtask up`]    such as e2e/cold-starts.sh 20 --target context:lab --profile dev
# Needs jq. XTASK is the program to run in place of `cargo xtask`.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
count=$1
shift
read -ra xtask <<<"${XTASK:-cargo xtask}"
state=${PIPELINE_STATE_DIR:-.pipeline}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

all=()
for number in $(seq "$count"); do
  "${xtask[@]}" teardown "$@" >"$log" 2>&1 || { cat "$log"; exit 1; }
  "${xtask[@]}" up "$@" --progress plain >"$log" 2>&1 || { cat "$log"; echo "FAILED: start $number"; exit 1; }
  again=$(jq -r '[.steps[] | select(.attempts > 1) | .step] | join(" ")' "$state/report.json")
  all+=("$(jq .duration_ms "$state/report.json")")
  echo "$number: $((all[-1] / 1000)).$((all[-1] % 1000 / 100)) s${again:+, tried again: $again}"
  [ -z "$again" ] || { cat "$log"; echo "FAILED: start $number needed a second try"; exit 1; }
done
printf '%s\n' "${all[@]}" | sort -n | awk '{ t[NR] = $1 / 1000 } END { printf "%d cold starts, nothing failed or was tried again: median %.1f s (%.1f to %.1f)\n", NR, t[int((NR + 1) / 2)], t[1], t[NR] }'

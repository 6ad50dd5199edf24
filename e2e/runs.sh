#!/bin/bash
# Tries the whole promise again and again, and prints a table of it: a part in each line with its seconds in each run, and their median.
# Ends with the first run that fails. Each run's words, report, logs and series are kept in FOLDER; a later call adds to the table.
# usage: e2e/runs.sh COUNT FOLDER [OPTIONS of `cargo xtask test-e2e`]    such as e2e/runs.sh 10 /tmp/runs --target context:lab --set load_duration=60s
# Needs jq. XTASK is the program to run in place of `cargo xtask`.
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
count=$1 folder=$2
shift 2
read -ra xtask <<<"${XTASK:-cargo xtask}"
state=${PIPELINE_STATE_DIR:-.pipeline}
mkdir -p "$folder"

# One run: its report, and how busy the machine was when it began and ended.
run() {
  local number before code=0
  number=$(find "$folder" -mindepth 1 -maxdepth 1 -type d | wc -l)
  before=$(cut -d' ' -f1 /proc/loadavg)
  "${xtask[@]}" test-e2e "$@" >"$folder/log" 2>&1 || code=$?
  mkdir "$folder/$number"
  mv "$folder/log" "$folder/$number/"
  cp -r "$state"/{report.json,logs,series} "$folder/$number/"
  jq -c --arg load "$before to $(cut -d' ' -f1 /proc/loadavg)" '{load: $load, duration_ms, exit_code, steps}' "$state/report.json" >>"$folder/runs.jsonl"
  [ "$code" = 0 ] || tail -n 20 "$folder/$number/log"
  return "$code"
}
table() {
  jq -rs --argjson parts "$(sed -n 's/^test-e2e = //p' pipeline/test-e2e.toml)" '
    def seconds: . / 100 | round / 10;
    def median: sort | .[length / 2 | floor];
    def row($name; $cells; $all): "| \($name) | \($cells | join(" | ")) | \($all) |";
    . as $runs
    | row("part"; $runs | keys | map(. + 1); "median"), row("---"; $runs | map("---"); "---"),
      ($parts[] as $part | [$runs[].steps[] | select(.step == $part)]
        | row($part; map(if .outcome == "ok" or .outcome == "skipped" then .duration_ms | seconds else .outcome end); map(.duration_ms) | median | seconds)),
      row("whole run"; $runs | map(.duration_ms | seconds); $runs | map(.duration_ms) | median | seconds),
      row("load average"; $runs | map(.load); "")' "$folder/runs.jsonl"
}

failed=0
for _ in $(seq "$count"); do run "$@" || { failed=1; break; }; done
table
exit "$failed"

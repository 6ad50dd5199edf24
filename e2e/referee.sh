#!/bin/bash
# Two generators measure one server at the same time: our own, and vegeta, which asks for a list of tasks at a constant rate beside
# it. Both tell how long lists took; they must agree within 15 %, or within the millisecond that a list is shorter or longer by chance.
# usage: e2e/referee.sh BASE HOST [SECONDS [USERS]]    such as e2e/referee.sh http://172.17.0.2 todo-app.local 60 50
# Needs curl, jq, and vegeta (`go install github.com/tsenart/vegeta/v12@latest`).
set -euo pipefail
case "${1-}" in -h | --help | "") sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "$0")/.."
base=$1 host=$2 seconds=${3-60} users=${4-50}
program=${PROGRAM:-e2e/target/debug/todo-e2e}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

api() { curl -sS --fail -H "Host: $host" -H 'Content-Type: application/json' "$@"; }
token=$(api "$base/api/auth/signup" -d "{\"name\":\"Referee\",\"email\":\"referee-$RANDOM$RANDOM@example.com\",\"password\":\"a long enough password\"}" | jq -r .token)
# As many tasks as our users have on average.
for n in $(seq 10); do api -H "Authorization: Bearer $token" "$base/api/tasks" -d "{\"title\":\"task $n\"}" >/dev/null; done
printf 'GET %s/api/tasks\nHost: %s\nAuthorization: Bearer %s\n' "$base" "$host" "$token" >"$work/targets"

# The users come one after the other, so the first seconds are theirs alone.
"$program" load --base "$base" --host "$host" --users "$users" --duration "${seconds}s" >"$work/ours" &
ours=$!
sleep $((users / 10 + 2))
vegeta attack -rate=15/s -duration="$((seconds - users / 10 - 4))s" -targets="$work/targets" -output="$work/theirs"
wait "$ours" || { tail -n 1 "$work/ours"; exit 1; }

vegeta report -type=json "$work/theirs" >"$work/report"
[ "$(jq '.status_codes["200"] == .requests' "$work/report")" = true ] || { echo "vegeta saw other answers than 200: $(jq -c .status_codes "$work/report")"; exit 1; }
read -r count p50 p95 <<<"$(awk '$1 == "list" { print $2, $5, $6 }' "$work/ours")"
jq -r --arg count "$count" --argjson p50 "$p50" --argjson p95 "$p95" '
  def ms: . / 1e4 | round / 100;
  def apart($a; $b): (($a - $b) | fabs) / ([$a, $b] | max);
  def agree($a; $b): apart($a; $b) <= 0.15 or (($a - $b) | fabs) <= 1;
  (.latencies["50th"] | ms) as $v50 | (.latencies["95th"] | ms) as $v95
  | "          lists   p50 ms   p95 ms\ntodo-e2e  \($count)   \($p50)   \($p95)\nvegeta    \(.requests)   \($v50)   \($v95)\n"
  + "apart     p50 \(apart($p50; $v50) * 100 | round) %, p95 \(apart($p95; $v95) * 100 | round) %"
  , (if agree($p50; $v50) and agree($p95; $v95) then empty else "they do not agree within 15 %" | halt_error(1) end)' "$work/report"

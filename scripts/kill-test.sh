#!/usr/bin/env bash
# Kills runs at random moments with kill -9, lets them go on, and holds the end against an undisturbed run.
#
#   scripts/kill-test.sh [ROUNDS]          # 200 rounds unless told otherwise
#   scripts/kill-test.sh 20 --peers        # the same for ninja, go-task, mise and doit: a table of how they fare
#
# A round passes when no finished step ran again, the steps that were cut ran once more, the final tree is equal byte by
# byte, and no process is left. Exit code 0 when all rounds of xtask pass; the peers only inform.
# XTASK names the binary; without it the release binary is built. SEED repeats a series of moments. PEERS keeps the peers.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
rounds=200 tools=xtask
while [ $# -gt 0 ]; do
  case $1 in
    --peers) tools=xtask,ninja,task,mise,doit; shift ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *[!0-9]*) echo "kill-test: unknown option $1; --help lists them" >&2; exit 2 ;;
    *) rounds=$1; shift ;;
  esac
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/kill-test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
if [ -z "${XTASK:-}" ]; then
  (cd "$here/.." && cargo build --quiet --release -p xtask)
  XTASK=$(cd "$here/.." && cargo metadata --no-deps --format-version 1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')/release/xtask
fi
export XTASK PEERS=${PEERS:-$scratch/peers}
[ "$tools" = xtask ] || "$here/bench/peers.sh" "$PEERS" "$tools"
python3 -B "$here/bench/kill.py" "$scratch" "$rounds" "$tools"

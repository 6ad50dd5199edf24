#!/usr/bin/env bash
# Measures the engine beside its peers on the same generated work, and prints one table: medians and ratios from one run.
# Installs the peers into a throw-away folder and leaves nothing behind. Knows nothing of the chatbot.
#
#   scripts/bench-engine.sh            # everything: about 20 minutes on 2 cores; above 1,000 steps only ninja and make keep up
#   scripts/bench-engine.sh --quick    # small sizes, fewer peers: under 2 minutes
#
#   --sizes 1000,10000    steps of the no-op, each with 10 inputs
#   --ours-only 50000     a size for this engine (and ninja) alone, to see the growth; 0 for none
#   --first 1000,10000    steps of the first run
#   --once 10000          steps at which also the slow peers are measured, each once and for 600 s at most; 0 (unless told) for none
#   --bare 10000          steps of the run that tells what one step costs; 0 for none
#   --bars 10000          steps of the run that tells what bars on a terminal cost; 0 for none
#   --tools xtask,ninja   which of: xtask ninja make just task doit mise turbo spawn (a bare loop, the floor)
#   --peers DIR           keep the installed peers there, and use those that are
#   --json FILE           the figures for programs
#
# XTASK names the binary to measure; without it the release binary is built.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
sizes=10,1000,10000 ours_only=50000 first=1000 bare=10000 bars=10000 once=0 tools=xtask,ninja,make,just,task,doit,mise,turbo,spawn peers='' json='' runs=10

while [ $# -gt 0 ]; do
  case $1 in
    --quick) sizes=10,1000 ours_only=0 first=200 bare=200 bars=200 tools=xtask,ninja,make,just,task,doit,spawn runs=5; shift ;;
    --sizes) sizes=$2; shift 2 ;;
    --ours-only) ours_only=$2; shift 2 ;;
    --first) first=$2; shift 2 ;;
    --bare) bare=$2; shift 2 ;;
    --once) once=$2; shift 2 ;;
    --bars) bars=$2; shift 2 ;;
    --tools) tools=$2; shift 2 ;;
    --peers) peers=$2; shift 2 ;;
    --json) json=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    -h | --help) sed -n '2,19s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "bench-engine: unknown option $1; --help lists them" >&2; exit 2 ;;
  esac
done

for need in hyperfine python3 cargo /usr/bin/time; do
  command -v "$need" >/dev/null || {
    echo "bench-engine: $need is missing; on Debian: apt-get install hyperfine python3-venv time" >&2
    exit 2
  }
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/bench-engine.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
if [ -z "${XTASK:-}" ]; then
  (cd "$here/.." && cargo build --quiet --release -p xtask)
  XTASK=$(cd "$here/.." && cargo metadata --no-deps --format-version 1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')/release/xtask
fi
export XTASK PEERS=${peers:-$scratch/peers}
"$here/bench/peers.sh" "$PEERS" "$tools"
python3 -B "$here/bench/measure.py" --scratch "$scratch" --sizes "$sizes" --ours-only "$ours_only" --first "$first" --bare "$bare" --bars "$bars" \
  --once "$once" --tools "$tools" --runs "$runs" ${json:+--json "$json"}

#!/usr/bin/env bash
# Breaks a release on a cluster in many ways, one at a time, and holds what `up` says against what was broken.
#
#   scripts/fault-drills.sh                # every fault: about half an hour
#   scripts/fault-drills.sh --quick        # a few of each family: at most 5 minutes
#   scripts/fault-drills.sh quota webhook  # those whose names begin so
#
# Each fault is followed by its repair and an `up` that must end well and name no old cause. Prints a table: the fault, the
# first line, the seconds from the fault being visible in the cluster to that line, whether object and cause are right, and
# whether the fix was carried out and worked. Exit code 0 when all are right, the median is at most 3 s and none is above 10 s.
#
# CONTEXT (lab) is the cluster; TAG the tag of the three images in its node, found there if empty. The namespace NAMESPACE
# (drills) and the release `drills` are made and removed; the node is cordoned and tainted, and its container paused, for
# moments, so nothing else should use the cluster. XTASK names the binary; without it the release binary is built.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
for tool in kubectl helm python3; do
  command -v "$tool" >/dev/null || { echo "fault-drills: $tool is not on PATH" >&2; exit 2; }
done
if [ -z "${XTASK:-}" ]; then
  (cd "$here/.." && cargo build --quiet --release -p xtask)
  XTASK=$(cd "$here/.." && cargo metadata --no-deps --format-version 1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')/release/xtask
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/fault-drills.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp -R "$here/../helm" "$here/drills/pipeline.toml" "$scratch/"
export XTASK CONTEXT=${CONTEXT:-lab} TAG=${TAG:-} NAMESPACE=${NAMESPACE:-drills}
python3 -B "$here/drills/drills.py" "$scratch" "$@"

#!/usr/bin/env bash
# The exported workflow, run from a fresh clone to its end by `act`, which is built once from its Go module and takes this machine for
# the runner: every step once, in order. Then one with a step that fails: it must name itself in an annotation. Checked by actionlint, too.
# Actions from elsewhere can't be had without GitHub: in place of the one that keeps the report stands an empty one.
# usage: scripts/github-actions.sh [GOAL|STEP]…    by default the step `schema` of the target `local`, which compiles the services
# Needs Go, git and cargo.
set -euo pipefail
case "${1-}" in -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=$PWD/target/act
[ -x "$bin/act" ] || GOBIN=$bin go install github.com/nektos/act@v0.2.89 >&2
[ -x "$bin/actionlint" ] || GOBIN=$bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7 >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet . "$work/clone"
git init --quiet "$work/keeps-nothing"
printf 'name: nothing\nruns:\n  using: composite\n  steps: [{ run: true, shell: sh }]\n' >"$work/keeps-nothing/action.yml"
secret=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
cd "$work/clone"
rm -f .github/workflows/*

# run STEP…: what the runner says of the workflow.
run() {
  cargo xtask export github-actions "$@" --target local >.github/workflows/exported.yml
  "$bin/actionlint" .github/workflows/exported.yml
  git add --all && git -c user.name=test -c user.email=test@localhost commit --quiet --message "$*"
  "$bin/act" push --platform ubuntu-latest=-self-hosted --secret "BETTER_AUTH_SECRET=$secret" \
    --local-repository "actions/upload-artifact@v4=$work/keeps-nothing" 2>&1
}

run "${@:-schema}" >"$work/said" || { cat "$work/said"; exit 1; }
grep -E 'Success|done|ok  ' "$work/said"
sed -n 's/^      - name: "\(.*\)"$/\1/p' .github/workflows/exported.yml >"$work/exported"
sed -n 's/.*Success - Main \([^ ]*\) .*/\1/p' "$work/said" | grep -Fxf "$work/exported" >"$work/ran"
diff "$work/exported" "$work/ran" || { echo "these are not the steps that were exported, in their order" >&2; exit 1; }
if grep -q "$secret" "$work/said"; then echo "the runner shows a secret" >&2; exit 1; fi

printf '[[step]]\nid = "fails"\nkind = "command"\nwith = { argv = ["sh", "-c", "echo it broke; exit 3"] }\n' >>pipeline.toml
if run fails >"$work/said"; then echo "a step that fails ends the workflow well" >&2; exit 1; fi
grep '::error title=step fails::.*exit status 3' "$work/said" || { cat "$work/said"; exit 1; }
echo "$(wc -l <"$work/ran") steps ran in order, and one that failed named itself"

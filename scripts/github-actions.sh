#!/usr/bin/env bash
# Exported workflows, run from fresh clones to their end by `act`, which is built once from its Go module and takes this machine for the
# runner. First a pipeline of files, a job for each step, two of them at the same time; then again, when all comes from the cache. Then our
# own on one machine: every step once, in order. Then one with a step that fails: it must name itself in an annotation. Checked by
# actionlint, too. Actions from elsewhere can't be had without GitHub: in place of those that keep files stand some that copy them.
# usage: scripts/github-actions.sh [GOAL|STEP]…    by default the step `schema` of the target `local`, which compiles the services
# Needs Go, git, Node and cargo.
set -euo pipefail
case "${1-}" in -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=$PWD/target/act
[ -x "$bin/act" ] || GOBIN=$bin go install github.com/nektos/act@v0.2.89 >&2
[ -x "$bin/actionlint" ] || GOBIN=$bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7 >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ── What stands in for GitHub ─────────────────────────────────────────────────────────────────────────────────────────────

# stand_in ACTION WHEN CODE…: an action of GitHub's that copies files; WHEN is main or post.
stand_in() {
  local folder=$work/actions/$1 name
  mkdir -p "$folder" && git init --quiet "$folder"
  printf 'name: %s\ninputs: { name: {}, path: {}, key: {}, restore-keys: {}, include-hidden-files: {}, if-no-files-found: {} }\nruns: { using: node20, main: main.js, post: post.js }\n' "$1" >"$folder/action.yml"
  for name in main post; do
    cat >"$folder/$name.js" <<'JS'
const fs = require("fs"), of = (name) => process.env["INPUT_" + name] || "", path = of("PATH").trim();
const copy = (from, to) => fs.existsSync(from) && fs.cpSync(from, to, { recursive: true });
JS
  done
  printf '%s\n' "$3" >>"$folder/$2.js"
  [ $# = 3 ] || printf '%s\n' "$5" >>"$folder/$4.js"
}
stand_in upload-artifact main "path.includes('\n') || copy(path, '$work/kept/' + of('NAME'));"
stand_in download-artifact main "fs.cpSync('$work/kept/' + of('NAME'), path, { recursive: true });"
stand_in cache main "copy('$work/cached/' + of('RESTORE-KEYS').trim(), path);" post "copy(path, '$work/cached/' + of('RESTORE-KEYS').trim());"

# act_on WORKFLOW: what the runner says of it. It is committed first.
act_on() {
  "$bin/actionlint" "$1"
  git add --all && git -c user.name=test -c user.email=test@localhost commit --quiet --allow-empty --message "$1"
  local stand_ins=()
  for action in upload-artifact download-artifact cache; do stand_ins+=(--local-repository "actions/$action@v4=$work/actions/$action"); done
  "$bin/act" push --platform ubuntu-latest=-self-hosted --secret "BETTER_AUTH_SECRET=$secret" "${stand_ins[@]}" 2>&1
}

# ── A pipeline of files, in jobs ──────────────────────────────────────────────────────────────────────────────────────────

secret=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
cargo build --quiet --package xtask
mkdir -p "$work/bin" "$work/files/.github/workflows"
# In place of cargo and xtask's sources, which a pipeline of somebody else's would have.
printf '#!/bin/sh\nshift\nexec "%s" "$@"\n' "$PWD/target/debug/xtask" >"$work/bin/cargo"
chmod +x "$work/bin/cargo"
(
  cd "$work/files" && git init --quiet
  PATH=$work/bin:$PATH
  # Two of its steps wait until the other is at work.
  cat >pipeline.toml <<TOML
version = 1
name = "files"
[goals]
up = ["last"]
[[group]]
kind = "command"
timeout = "1m"
step = [
    { id = "first", outputs = ["first"], with = { argv = ["sh", "-c", "echo first > first"] } },
    { id = "left", needs = ["first"], outputs = ["left"], with = { argv = ["sh", "-c", "touch $work/left; until test -e $work/right; do sleep 0.1; done; cat first > left"] } },
    { id = "right", needs = ["first"], outputs = ["right"], with = { argv = ["sh", "-c", "touch $work/right; until test -e $work/left; do sleep 0.1; done; cat first > right"] } },
    { id = "last", needs = ["left", "right"], outputs = ["last"], with = { argv = ["sh", "-c", "cat left right > last"] } },
]
TOML
  cargo xtask export github-actions up >.github/workflows/up.yml
  for done in 1 0; do
    act_on .github/workflows/up.yml >"$work/said" || { cat "$work/said"; exit 1; }
    grep -E '[0-9]+ done, ' "$work/said"
    [ "$(grep -cE "\| $done done, " "$work/said")" = 4 ] || { cat "$work/said"; echo "not every job says: $done done" >&2; exit 1; }
  done
)
echo "4 jobs ran, two of them at the same time; the second time all was in the cache"

# ── Our own, on one machine ───────────────────────────────────────────────────────────────────────────────────────────────

git clone --quiet . "$work/clone"
cd "$work/clone"
rm -f .github/workflows/*

# run STEP…: what the runner says of the workflow.
run() {
  cargo xtask export github-actions "$@" --target local >.github/workflows/exported.yml
  act_on .github/workflows/exported.yml
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

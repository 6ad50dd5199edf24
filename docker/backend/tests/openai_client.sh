#!/bin/sh
# Proves the fake model with the official OpenAI client for Python: what the fake streams is not our own dialect.
# Installs the client into target/referees, starts the fake on a free port and stops it again. Needs cargo and python3.
set -eu

cd "$(dirname "$0")/../../.."
venv=target/referees/openai
. scripts/venv.sh
make_venv "$venv" 'openai==3.52.0'

cargo build --quiet --manifest-path docker/Cargo.toml --package backend --example fake_llm
log=$(mktemp)
"${CARGO_TARGET_DIR:-docker/target}/debug/examples/fake_llm" >"$log" &
fake=$!
trap 'kill "$fake" 2>/dev/null || true; rm -f "$log"' EXIT
while [ ! -s "$log" ]; do
    kill -0 "$fake" 2>/dev/null || { echo "the fake model ended before it listened" >&2; exit 1; }
    sleep 0.1
done

"$venv/bin/python" docker/backend/tests/openai_client.py "$(cat "$log")"

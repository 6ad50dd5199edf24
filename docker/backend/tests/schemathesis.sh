#!/bin/sh
# Lets schemathesis look for calls that break what /openapi.json promises: server errors,
# undocumented statuses or content types, answers that do not fit their schema.
# Starts a backend of its own on SQLite, in a temporary directory, and stops it again.
#   docker/backend/tests/schemathesis.sh [EXAMPLES_PER_CALL]     (default 100)
# Needs cargo and python3; installs schemathesis into target/referees.
set -eu

examples=${1:-100}
cd "$(dirname "$0")/../../.."
cargo build --quiet --manifest-path docker/Cargo.toml --package backend
backend=${CARGO_TARGET_DIR:-docker/target}/debug/backend
venv=target/referees/schemathesis
. scripts/venv.sh
make_venv "$venv" schemathesis==4.32.5

work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
env -i "DATABASE_URL=sqlite://$work/todo.db" BETTER_AUTH_SECRET=of-this-run-only-0123456789abcdef HOST=127.0.0.1 "PORT=$port" \
    RATE_LIMIT_AUTH=0 RATE_LIMIT_LOGIN=0 RATE_LIMIT_API=0 RATE_LIMIT_CHAT=0 \
    "$backend" >"$work/log" 2>&1 &
server=$!
tries=0
until "$backend" probe "$url/readyz" 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then echo "schemathesis.sh: the backend did not become ready; its log:" >&2; cat "$work/log" >&2; exit 1; fi
    sleep 0.1
done

token=$(python3 - "$url" <<'PYTHON'
import json, sys, urllib.request
form = json.dumps({"name": "Schemathesis", "email": "schemathesis@example.org", "password": "a long password"}).encode()
request = urllib.request.Request(sys.argv[1] + "/api/auth/signup", form, {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request))["token"])
PYTHON
)

# Log-out is left out: it would end the session that all other calls need; tests/it covers it.
"$venv/bin/python" -m schemathesis.cli run "$url/openapi.json" \
    --header "Authorization: Bearer $token" --exclude-path /api/auth/logout --max-examples "$examples" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,unsupported_method,ignored_auth,use_after_free \
    --workers 2 --generation-database none

if grep -q '"level":"ERROR"' "$work/log"; then
    echo "schemathesis.sh: the backend logged errors:" >&2
    grep '"level":"ERROR"' "$work/log" | head -5 >&2
    exit 1
fi

#!/bin/sh
# Starts the real services on free ports, with a database of its own, runs the command given with
# BASE_URL in its environment, and stops what it started:
#   docker/frontend/tests/with-services.sh docker/frontend/tests/e2e/run.sh
# PROFILE=release takes optimised programs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/docker/target}
profile=${PROFILE:-dev}
programs=$target/debug
[ "$profile" = dev ] || programs=$target/$profile
cargo build --quiet --manifest-path "$root/docker/Cargo.toml" --profile "$profile" --bins

state=$(mktemp -d)
pids=
stop() {
    for pid in $pids; do kill "$pid" 2>/dev/null || true; done
    for pid in $pids; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$state"
}
trap stop EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start NAME PORT: runs the program in the background and waits until it is ready.
start() {
    PORT=$2 "$programs/$1" >"$state/$1.log" 2>&1 &
    pids="$! $pids"
    for _ in $(seq 100); do
        if PORT=$2 "$programs/$1" healthcheck 2>/dev/null; then return; fi
        sleep 0.1
    done
    echo "$1 did not start; its log:" >&2
    cat "$state/$1.log" >&2
    exit 1
}

tools=$(free_port) api=$(free_port) page=$(free_port)
export HOST=127.0.0.1 DATABASE_URL="sqlite://$state/todo.db" LOG_LEVEL="${LOG_LEVEL:-info}"
random=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export BETTER_AUTH_SECRET="only-for-this-run-$random"
export MCP_SERVER_URL="http://127.0.0.1:$tools/mcp" BACKEND_URL="http://127.0.0.1:$api"
export RATE_LIMIT_AUTH=0 RATE_LIMIT_LOGIN=0 RATE_LIMIT_CHAT=0 RATE_LIMIT_API=0
unset REDIS_URL OPENAI_API_KEY GEMINI_API_KEY NEXT_PUBLIC_API_URL || true

"$programs/backend" migrate >"$state/migrate.log" 2>&1 || { cat "$state/migrate.log" >&2; exit 1; }
start mcp-server "$tools"
start backend "$api"
start frontend "$page"

status=0
BASE_URL="http://127.0.0.1:$page" "$@" || status=$?
if [ "$status" -ne 0 ] && [ -n "${KEEP_LOGS:-}" ]; then
    mkdir -p "$KEEP_LOGS" && cp "$state"/*.log "$KEEP_LOGS"
fi
exit "$status"

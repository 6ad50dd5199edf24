#!/bin/sh
# Brings docker/compose.yaml up as a project of its own, plays a user, starts it anew and looks whether everything
# is still there, then takes it down again, with its volumes and images. Disturbs no other project; takes free ports.
#   docker/compose-test.sh
# Needs docker with compose v2, and python3. Ends with 77 where compose is missing.
set -eu

cd "$(dirname "$0")/.."
if ! docker compose version >/dev/null 2>&1; then
    echo "LEFT OUT compose-test: docker has no \`compose\`; install Docker Compose v2" >&2
    exit 77
fi

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

random() {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

export COMPOSE_PROJECT_NAME="compose-test-$$" TAG="compose-test-$$" COMPOSE_ANSI=never COMPOSE_PROGRESS=plain
BETTER_AUTH_SECRET="$(random)$(random)"
POSTGRES_PASSWORD=$(random)
export BETTER_AUTH_SECRET POSTGRES_PASSWORD OPENAI_API_KEY="" GEMINI_API_KEY=""
FRONTEND_PORT=$(free_port)
BACKEND_PORT=$(free_port)
MCP_SERVER_PORT=$(free_port)
export FRONTEND_PORT BACKEND_PORT MCP_SERVER_PORT
kept=$(mktemp) said=$(mktemp)

compose() {
    docker compose --env-file /dev/null -f docker/compose.yaml "$@"
}

finish() {
    status=$?
    if [ "$status" -ne 0 ]; then
        tail -40 "$said" >&2
        compose logs --tail 20 >&2
    fi
    compose down --volumes --timeout 5 >/dev/null 2>&1 || true
    docker image rm "todo-frontend:$TAG" "todo-backend:$TAG" "todo-mcp-server:$TAG" >/dev/null 2>&1 || true
    rm -f "$kept" "$said"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

up() {
    compose up --detach --wait --wait-timeout 120 >"$said" 2>&1
    echo "ok    every service is healthy"
}

down() {
    compose down --timeout 20 "$@" >"$said" 2>&1
}

# user FIRST|AGAIN: what a user does through the page's address, before and after the new start.
user() {
    python3 - "$1" "http://127.0.0.1:$FRONTEND_PORT" "$kept" <<'PYTHON'
import json, sys, urllib.request

when, url, kept = sys.argv[1:]


def call(path, body=None, token="", accept="application/json"):
    headers = {"Content-Type": "application/json", "Accept": accept, "Authorization": f"Bearer {token}"}
    data = json.dumps(body).encode() if body else None
    return urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=20).read().decode()


def check(what, so):
    print(("ok    " if so else "FAIL  ") + what)
    if not so:
        sys.exit(1)


check("the page is served", "<title>" in call("/", accept="text/html"))
if when == "FIRST":
    form = {"name": "Ada", "email": "ada@example.org", "password": "a long password"}
    token = json.loads(call("/api/auth/signup", form))["token"]
    answer = json.loads(call("/api/chat", {"message": "Add a task to buy groceries"}, token))
    check("the chat adds a task", "add_task" in json.dumps(answer))
    streamed = call("/api/chat", {"message": "Show me all my tasks"}, token, "text/event-stream")
    check("the chat streams the list", "event: delta" in streamed and "groceries" in streamed)
    open(kept, "w").write(json.dumps([token, answer["conversation_id"]]))
token, conversation = json.load(open(kept))
check("the task is in the list", "groceries" in call("/api/tasks", token=token))
check("the conversation is kept", "buy groceries" in call(f"/api/conversations/{conversation}", token=token))
PYTHON
}

state() {
    python3 - "$BACKEND_PORT" <<'PYTHON'
import json, sys, urllib.request
health = json.load(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/health", timeout=5))
found = {name: f"{one['kind']} {one['state']}" for name, one in health["dependencies"].items()}
good = found == {"database": "postgres up", "cache": "redis up", "mcp_server": "mcp up"}
print(("ok    " if good else "FAIL  ") + "the backend has PostgreSQL, redis and the MCP server" + ("" if good else f": {health}"))
sys.exit(not good)
PYTHON
}

compose build >"$said" 2>&1
up
state
user FIRST
down
up
state
user AGAIN
down --volumes
left=$(docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"; docker volume ls --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME")
[ -z "$left" ] || { echo "FAIL  \`down --volumes\` left behind: $left"; exit 1; }
echo "ok    everything is away again"

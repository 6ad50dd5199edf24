#!/bin/sh
# Lets schemathesis look for calls that break what /openapi.json promises: server errors,
# undocumented statuses or content types, answers that do not fit their schema.
# Starts a backend of its own on SQLite, then one on PostgreSQL (in CI it must be installed), in
# a temporary directory, and stops them again: both have to keep the same promises.
#   docker/backend/tests/schemathesis.sh [EXAMPLES_PER_CALL]     (default 100)
# Needs cargo and python3; installs schemathesis into target/referees.
set -eu

examples=${1:-100}
cd "$(dirname "$0")/../../.."
cargo build --quiet --manifest-path docker/Cargo.toml --bins
backend=${CARGO_TARGET_DIR:-docker/target}/debug/backend
venv=target/referees/schemathesis
. scripts/venv.sh
make_venv "$venv" schemathesis==4.32.5

work=$(mktemp -d)
server=
postgres=
finish() {
    for process in $server $postgres; do
        kill -INT "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# until_it_works WHAT COMMAND...
until_it_works() {
    what=$1
    shift
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then echo "schemathesis.sh: $what did not become ready; its log:" >&2; cat "$work/log" >&2; exit 1; fi
        sleep 0.1
    done
}

# Where PostgreSQL's programs are, if they are installed.
postgres_programs() {
    command -v initdb >/dev/null && { dirname "$(readlink -f "$(command -v initdb)")"; return; }
    find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1
}

# Sets $database to that of a PostgreSQL server of our own. It does not run as root.
start_postgres() {
    pgport=$(free_port)
    mkdir "$work/pg"
    as=
    if [ "$(id -u)" = 0 ]; then
        chown postgres "$work" "$work/pg"
        as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    fi
    $as "$1/initdb" -D "$work/pg/data" -U postgres -A trust -E UTF8 --no-sync >"$work/log" 2>&1
    $as "$1/postgres" -D "$work/pg/data" -k "$work/pg" -h 127.0.0.1 -p "$pgport" -c fsync=off >"$work/log" 2>&1 &
    postgres=$!
    until_it_works PostgreSQL "$1/pg_isready" -q -h 127.0.0.1 -p "$pgport"
    database=postgres://postgres@127.0.0.1:$pgport/postgres
}

# check DATABASE_URL
check() {
    port=$(free_port)
    url=http://127.0.0.1:$port
    env -i "DATABASE_URL=$1" BETTER_AUTH_SECRET=of-this-run-only-0123456789abcdef HOST=127.0.0.1 "PORT=$port" AUTO_MIGRATE=true \
        RATE_LIMIT_AUTH=0 RATE_LIMIT_LOGIN=0 RATE_LIMIT_API=0 RATE_LIMIT_CHAT=0 \
        "$backend" >"$work/log" 2>&1 &
    server=$!
    until_it_works "the backend" "$backend" probe "$url/readyz"

    token=$(python3 - "$url" <<'PYTHON'
import json, sys, urllib.request
form = json.dumps({"name": "Schemathesis", "email": "schemathesis@example.org", "password": "a long password"}).encode()
request = urllib.request.Request(sys.argv[1] + "/api/auth/signup", form, {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request))["token"])
PYTHON
)

    # What ends or renews the session that all other calls need is left out; tests/it covers it.
    # One worker: Python 3.11 counts the depth of its parser for all threads together, and fails where two parse at once.
    "$venv/bin/python" -m schemathesis.cli run "$url/openapi.json" \
        --header "Authorization: Bearer $token" --exclude-path-regex "^/api/auth/(logout|refresh)" --max-examples "$examples" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,unsupported_method,ignored_auth,use_after_free \
        --workers 1 --generation-database none

    if grep -q '"level":"ERROR"' "$work/log"; then
        echo "schemathesis.sh: the backend logged errors:" >&2
        grep '"level":"ERROR"' "$work/log" | head -5 >&2
        exit 1
    fi
    kill "$server"
    wait "$server" || true
    server=
}

check "sqlite://$work/todo.db"
programs=$(postgres_programs)
if [ -n "$programs" ]; then
    start_postgres "$programs"
    check "$database"
elif [ "${CI:-}" = true ]; then
    echo "schemathesis.sh: PostgreSQL is not installed" >&2
    exit 1
else
    echo "schemathesis.sh: PostgreSQL is not installed, so only SQLite was checked" >&2
fi

# shellcheck shell=bash
# What the referees' scripts share: throw-away tools under target/referees, free ports, servers stopped by their ids.
# Sourced with the repository's root as the working directory.

. scripts/venv.sh

referees=$PWD/target/referees
scratch=$(mktemp -d)
pids=""
trap stop_all EXIT

stop_all() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
    done
    rm -rf "$scratch"
}

# A virtual environment $1 with the packages that follow; answers its folder in $venv.
python_with() {
    venv=$referees/$1
    shift
    make_venv "$venv" "$@"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Starts the binary $1 on port $2 with further variables; waits until it lives.
start_server() {
    binary=$1 port=$2
    shift 2
    env HOST=127.0.0.1 PORT="$port" DATABASE_URL="sqlite://$scratch/test.db" LOG_LEVEL=warn "$@" "$binary" >"$scratch/$port.log" 2>&1 &
    pids="$pids $!"
    for _ in $(seq 100); do
        PORT=$port "$binary" healthcheck 2>/dev/null && return
        sleep 0.1
    done
    echo "the server on port $port did not come up:" >&2
    cat "$scratch/$port.log" >&2
    exit 1
}

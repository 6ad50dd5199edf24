#!/bin/sh
# Says how long the three images take on this machine: with nothing cached, beside one native `cargo build --release` of the
# three programs into an empty directory; and after an edit of one service, with the crates that were compiled for it.
#   scripts/bench-images.sh            both: the first takes some minutes on an idle machine
#   scripts/bench-images.sh edits      the edits only; what is cached serves
# Works on a copy of the committed sources. Needs docker, with the classic builder or BuildKit, and cargo.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "$root" archive HEAD docker | tar x -C "$work"
context=$work/docker
services="mcp-server backend frontend"
export BUILDKIT_PROGRESS=plain

seconds() { date +%s; }

# images: builds the three one after the other; the builder's words go to $work/log.
images() {
    : >"$work/log"
    for service in $services; do
        docker build -t "bench-images/$service" -f "$context/$service/Dockerfile" "$context" >>"$work/log" 2>&1 || {
            tail -n 20 "$work/log" >&2
            exit 1
        }
    done
}

# compiled: the crates of the application that the last builds compiled.
compiled() {
    sed "s/$(printf '\033')\[[0-9;]*m//g" "$work/log" | grep -o 'Compiling [a-z-]* v[0-9.]* (/src/[a-z-]*)' | cut -d' ' -f2 | sort | uniq -c | awk '{ printf "%s%s x%d", sep, $2, $1; sep = ", " }'
}

row() { printf '%-28s %5s s   %s\n' "$1" "$2" "$3"; }

began=$(seconds)
if [ "${1:-}" = edits ]; then
    images
    row "what was not cached" $(($(seconds) - began)) "$(compiled)"
else
    CARGO_TARGET_DIR=$work/native cargo build --release --locked --quiet --manifest-path "$context/Cargo.toml" -p mcp-server -p backend -p frontend
    row "native, nothing cached" $(($(seconds) - began)) "one cargo build"
    began=$(seconds)
    # A manifest that nobody has seen: no layer but the base image is cached, and the three still share theirs.
    echo "# $began" >>"$context/Cargo.toml"
    images
    row "images, nothing cached" $(($(seconds) - began)) "$(compiled)"
fi
for edited in $services todo-core; do
    file=$context/$edited/src/main.rs
    [ -f "$file" ] || file=$context/$edited/src/lib.rs
    echo "// Edited $began." >>"$file"
    began=$(seconds)
    images
    row "an edit of $edited" $(($(seconds) - began)) "$(compiled)"
done
docker image rm --force bench-images/mcp-server bench-images/backend bench-images/frontend >/dev/null

#!/bin/sh
# Says how long an edit of one line in the backend takes until it is rolled out and verified: with `--profile dev`, which compiles on
# this machine, beside doing the same by hand; with `release` also the way of the other profiles, which compile in the image's stages.
#   scripts/bench-loop.sh CONTEXT [ROUNDS [release]]
# Deploys into the namespace `bench-loop` of the cluster behind the kubeconfig context and removes that again. Edits one file of this
# clone and puts it back, so leave that alone meanwhile. Images travel as `[target.context]` in pipeline.toml says; what is typed by
# hand says the same for a node that is a container named like the context. Needs docker, kubectl, helm and cargo, and XTASK or cargo; with Go
# also `helmfile sync` is a row, built once into target/helmfile.
set -eu

context=${1:?usage: scripts/bench-loop.sh CONTEXT [ROUNDS [release]]} rounds=${2:-3} way=${3:-dev}
cd "$(dirname "$0")/.."
name=bench-loop
file=docker/backend/src/cli.rs
tuple=$(rustc --print host-tuple)
PIPELINE_STATE_DIR=$(mktemp -d)
export PIPELINE_STATE_DIR
xtask() { ${XTASK:-cargo xtask} "$@" --target "context:$context" --set namespace=$name --set release=$name --set host=$name.local; }
git diff --quiet HEAD -- $file || { echo "$file is edited: commit or put away what is in it first" >&2; exit 2; }

finish() {
    git checkout --quiet HEAD -- $file
    xtask teardown --quiet || echo "left: the namespace $name" >&2
    rm -rf "$PIPELINE_STATE_DIR"
}
trap finish EXIT
trap 'exit 130' INT TERM

now() { date +%s.%N; }
# A kubelet looks at its containers once a second, in a beat of its own: what begins always at the same place in it is measured in whole seconds.
out_of_step() { sleep "$(awk 'BEGIN { srand(); print 1 + rand() }')"; }
# edit N: one line that comes out as another program.
edit() {
    git checkout --quiet HEAD -- $file
    sed -i "s/^    match command {/    if std::env::var_os(\"BENCH_$1\").is_some() { return Ok(()); }\n&/" $file
    grep -q "BENCH_$1" $file || { echo "$file has no \`match command\` to edit" >&2; exit 2; }
}
# timed COMMAND...: the seconds that it takes; what it prints is shown if it fails.
timed() {
    out_of_step
    began=$(now)
    "$@" >"$PIPELINE_STATE_DIR/log" 2>&1 || { tail -n 30 "$PIPELINE_STATE_DIR/log" >&2; exit 1; }
    echo "$(now) $began" | awk '{ printf "%.1f\n", $1 - $2 }'
}
printf 'FROM scratch\nCOPY backend /backend\nUSER 65532:65532\nENTRYPOINT ["/backend"]\n' >"$PIPELINE_STATE_DIR/Dockerfile"
compile() { RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --manifest-path docker/Cargo.toml --profile image --target "$tuple" -p frontend -p backend -p mcp-server; }
# What the same takes when it is typed, each command at once after the other: typed TAG RELEASES_IT...
typed() {
    image=todo-backend:$1
    shift
    compile
    tar -C "docker/target/$tuple/image" -c backend -C "$PIPELINE_STATE_DIR" Dockerfile | docker build -t "$image" -
    docker save "$image" | docker exec -i "$context" ctr -n k8s.io images import -
    "$@" "${image#*:}"
    docker image rm "$image"
}
# Whoever types it leaves that in the node; it is not counted.
tidied() { scripts/unload-image.sh "$context" "todo-backend:$1" >/dev/null; }
by_helm() {
    helm upgrade $name helm/todo-chatbot --kube-context "$context" -n $name --reuse-values --set "backend.image.tag=$1"
    kubectl --context "$context" -n $name rollout status "deployment/$name-backend" --timeout 3m
}
by_helmfile() {
    cat >"$PIPELINE_STATE_DIR/helmfile.yaml" <<YAML
helmDefaults: { kubeContext: $context, wait: true, timeout: 180, reuseValues: true }
releases: [{ name: $name, namespace: $name, chart: $PWD/helm/todo-chatbot, set: [{ name: backend.image.tag, value: $1 }] }]
YAML
    target/helmfile --file "$PIPELINE_STATE_DIR/helmfile.yaml" sync --skip-deps
}
row() {
    name_of_row=$1
    shift
    echo "$*" | tr -s ' ' '\n' | grep . | sort -n | awk -v name="$name_of_row" '{ all[NR] = $1 } END { printf "%-42s %6.1f s   (%s to %s)\n", name, all[int((NR + 1) / 2)], all[1], all[NR] }'
}

if command -v go >/dev/null && ! [ -x target/helmfile ]; then
    go mod download -json github.com/helmfile/helmfile@v1.8.0 >"$PIPELINE_STATE_DIR/module"
    cp -r "$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' "$PIPELINE_STATE_DIR/module")" "$PIPELINE_STATE_DIR/helmfile" && chmod -R u+w "$PIPELINE_STATE_DIR/helmfile"
    go -C "$PIPELINE_STATE_DIR/helmfile" build -o "$PWD/target/helmfile" .
fi
echo "bringing it up, and compiling what is not compiled yet" >&2
timed xtask up --profile dev >/dev/null
timed compile >/dev/null
cargo_alone="" up="" hand="" helmfile=""
for round in $(seq "$rounds"); do
    edit "A$round"
    cargo_alone="$cargo_alone $(timed compile)"
    edit "B$round"
    up="$up $(timed xtask up --profile dev)"
    edit "C$round"
    hand="$hand $(timed typed "by-hand-$round" by_helm)"
    if [ -x target/helmfile ]; then
        edit "D$round"
        helmfile="$helmfile $(timed typed "by-helmfile-$round" by_helmfile)"
    fi
    timed xtask up --profile dev >/dev/null # the release is the pipeline's again
    tidied "by-hand-$round"
    tidied "by-helmfile-$round"
done
row "cargo build alone" "$cargo_alone"
row "up --profile dev: rolled and verified" "$up"
row "by hand: rolled, and not verified" "$hand"
[ -z "$helmfile" ] || row "the same with helmfile sync" "$helmfile"
if [ "$way" = release ]; then
    timed xtask up --profile local >/dev/null
    edit R
    row "up --profile local: rolled and verified" "$(timed xtask up --profile local)"
fi

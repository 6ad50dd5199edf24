#!/usr/bin/env bash
# Prints what xtask itself costs on this pipeline: its first compile, its memory, and an `up` that has nothing to do, beside the
# slowest single question to a real tool and beside the same questions asked at once by a shell, which is what this machine
# allows. Give the target as the argument (default: local). Everything must stand already.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-local}
[[ $target != -h && $target != --help ]] || { sed -n '2,4s/^# //p' "$0"; exit 0; }

ms() { local t=$EPOCHREALTIME; "$@" >/dev/null 2>&1 || { echo "measure.sh: failed: $*" >&2; exit 1; }; echo $(( (${EPOCHREALTIME/./} - ${t/./}) / 1000 )); }
cpu() { local TIMEFORMAT='%U %S'; { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print int(($1 + $2) * 1000) }'; }
median() { for _ in 1 2 3 4 5; do ms "$@"; done | sort -n | sed -n 3p; }

xtask=target/debug/xtask
cargo build --quiet --package xtask
fresh=$(mktemp -d); trap 'rm -rf "$fresh"' EXIT
echo "first compile of xtask alone: $(( $(CARGO_TARGET_DIR=$fresh ms cargo build --quiet --package xtask) / 1000 )) s on $(nproc) cores"
"$xtask" up --target "$target" --quiet
echo "up with nothing to do on $target: $(median "$xtask" up --target "$target" --quiet) ms (median of 5)"
echo "  CPU time of it, its tools included: $(cpu "$xtask" up --target "$target" --quiet) ms, on $(nproc) cores"
"$xtask" up --target "$target" --verbose 2>&1 | grep '^xtask itself' || true

# Each call of a tool is written down, and the calls are made again, all at once. Left out are those that read their standard input, and
# the questions for a tool's own version: those are asked only since a script stands in its place.
asked=$fresh/asked; mkdir "$fresh/bin"
for tool in docker helm kubectl minikube; do
  real=$(command -v "$tool") || continue
  cat >"$fresh/bin/$tool" <<TOOL
#!/usr/bin/env bash
printf '%s\n' "\$(printf '%q ' env KUBECONFIG="\$KUBECONFIG" DOCKER_HOST="\$DOCKER_HOST" DOCKER_TLS_VERIFY="\$DOCKER_TLS_VERIFY" \
  DOCKER_CERT_PATH="\$DOCKER_CERT_PATH" "$real" "\$@")" >>"$asked"
PATH=\${PATH#"$fresh/bin:"} exec "$real" "\$@"
TOOL
  chmod +x "$fresh/bin/$tool"
done
for _ in 1 2; do rm -f "$asked"; PATH=$fresh/bin:$PATH "$xtask" up --target "$target" --quiet; done
[[ ! -e $asked ]] || sed -i '/ -f - /d; / version --client /d; / version --short /d' "$asked"
all_at_once() {
  local call pid pids=()
  while read -r call; do eval "$call" >/dev/null 2>&1 </dev/null & pids+=("$!"); done <"$asked"
  for pid in "${pids[@]}"; do wait "$pid" || return; done
}
[[ ! -s $asked ]] || echo "  the $(wc -l <"$asked") calls of it, all at once by a shell: $(median all_at_once) ms"

case $target in
  context:*) context=${target#context:}; node="docker exec $context ctr -n k8s.io images ls -q"; cluster="kubectl --context $context version" ;;
  minikube*) context=${target#minikube}; context=${context#:}; context=${context:-minikube}
    node="minikube -p $context image ls --format json"; cluster="minikube -p $context status -o json" ;;
  *) exit 0 ;;
esac
for question in "docker version" "$cluster" "helm list --kube-context $context -A" "kubectl --context $context get pods -A" "$node"; do
  # shellcheck disable=SC2086 # words are meant to be split
  echo "  a single question, $question: $(median $question) ms"
done

#!/usr/bin/env bash
# Feeds random bytes to the readers of pipeline.toml and of the journal:  scripts/fuzz.sh [SECONDS-EACH] [TARGET…]
# Needs the nightly toolchain; without one it says so and ends well. A finding ends it with exit code 1 and its file's path.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(config journal)

if ! cargo +nightly --version >/dev/null 2>&1; then
  echo '**********************************************************************'
  echo '* fuzz: NOT RUN: no nightly toolchain (rustup toolchain install nightly)'
  echo '**********************************************************************'
  exit 0
fi
cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz

found=0
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target"
  cp seeds/"$target"/* "corpus/$target/"
  dict=()
  if [ "$target" = config ]; then
    cp ../pipeline.toml corpus/config/this-repository
    dict=(-dict=config.dict)
  fi
  echo "fuzz: $target for $seconds s"
  # The text of a pipeline is kept on purpose until the process ends, so leaks say nothing here.
  ASAN_OPTIONS=detect_leaks=0 cargo +nightly fuzz run --fuzz-dir . "$target" "corpus/$target" -- \
    -max_total_time="$seconds" -max_len=4096 -timeout=10 -detect_leaks=0 -rss_limit_mb=4096 -print_final_stats=1 "${dict[@]}" || found=1
done
[ $found = 0 ] && echo "fuzz: no finding in ${targets[*]}" || echo "fuzz: findings are in fuzz/artifacts"
exit $found

#!/usr/bin/env bash
# Feeds random bytes to the readers of pipeline.toml and of the journal:  scripts/fuzz.sh [SECONDS-EACH] [TARGET…]
# With the nightly toolchain and cargo-fuzz it is libFuzzer that makes them; without, a simpler one of our own (xtask/tests/it/fuzz.rs),
# and it says which. A finding ends it with exit code 1 and its file's path.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(config journal)

if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  echo 'fuzz: without libFuzzer (it needs: rustup toolchain install nightly; cargo install cargo-fuzz)'
  for target in "${targets[@]}"; do
    case $target in config) test=any_text_may_be_a_pipeline ;; journal) test=any_bytes_may_be_a_journal ;; *) echo "fuzz: no target $target" >&2; exit 2 ;; esac
    (cd .. && FUZZ_SECONDS=$seconds cargo test --quiet --package xtask --test it -- --nocapture "fuzz::$test")
  done
  exit 0
fi

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

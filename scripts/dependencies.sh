#!/bin/sh
# Licences, sources and duplicates of what is compiled in, as deny.toml wants them, in every workspace. Needs no network.
# Ends with 77 where cargo-deny is missing; then only the sources are looked at.
set -eu
cd "$(dirname "$0")/.."

for workspace in . docker e2e; do
    if grep -H '^source = ' "$workspace/Cargo.lock" | grep -v '"registry+https://github.com/rust-lang/crates.io-index"'; then
        echo "$workspace/Cargo.lock: not from crates.io; see [sources] in deny.toml"
        exit 1
    fi
done
if ! cargo deny --version >/dev/null 2>&1; then
    echo 'sources are right; licences and duplicates need cargo-deny: cargo install --locked cargo-deny'
    exit 77
fi
for workspace in . docker e2e; do
    cargo deny --offline --manifest-path "$workspace/Cargo.toml" check --config deny.toml licenses bans sources
done

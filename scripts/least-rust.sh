#!/bin/sh
# Compiles both workspaces with the oldest Rust that their manifests promise. Ends with 77 where that is not installed.
set -eu
cd "$(dirname "$0")/.."

for workspace in . docker; do
    least=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$workspace/Cargo.toml")
    case $(rustc --version) in
        "rustc $least".*) toolchain= ;;
        *) toolchain=+$least ;;
    esac
    if ! cargo ${toolchain:+"$toolchain"} --version >/dev/null 2>&1; then
        echo "Rust $least is not installed: rustup toolchain install $least --profile minimal"
        exit 77
    fi
    cargo ${toolchain:+"$toolchain"} check --locked --workspace --manifest-path "$workspace/Cargo.toml" --target-dir "target/least-rust"
done

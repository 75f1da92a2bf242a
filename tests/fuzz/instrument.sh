#!/bin/sh
# Cargo's RUSTC_WORKSPACE_WRAPPER for tests/fuzz/run.sh: compiles our own crate, and only that, with the coverage that
# libFuzzer follows. The flags are those of cargo-fuzz, all of them stable; dependencies stay as they were built.
rustc=$1
shift
exec "$rustc" "$@" \
  -Cpasses=sancov-module \
  -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares \
  -Ccodegen-units=1 \
  -Copt-level=1 \
  -Cdebug-assertions=on \
  -Coverflow-checks=on

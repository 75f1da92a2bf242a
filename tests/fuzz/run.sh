#!/usr/bin/env bash
# Builds the fuzz targets with coverage and runs them: `tests/fuzz/run.sh SECONDS [target…]`, without names all of them.
# Two run at a time. Says of each what it did, of a crash its input in hexadecimal; exit 1 if one fell. What was found
# to be interesting stays in target/fuzz/corpus, so that the next run goes on from there.
set -uo pipefail

[[ ${1:-} =~ ^[1-9][0-9]*$ ]] || { echo "usage: $0 SECONDS [target…]" >&2 && exit 2; }
readonly seconds=$1
shift

house=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$house/target}
readonly house target
readonly work=$target/fuzz
readonly output=$house/tests/output/fuzz
readonly at_once=2

# Cargo keeps what a wrapper compiled apart from the rest; the name under examples/ is shared, hence the copy.
build() {
  (cd "$house" && CARGO_INCREMENTAL=0 RUSTC_WORKSPACE_WRAPPER=$house/tests/fuzz/instrument.sh \
    cargo build --locked --example fuzz) || return 1
  mkdir -p "$work" && rm -rf "$work/seeds" "$work/fuzz" && cp "$target/debug/examples/fuzz" "$work/fuzz" || return 1
  FUZZ_SEED_DIR=$work/seeds "$work/fuzz"
}

fuzz() {
  local name=$1
  mkdir -p "$work/corpus/$name" || return 1
  FUZZ_TARGET=$name RUST_BACKTRACE=1 timeout --kill-after=15 $((seconds + 120)) \
    "$work/fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$output/$name-" "$work/corpus/$name" "$work/seeds/$name" >"$output/$name.log" 2>&1
}

# The last value behind a word of libFuzzer's report.
value() { sed -nE "s/.*$2 *([0-9]+).*/\1/p" "$output/$1.log" | tail -n 1; }

report() {
  local name=$1 code=$2 crash
  printf '%s: %s, %s runs, %s/s, coverage %s, %s inputs kept\n' "$name" "$([ "$code" -eq 0 ] && echo ok || echo FAILED)" \
    "$(value "$name" 'number_of_executed_units:')" "$(value "$name" 'average_exec_per_sec:')" \
    "$(value "$name" 'cov:')" "$(value "$name" 'corp:')"
  [ "$code" -eq 0 ] && return
  grep -E -A 3 'panicked at|ERROR: libFuzzer' "$output/$name.log" | head -n 12 | sed 's/^/    /'
  for crash in "$output/$name"-{crash,timeout,oom,leak}-*; do
    [ -e "$crash" ] && echo "    ${crash##*/}: $(od -An -v -tx1 "$crash" | tr -d ' \n')"
  done
}

rm -rf "$output"
mkdir -p "$output"
build >"$output/build.log" 2>&1 || { tail -n 40 "$output/build.log" && echo "0 passed, 1 failed" && exit 1; }

passed=0
failed=0
# Without coverage, or with a dead alarm, everything would seem to be well.
rm -rf "$work/corpus/planted"
if fuzz planted || ! grep -q 'the planted fault' "$output/planted.log"; then
  echo "planted: FAILED, the fuzzer does not find what was hidden for it"
  failed=1
else
  echo "planted: ok, found after $(value planted 'number_of_executed_units:') runs"
  passed=1
fi

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for folder in "$work"/seeds/*; do
    [ "${folder##*/}" = planted ] || targets+=("${folder##*/}")
  done
fi
declare -A running=()
# Waits for one that ends.
harvest() {
  local pid code=0
  wait -n -p pid || code=$?
  report "${running[$pid]}" "$code"
  if [ "$code" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  unset "running[$pid]"
}
for name in "${targets[@]}"; do
  [ ${#running[@]} -lt $at_once ] || harvest
  fuzz "$name" &
  running[$!]=$name
done
while [ ${#running[@]} -gt 0 ]; do harvest; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

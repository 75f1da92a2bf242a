#!/usr/bin/env bash
# Installs what the tests need and runs all of them; the last line is `N passed, N failed`.
# Each stage leaves its log in tests/output; screenshots are there as well.
# shellcheck disable=SC2317 # Stages are functions which are called by their name.
set -uo pipefail

house=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly house
readonly output=$house/tests/output
readonly tools=$house/target/tools
# A stage that hangs is stopped; all together stay under an hour.
readonly stage_minutes=20
readonly deny_version=0.20.2
# For each target; two run at a time.
readonly fuzz_seconds=60

passed=0
failed=0
skipped=0

cd "$house" || exit 1
exec </dev/null
rm -rf "$output"
mkdir -p "$output"
export CARGO_TERM_COLOR=never NO_COLOR=1 TERM=dumb RUST_BACKTRACE=0 DEBIAN_FRONTEND=noninteractive
unset FORCE_COLOR CLICOLOR_FORCE

say() { printf '%s\n' "$*"; }

limit() { timeout --kill-after=15 "${stage_minutes}m" "$@"; }

# Runs a command or function as the stage $1 with its output in a log; gives its exit code.
logged() {
  local name=$1 begin=$SECONDS code=0
  shift
  "$@" >"$output/$name.log" 2>&1 || code=$?
  case $code in
    0) say "$name: done in $((SECONDS - begin)) s" ;;
    124 | 137) say "$name: stopped after $stage_minutes minutes" ;;
    *) say "$name: FAILED in $((SECONDS - begin)) s, exit $code, see tests/output/$name.log" ;;
  esac
  return "$code"
}

last_lines() { sed 's/^/    /' "$output/$1.log" | tail -n "${2:-25}"; }

# A stage that counts as one test.
check() {
  if logged "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    last_lines "$1"
    return 1
  fi
}

cannot_run() {
  failed=$((failed + 1))
  say "$1: could not run: $2"
}

skip() {
  skipped=$((skipped + 1))
  say "$1: skipped: $2"
}

# Adds up the numbers before a word ("12 passed") or after it ("# pass 12") in all lines of a log.
sum() { grep -E "$2" "$output/$1.log" | grep -oE "$3" | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n + 0 }'; }

# A stage whose log says how many tests it ran. A failure that left no count counts as one.
count() {
  local name=$1 code=$2 good=$3 bad=$4 left=$5
  if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ "$code" -eq 0 ] && [ "$good" -eq 0 ]; then bad=$((bad + 1)) && say "$name: ran no test"; fi
  say "$name: $good passed, $bad failed, $left skipped"
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
}

cargo_tests() {
  local name=cargo-test code=0 line='^test result: '
  logged $name limit cargo test --locked --no-fail-fast || code=$?
  count $name $code "$(sum $name "$line" '[0-9]+ passed')" "$(sum $name "$line" '[0-9]+ failed')" \
    "$(sum $name "$line" '[0-9]+ ignored')"
  grep -E '^(test .* \.\.\. FAILED|error|thread .* panicked)' "$output/$name.log" | sort -u | head -n 60
}

# Each target counts as a test, and so does the planted fault that must be found.
fuzz_targets() {
  local name=fuzz code=0 line='^[0-9]+ passed, '
  logged $name limit tests/fuzz/run.sh $fuzz_seconds || code=$?
  count $name $code "$(sum $name "$line" '[0-9]+ passed')" "$(sum $name "$line" '[0-9]+ failed')" 0
  grep -vE "$line" "$output/$name.log" | cut -c 1-400
}

# $1 is the name of the stage, $2 its folder, the rest are options and files of node --test.
node_tests() {
  local name=$1 folder=$2 code=0
  shift 2
  [ -x "$TORHAUS_BIN" ] || { cannot_run "$name" "there is no $TORHAUS_BIN" && return; }
  command -v node chromium chromedriver >/dev/null || { cannot_run "$name" "Node or Chromium is missing" && return; }
  logged "npm-$name" limit npm ci --prefix "tests/$folder" --no-audit --no-fund --ignore-scripts ||
    { cannot_run "$name" "npm ci failed" && last_lines "npm-$name" && return; }
  logged "$name" limit env --chdir="tests/$folder" node --test --test-reporter=tap "$@" || code=$?
  count "$name" $code "$(sum "$name" '^# pass ' '[0-9]+')" "$(sum "$name" '^# (fail|cancelled) ' '[0-9]+')" \
    "$(sum "$name" '^# (skipped|todo) ' '[0-9]+')"
  grep -E '^ *not ok ' "$output/$name.log" | head -n 60
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_packages() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v chromedriver >/dev/null || missing+=(chromium-driver)
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  command -v shellcheck >/dev/null || missing+=(shellcheck)
  # libFuzzer is C++.
  command -v c++ >/dev/null || missing+=(g++)
  command -v openssl >/dev/null || missing+=(openssl)
  command -v xmlsec1 >/dev/null || missing+=(xmlsec1)
  fc-list 2>/dev/null | grep -q . || missing+=(fontconfig fonts-dejavu-core)
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# AusweisApp with a reader and a card: without them the stage says that it skips. Debian 13 renamed the first.
install_ausweisapp() {
  local missing=()
  command -v pcscd >/dev/null || missing+=(pcscd)
  [ -e /etc/reader.conf.d/vpcd ] || missing+=(vsmartcard-vpcd)
  if [ ! -x /usr/bin/AusweisApp2 ] && [ ! -x /usr/bin/AusweisApp ]; then missing+=('^ausweisapp2?$'); fi
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# A web server of another maker, set up from the page that owners copy from. The program alone: no service is started.
install_apache() {
  local missing=()
  [ -x /usr/sbin/apache2 ] || missing+=(apache2-bin)
  [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] || missing+=(libapache2-mod-auth-openidc)
  [ -e /etc/mime.types ] || missing+=(media-types)
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

rust_tools() {
  ./install.sh --yes tools || return 1
  cargo fmt --version && cargo clippy --version && return 0
  rustup component add rustfmt clippy
}

# Built once, beside our own build; not into the user's own tools.
install_deny() {
  [ "$(cargo deny --version 2>/dev/null)" = "cargo-deny $deny_version" ] && return 0
  limit cargo install --locked --quiet --root "$tools" "cargo-deny@$deny_version"
}

dependencies() {
  if ! logged cargo-deny-install install_deny; then
    skip cargo-deny "it could not be installed, so licences, bans and sources were not checked"
    return
  fi
  check cargo-deny limit cargo deny --locked check bans licenses sources
  if timeout 120 cargo deny --locked fetch db >"$output/cargo-deny-advisories.log" 2>&1; then
    check cargo-deny-advisories limit cargo deny --locked check advisories
  else
    skip cargo-deny-advisories "the advisory database cannot be reached from here"
  fi
}

finish() {
  local line="$passed passed, $failed failed"
  [ "$skipped" -eq 0 ] || line+=", $skipped skipped"
  say "$line"
  [ "$failed" -eq 0 ]
  exit
}

if [ -d "$HOME/.cargo/bin" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
export PATH="$tools/bin:$PATH"

say "Logs: tests/output"

logged packages install_packages || { say "packages: not all could be installed" && last_lines packages; }
logged ausweisapp-packages install_ausweisapp || last_lines ausweisapp-packages 5
logged apache-packages install_apache || last_lines apache-packages 5
logged rust rust_tools || { last_lines rust && cannot_run rust "no Rust toolchain" && finish; }
if [ -d "$HOME/.cargo/bin" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
# What install.sh brought where an older version was the default.
cargo_is_old=$(cargo --version 2>/dev/null | awk '{ split($2, v, "."); print (v[1] < 1 || (v[1] == 1 && v[2] < 89)) }')
[ "$cargo_is_old" = 0 ] || export RUSTUP_TOOLCHAIN=stable
# Debian 12 has Node 18, where the global `crypto` still wants to be asked for.
if [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 20)" -lt 20 ]; then
  export NODE_OPTIONS=--experimental-global-webcrypto
fi
export TORHAUS_BIN=${CARGO_TARGET_DIR:-$house/target}/debug/torhaus

check cargo-fmt limit cargo fmt --check
check cargo-clippy limit cargo clippy --locked --all-targets -- -D warnings
# With the card of the AusweisApp tests: of an example that has tests, `cargo test` builds these alone.
check cargo-build limit cargo build --locked --bins --example virtual-card
cargo_tests
# Two halves at the same time.
node_tests gallery browser --test-concurrency=2 gallery/first.test.mjs gallery/second.test.mjs
mapfile -t journeys < <(cd tests/browser && printf '%s\n' journeys/*.test.mjs)
node_tests browser browser harness.test.mjs "${journeys[@]}"
# One after the other: browsers look for AusweisApp on one port, and there is one pcscd.
node_tests ausweisapp browser --test-concurrency=1 ausweisapp/simulator.test.mjs ausweisapp/virtual_card.test.mjs \
  ausweisapp/two_towns.test.mjs
node_tests interop interop openid-client.test.mjs oauth4webapi.test.mjs
check shellcheck limit shellcheck install.sh tests/run.sh tests/fuzz/*.sh .ci/run
fuzz_targets
dependencies
finish

#!/usr/bin/env bash
# Builds Torhaus on Debian or Ubuntu and starts it: as a demo town, or as the town's real service.
set -euo pipefail

readonly RUST_NEEDED=1.89
readonly PACKAGES=(gcc libc6-dev ca-certificates curl)
readonly PROGRAM=/usr/local/bin/torhaus
readonly DATA=/var/lib/torhaus
readonly UNIT=/etc/systemd/system/torhaus.service
readonly OWNER=torhaus

house=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly house
yes=no

usage() {
  cat <<'END'
Usage: ./install.sh [--yes] demo [options of `torhaus demo`]
       ./install.sh [--yes] [--public-url URL] [--tls local-ca|files|off] [-- more options of `torhaus setup`]
       ./install.sh [--yes] uninstall | tools

  demo        installs what the build needs, builds, and starts a demo town on http://localhost:8080.
              Nothing is installed for good but the build tools; the data go away when it ends.
  (nothing)   the same build, then the real service: system user, data directory /var/lib/torhaus,
              a systemd unit, and at the end the one-time address for the first operator.
  uninstall   stops and removes the service and the program. The data stay.

  tools       installs what the build needs and nothing else.

  --yes         does not ask before it uses root
  --public-url  the address under which people will reach the service, like https://id.birkenfurt.de
  --tls         where the certificate comes from; asked for if it is not given
  --help        this text
END
}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "install.sh: $*"
  exit 1
}

# Asks before the first use of root, and only where somebody is there to answer.
may_use_root() {
  [ "$yes" = no ] || return 0
  [ -t 0 ] || fail "this needs root: $1. Run it again with --yes to allow it."
  local answer
  read -r -p "This needs root: $1. Go on? [y/N] " answer
  [[ $answer == [yYjJ]* ]] || fail "stopped; nothing was changed by this step"
  yes=yes
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root and there is no sudo: become root and run: $*"
  fi
}

# Version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

install_packages() {
  local missing=() package
  for package in "${PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "this is no Debian or Ubuntu; install by hand: ${missing[*]}"
  may_use_root "apt-get install ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

cargo_version() { cargo --version 2>/dev/null | cut -d ' ' -f 2; }

install_rust() {
  if [ -d "$HOME/.cargo/bin" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
  if command -v cargo >/dev/null && at_least "$(cargo_version)" "$RUST_NEEDED"; then return 0; fi
  if ! command -v rustup >/dev/null; then install_rustup; fi
  say "Bringing Rust to the stable version for this user."
  rustup toolchain install stable --profile minimal
  # An older version that somebody chose for other work stays chosen; this build takes the new one.
  rustup default >/dev/null 2>&1 || rustup default stable
  export RUSTUP_TOOLCHAIN=stable
  at_least "$(cargo_version)" "$RUST_NEEDED" || fail "Rust is still older than $RUST_NEEDED: $(cargo --version)"
}

install_rustup() {
  if apt-cache show rustup >/dev/null 2>&1; then
    may_use_root "apt-get install rustup"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rustup
    return
  fi
  say "Installing Rust for this user with rustup (https://rustup.rs)."
  local script
  script=$(mktemp)
  curl --proto '=https' --tlsv1.2 -sSf -o "$script" https://sh.rustup.rs ||
    fail "https://sh.rustup.rs cannot be reached; install Rust $RUST_NEEDED or newer by hand"
  sh "$script" -y --profile minimal --default-toolchain none --no-modify-path
  rm -f "$script"
  PATH="$HOME/.cargo/bin:$PATH"
}

tools() {
  install_packages
  install_rust
}

build() {
  tools
  say "Building Torhaus. The first time this takes some minutes."
  (cd "$house" && cargo build --release --locked)
}

built_program() { printf '%s/release/torhaus\n' "${CARGO_TARGET_DIR:-$house/target}"; }

demo() {
  build
  exec "$(built_program)" demo "$@"
}

# Reads into the variable named $1; $2 is the question, $3 the option that answers it.
ask() {
  [ -n "${!1}" ] && return 0
  [ -t 0 ] || fail "$3 is missing, and nobody is here to be asked"
  local answer
  read -r -p "$2 " answer
  [ -n "$answer" ] || fail "$3 is needed"
  printf -v "$1" '%s' "$answer"
}

service_unit() {
  cat <<END
[Unit]
Description=Torhaus, the town's identity server
Wants=network-online.target
After=network-online.target

[Service]
User=$OWNER
Group=$OWNER
ExecStart=$PROGRAM serve --data-dir $DATA
Restart=on-failure
RestartSec=2
TimeoutStopSec=30
LimitNOFILE=65536
# Only to listen on 80 and 443.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
UMask=0077
StateDirectory=torhaus
StateDirectoryMode=0700
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
END
}

as_owner() { as_root setpriv --reuid="$OWNER" --regid="$OWNER" --clear-groups --reset-env "$@"; }

# Setup makes the directory itself and refuses one that is there, so it runs as root and hands over what it made.
set_up() {
  local url=$1 tls=$2
  shift 2
  if as_root test -e "$DATA" && ! as_root rmdir "$DATA" 2>/dev/null; then
    say "$DATA is there already; its data stay as they are."
  else
    ask url "Under which address will people reach the service? (https://id.your-town.example)" --public-url
    ask tls "Where does the certificate come from? local-ca, files, or off behind a proxy:" --tls
    as_root "$PROGRAM" setup --data-dir "$DATA" --public-url "$url" --tls "$tls" "$@"
  fi
  as_root chown -R "$OWNER:$OWNER" "$DATA"
  as_root chmod 0700 "$DATA"
}

install_service() {
  local url="" tls=""
  while [ $# -gt 0 ]; do
    case $1 in
      --public-url) url=${2:?--public-url needs an address} && shift 2 ;;
      --tls) tls=${2:?--tls needs a value} && shift 2 ;;
      --) shift && break ;;
      *) fail "unknown option $1; see ./install.sh --help" ;;
    esac
  done
  build
  may_use_root "install $PROGRAM, the user $OWNER, $DATA and $UNIT"
  getent passwd "$OWNER" >/dev/null ||
    as_root useradd --system --user-group --home-dir "$DATA" --no-create-home --shell /usr/sbin/nologin "$OWNER"
  as_root install -m 0755 "$(built_program)" "$PROGRAM.new"
  as_root mv "$PROGRAM.new" "$PROGRAM"
  set_up "$url" "$tls" "$@"
  service_unit | as_root tee "$UNIT" >/dev/null
  [ -d /run/systemd/system ] ||
    fail "systemd does not run here. All is in place; start it with: $PROGRAM serve --data-dir $DATA"
  as_root systemctl daemon-reload
  as_root systemctl enable --quiet torhaus
  as_root systemctl restart torhaus
  await_running
  say "Torhaus runs. Open this address once, within 15 minutes, to become its first operator:"
  as_owner "$PROGRAM" operator invite --data-dir "$DATA"
}

# Active for three seconds on end: a service that dies at its start would not be.
await_running() {
  local try
  for try in 1 2 3 4 5 6; do
    sleep 0.5
    as_root systemctl is-active --quiet torhaus && continue
    as_root journalctl -u torhaus -n 20 --no-pager >&2 || true
    fail "the service did not start (check $try); see above, or run: $PROGRAM doctor --data-dir $DATA"
  done
}

uninstall() {
  [ $# -eq 0 ] || fail "uninstall takes no options"
  may_use_root "remove $PROGRAM and $UNIT"
  if [ -d /run/systemd/system ] && [ -e "$UNIT" ]; then as_root systemctl disable --now --quiet torhaus; fi
  as_root rm -f "$UNIT" "$PROGRAM"
  if [ -d /run/systemd/system ]; then as_root systemctl daemon-reload; fi
  say "Torhaus is removed. Its data stay in $DATA, and the user $OWNER with them."
}

# --yes is ours wherever it stands before a `--`.
words=()
while [ $# -gt 0 ]; do
  case $1 in
    --yes | -y) yes=yes ;;
    --help | -h) usage && exit 0 ;;
    --) words+=("$@") && break ;;
    *) words+=("$1") ;;
  esac
  shift
done
set -- ${words[@]+"${words[@]}"}

case ${1-} in
  demo) shift && demo "$@" ;;
  tools) tools ;;
  uninstall) shift && uninstall "$@" ;;
  "" | --*) install_service "$@" ;;
  *) usage >&2 && exit 2 ;;
esac

#!/bin/sh
# Gets a checkout ready to run and to be tested, on a Debian or Ubuntu that has
# only Node (>= 18) and npm. Says nothing, and takes a few milliseconds, when all is there.
#
#   --for-tests   also what only the tests need: tmux, PostgreSQL (no server is started), clocks that are wrong, and a browser to look at the inspector's page.
#                 Where these cannot be installed, the tests that need them are skipped.
#
# Exit status: 0 ready, 1 an installation failed, 3 the host lacks something
# that this user may not install; the one command that mends it is printed.
set -eu
for_tests=${1:-}
cd -- "$(dirname -- "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

# --- npm packages, a recent Node among them -----------------------------------

# `npm start` passes its own state on in the environment. A second npm must not
# take it for settings of the user.
run_npm() (
  for name in $(env | sed -n 's/^\(npm_[A-Za-z0-9_]*\)=.*/\1/p'); do
    case $name in
      npm_config_local_prefix | npm_config_prefix | npm_config_global_prefix | npm_config_node_gyp) unset "$name" ;;
      npm_config_*) ;; # the user's: registry, cafile, proxy, cache
      *) unset "$name" ;;
    esac
  done
  unset INIT_CWD NODE
  npm "$@"
)

# npm writes node_modules/.package-lock.json last, so an interrupted installation has none.
npm_packages_ready() {
  [ -x node_modules/node/bin/node ] && [ -e node_modules/.package-lock.json ] &&
    [ ! package-lock.json -nt node_modules/.package-lock.json ]
}

install_npm_packages() {
  say 'installing npm packages (npm ci) ...'
  log=$(mktemp)
  # Development packages whatever NODE_ENV says, and scripts: the package `node` installs itself with one.
  if ! run_npm ci --include=dev --ignore-scripts=false --engine-strict=false --loglevel=error --no-fund --no-audit \
    </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say 'npm ci failed; its reason is above.'
    exit 1
  fi
  rm -f "$log"
  touch node_modules/.package-lock.json
  if [ ! -x node_modules/node/bin/node ]; then
    say 'npm ci did not install Node: the package `node` has none for this kind of machine, or its script was not run.'
    exit 1
  fi
}

# --- Debian packages -----------------------------------------------------------

has_program() (
  PATH=$PATH:/usr/sbin:/sbin # not in an ordinary user's PATH on Debian
  command -v "$1" >/dev/null 2>&1
)

# A program that was installed in another way is as good: programs are looked for, not packages.
missing_host_packages() {
  has_program bwrap || echo bubblewrap
  has_program newuidmap || echo uidmap
  has_program mmdebstrap || echo mmdebstrap
  has_program debootstrap || echo debootstrap
  has_program git || echo git
  has_program unshare && has_program flock && has_program prlimit && has_program setpriv || echo util-linux
  has_program zstd || echo zstd
  has_program tar || echo tar
  has_program perl || echo perl-base
  # For tests that type into a terminal, and that inject faults into system calls.
  if [ -n "$for_tests" ]; then
    has_program tmux || echo tmux
    has_program strace || echo strace
    has_postgresql || echo postgresql
    has_other_clocks || echo libfaketime
  fi
  [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
  if grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; then
    [ -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] || echo ubuntu-keyring
  fi
}

has_other_clocks() { ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1; }

has_postgresql() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

has_browser() { has_program chromium || has_program chromium-browser || has_program google-chrome; }

may_install() { has_program apt-get && { [ "$(id -u)" = 0 ] || { has_program sudo && sudo -n true 2>/dev/null; }; }; }

# Debian makes a database of its own, and starts it, unless it is told not to before. The tests need the programs alone.
programs_of_postgresql_only() {
  # shellcheck disable=SC2086 # words, on purpose
  $as_root DEBIAN_FRONTEND=noninteractive apt-get $apt_options -q -y --no-install-recommends install postgresql-common &&
    $as_root sed -i -E 's/^#?create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
}

install_host_packages() {
  apt_options='-o Acquire::Retries=3 -o DPkg::Lock::Timeout=120'
  if ! has_program apt-get; then
    say "this host lacks: $*. They are Debian's names; install what your distribution calls them."
    exit 3
  elif [ "$(id -u)" = 0 ]; then
    as_root='env'
  elif has_program sudo && sudo -n true 2>/dev/null; then
    as_root='sudo -n env'
  else
    say "this host lacks: $*. To install them, run:"
    printf '  sudo sh -c "apt-get update && apt-get install -y --no-install-recommends %s"\n' "$*" >&2
    exit 3
  fi
  say "installing Debian packages: $* ..."
  log=$(mktemp)
  without_cluster=
  case " $* " in *' postgresql '*) without_cluster=1 ;; esac
  # shellcheck disable=SC2086 # words, on purpose
  if ! { $as_root apt-get $apt_options -q update &&
    { [ -z "$without_cluster" ] || programs_of_postgresql_only; } &&
    $as_root DEBIAN_FRONTEND=noninteractive apt-get $apt_options -q -y --no-install-recommends install "$@"; } \
    </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say 'apt-get failed; its reason is above.'
    exit 1
  fi
  rm -f "$log"
}

# --- subordinate ids ------------------------------------------------------------

# Root needs none: contractor picks a range itself. Without a range an ordinary
# user's trees can have only one owner, so this is told but stops nothing.
tell_about_subordinate_ids() {
  user=$(id -un)
  for file in /etc/subuid /etc/subgid; do
    if ! grep -q -e "^$user:" -e "^$(id -u):" "$file" 2>/dev/null; then
      first=$(cat /etc/subuid /etc/subgid 2>/dev/null |
        awk -F: 'BEGIN { free = 100000 } $2 + $3 > free { free = $2 + $3 } END { print free }')
      say "user $user has no range in $file, so files in a system tree cannot keep their owners. To give it one, run:"
      printf '  sudo usermod --add-subuids %s-%s --add-subgids %s-%s %s\n' \
        "$first" "$((first + 65535))" "$first" "$((first + 65535))" "$user" >&2
      return
    fi
  done
}

npm_packages_ready || install_npm_packages
missing=$(missing_host_packages)
# shellcheck disable=SC2086 # names of packages, one word each
[ -z "$missing" ] || install_host_packages $missing
if [ "${1:-}" = --for-tests ] && ! has_browser; then
  # Ubuntu's package of that name is a snap, which containers cannot install.
  if may_install && ! grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; then
    install_host_packages chromium
  else
    say 'this host has no Chromium: tests of the page that `contractor inspect` serves will be skipped.'
  fi
fi
[ "$(id -u)" = 0 ] || tell_about_subordinate_ids

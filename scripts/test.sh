#!/bin/sh
# `npm test`: makes the checkout ready, then runs every check there is, and ends
# with one line, `N passed, N failed, N skipped`, summed over all runs.
#
#   npm test                   everything
#   npm test -- test/store     only the tests that vitest finds for these arguments
#
# As root the host tests run twice: as root, and as an ordinary user made for
# the purpose; on a slow host then only those that have to do with the user,
# which is said. With CI=true a skipped test is a failure.
set -eu
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
cd -- "$root"

started=$(date +%s)
scripts/setup.sh --for-tests
PATH=$root/node_modules/.bin:$PATH # Node, tsc, oxlint, prettier, vitest of the checkout
export PATH
[ -t 1 ] || export NO_COLOR="${NO_COLOR:-1}"

[ $# -eq 0 ] || exec vitest run --project unit --project host "$@"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/contractor-test.XXXXXX")
reports=$work/reports
mkdir "$reports"
user=

# --- stages ---------------------------------------------------------------------

# stage TITLE COMMAND...: the first stage that fails ends the test.
stage() {
  title=$1
  shift
  printf '\n== %s\n' "$title"
  began=$(date +%s)
  "$@" || {
    status=$?
    printf '== %s: FAILED after %s s\n' "$title" "$(($(date +%s) - began))"
    exit "$status"
  }
  printf '== %s: %s s\n' "$title" "$(($(date +%s) - began))"
}

# Shows what a command said only when it fails.
quietly() {
  "$@" >"$work/output" 2>&1 || {
    status=$?
    cat "$work/output"
    return "$status"
  }
}

# vitest_run REPORT ARGUMENT...
vitest_run() {
  report=$1
  shift
  vitest run "$@" --reporter=default --reporter=json --outputFile.json="$reports/$report.json"
}

# --- the ordinary user ------------------------------------------------------------

# A user of its own, made for this run, so that the result depends on no account
# of the host and no account of the host is touched.
make_ordinary_user() {
  touch /etc/subuid /etc/subgid # without these files useradd gives no range
  user=contractor-$$
  chmod 755 "$work" && useradd --home-dir "$work/home" --create-home --shell /bin/sh "$user"
}

# The checkout itself may lie where no other user can read.
copy_checkout() {
  mkdir "$work/checkout" &&
    tar -cf - --exclude=./.git --exclude=./dist . | tar -xf - -C "$work/checkout" &&
    chown -R "$user:" "$work/checkout"
}

as_ordinary_user() {
  set -- HOME="$work/home" USER="$user" LOGNAME="$user" LANG="${LANG:-C.UTF-8}" TERM="${TERM:-dumb}" \
    PATH="$work/checkout/node_modules/.bin:/usr/local/bin:/usr/bin:/bin" "$@"
  for name in CI NO_COLOR FC_SEED FC_NUM_RUNS NODE_EXTRA_CA_CERTS \
    http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || set -- "$name=$value" "$@"
  done
  (cd "$work/checkout" && exec runuser -u "$user" -- env -i "$@")
}

processes_of_user() { find /proc -maxdepth 1 -name '[0-9]*' -user "$user" 2>/dev/null; }

# All of it is to end within an hour. Where the tests as root, which are all tests, have
# taken half of that, these are not run a second time: they are of what is built on the
# sandbox, the store and the keeper, and not of who runs them.
SLOW_AFTER_SECONDS=1800
of_no_user() {
  for name in 'crash/{crash,each-point,faults}*' 'examples/**' 'fleet/**' 'inspector/**' 'telemetry/**' 'cli/pause*' 'cli/shell*' \
    'supervisor/gc/**' 'supervisor/verification/**' 'supervisor/watch/**' \
    'supervisor/{continue,damage,full-disk,hand-made,incremental,locked-build,long-chain,packages-from,power-cut}*' \
    'supervisor/{provenance,proxy-password,repositories,sessions,workbench}*'; do
    printf -- '--exclude=test/%s\n' "$name"
  done
}

host_tests_as_ordinary_user() {
  make_ordinary_user && copy_checkout || return 1
  status=0
  set --
  if [ "$(($(date +%s) - started))" -gt "$SLOW_AFTER_SECONDS" ]; then
    echo 'This host is slow. As an ordinary user, these are left out; `npm test` as that user runs them:'
    of_no_user | sed 's/^--exclude=/  /'
    set -f
    # shellcheck disable=SC2046 # one word a line
    set -- $(of_no_user)
    set +f
  fi
  as_ordinary_user vitest run --project host "$@" \
    --reporter=default --reporter=json --outputFile.json="$work/checkout/report.json" || status=$?
  if [ -e "$work/checkout/report.json" ]; then
    cp "$work/checkout/report.json" "$reports/user-host.json"
  fi
  waited=0
  while [ "$status" = 0 ] && [ -n "$(processes_of_user)" ]; do
    if [ "$waited" = 5 ]; then
      echo 'The host tests left processes behind:'
      for process in $(processes_of_user); do tr '\0' ' ' <"$process/cmdline" && echo; done
      status=1
    fi
    waited=$((waited + 1))
    sleep 1
  done
  return "$status"
}

remove_ordinary_user() {
  [ -n "$user" ] && id "$user" >/dev/null 2>&1 || return 0
  for process in $(processes_of_user); do kill -KILL "${process#/proc/}" 2>/dev/null || :; done
  userdel -f "$user" >/dev/null 2>&1 || echo "could not remove the user $user"
}

# --- the end ----------------------------------------------------------------------

finish() {
  status=$?
  trap - EXIT INT TERM
  remove_ordinary_user
  if [ -n "$(ls "$reports")" ]; then
    echo
    node scripts/test-summary.ts "$reports" || [ "$status" != 0 ] || status=1
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ "$(id -u)" = 0 ]; then me=root; else me=user; fi

type_check() { tsc -p tsconfig.json && tsc -p tsconfig.page.json; }

stage 'type check' quietly type_check
stage 'lint' quietly oxlint --type-aware --deny-warnings
stage 'format' quietly prettier --check --log-level warn .
stage 'unused code' quietly knip --no-progress --no-config-hints --exclude binaries
stage 'API reference' quietly node scripts/write-api.ts --check
stage "tests, as $(id -un)" vitest_run "$me-all" --project unit --project host
[ "$me" != root ] || stage 'host tests, as an ordinary user' host_tests_as_ordinary_user
stage 'the packed package' vitest_run "$me-package" --project package

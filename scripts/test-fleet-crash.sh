#!/bin/sh
# `npm run test:fleet-crash -- --kills N [--seed S] [--store DIR]`: see test/fleet/crash/main.ts.
set -eu
cd -- "$(dirname -- "$0")/.."
scripts/setup.sh --for-tests
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec node --disable-warning=ExperimentalWarning --conditions=development test/fleet/crash/main.ts "$@"

#!/bin/sh
# `npm run test:crash -- --kills N [--seed S] [--store DIR]`: see test/crash/main.ts.
set -eu
cd -- "$(dirname -- "$0")/.."
scripts/setup.sh
PATH=$PWD/node_modules/.bin:$PATH
export PATH
exec node --disable-warning=ExperimentalWarning --conditions=development test/crash/main.ts "$@"

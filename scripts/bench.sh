#!/bin/sh
# `npm run bench`: what contractor costs, measured on the built package.
set -eu
cd -- "$(dirname -- "$0")/.."
scripts/setup.sh
PATH=$PWD/node_modules/.bin:$PATH
export PATH
scripts/build.sh >/dev/null
exec node bench/bench.ts "$@"

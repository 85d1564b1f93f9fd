#!/bin/sh
# `npm start`: makes the checkout ready, then builds the example `hello` in real
# containers. Arguments after `npm start --` go to `contractor build`.
set -eu
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")

"$root/scripts/setup.sh"
exec "$root/bin/contractor" build "$root/examples/hello/build.yaml" "$@"

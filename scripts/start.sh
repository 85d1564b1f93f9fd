#!/bin/sh
# `npm start`: makes the checkout ready, then builds the example `hello` in real
# containers and shows what the step in the container said. Arguments after
# `npm start --` go to `contractor build`.
set -eu
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")

"$root/scripts/setup.sh"
"$root/bin/contractor" build "$root/examples/hello/build.yaml" "$@"
case " $* " in
  *' --json '* | *' json '* | *' json-seq '*) ;; # what reads events wants nothing else
  *) exec "$root/bin/contractor" logs :hello ;;
esac

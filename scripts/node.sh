#!/bin/sh
# Runs a program of this checkout with Node.js 26: `sh scripts/node.sh scripts/test.ts`. The scripts of package.json start
# through it, because Node.js 26 itself may lack a library of the system (see ready.sh).
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
. "$here/scripts/ready.sh"
make_ready
exec "$node" "$@"

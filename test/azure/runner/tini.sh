#!/bin/bash
# Does what tini of the image does, where this machine has none: passes signals on, and reaps.
[ "$1" = -- ] && shift
"$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM
trap 'kill -INT $child 2>/dev/null' INT
while :; do
  wait $child
  code=$?
  # A signal interrupts the wait; the child may still be busy with it.
  kill -0 $child 2>/dev/null || exit $code
done

/**
 * The first process of a plugin. It takes in what orphans leave behind, which Node.js does not do. A driver that was killed is
 * started again beside its mounts: with the first process, all processes would end and every FUSE mount with them. What
 * still serves mounts in the end is asked to say good-bye to its cluster, which otherwise waits a minute for it.
 */
export const ENTRY_SCRIPT = `#!/bin/sh
ending=
trap 'ending=yes; kill -TERM "$driver" 2>/dev/null' TERM INT
# Only now was nothing mounted for anybody yet.
managed=--managed
while :; do
  /usr/local/bin/seatrial driver serve $managed "$@" &
  driver=$!
  status=0
  # A signal ends the waiting, not the driver.
  while kill -0 "$driver" 2>/dev/null; do
    wait "$driver"
    status=$?
  done
  [ -z "$ending" ] && [ "$status" -gt 128 ] || break
  managed=
  sleep 0.2
done
kill -TERM -1 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  kill -0 -1 2>/dev/null || break
  sleep 0.1
done
exit "$status"
`;

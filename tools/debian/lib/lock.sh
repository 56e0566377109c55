# The lock for making and deleting layers. Steps inherit its descriptor, 9, so that it is held until the last
# process of a step ends, which is soon after make-root ends. Sourced after common.sh.
# shellcheck shell=bash disable=SC2154 # common.sh sets the variables

# lock wait|fail: takes the lock; if another process holds it, waits or fails.
lock() {
  exec 9>>"$root/lock"
  if ! flock -n 9; then
    [ "$1" = wait ] || die "pid $(cat "$root/lock") is making the Debian root: try again when it has finished"
    note "waiting for pid $(cat "$root/lock"), which is making the Debian root"
    flock 9
  fi
  echo $$ >"$root/lock"
  rm -rf --one-file-system "$root"/work/* "$root"/probe.* # leftovers of an interrupted run
}

# One at a time: who makes or deletes layers holds a lock. Steps inherit its descriptor, 9, so that it is held as long
# as anything still works. Sourced after common.sh.
# shellcheck shell=bash disable=SC2154 # common.sh sets the variables

# lock MODE: with "wait" it waits for the other one, with "fail" it gives up.
lock() {
  exec 9>>"$root/lock"
  if ! flock -n 9; then
    [ "$1" = wait ] || die "pid $(cat "$root/lock") is making the Debian root: try again when it is done"
    say "waiting for pid $(cat "$root/lock"), which is making the Debian root"
    flock 9
  fi
  echo $$ >"$root/lock"
  rm -rf --one-file-system "$root"/work/* "$root"/probe.* # what an interrupted run left
}

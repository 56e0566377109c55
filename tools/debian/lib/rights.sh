# The rights for mounting and for files of several users: root's, or those in a user namespace, in which an ordinary user is root and has
# the ids of /etc/subuid and /etc/subgid. Sourced after common.sh.
# shellcheck shell=bash

# require_rights SCRIPT [ARG...]: without root's rights, executes the calling script again in a user namespace.
require_rights() {
  local error
  if [ "$(id -u)" = 0 ]; then return; fi
  if error=$(unshare --map-root-user --map-auto --mount true 2>&1); then exec unshare --map-root-user --map-auto -- "$@"; fi
  die "cannot make a user namespace for $(id -un): $(explain_refusal "$error"). Or use sudo, or FASTBOOP_BUILD_ENV=bazelisk where Bazelisk works"
}

# explain_refusal ERROR: prints why there is no user namespace, and what to do.
explain_refusal() {
  local user file
  user=$(id -un)
  if forbidden kernel.unprivileged_userns_clone 0 1 || forbidden user.max_user_namespaces 0 10000 ||
    forbidden kernel.apparmor_restrict_unprivileged_userns 1 0; then return; fi
  if ! unshare --help | grep -q -e --map-auto; then echo "unshare is older than util-linux 2.38"; return; fi
  if ! command -v newuidmap >/dev/null; then echo "newuidmap is missing: install uidmap (shadow-utils on some distributions)"; return; fi
  for file in /etc/subuid /etc/subgid; do
    if ! grep -qsE "^($user|$(id -u)):" $file; then
      echo "$file has no ids for this user: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $user"
      return
    fi
  done
  echo "${1//$'\n'/; }"
}

# forbidden NAME VALUE OTHER: whether this sysctl has the value that forbids user namespaces; if so, prints how to change it to the other.
forbidden() {
  [ "$(cat "/proc/sys/${1//.//}" 2>/dev/null)" = "$2" ] && echo "the setting $1 is $2: sudo sysctl --write $1=$3"
}

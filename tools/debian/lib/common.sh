# Messages and paths for all scripts in tools/debian. Sourced, with bash.
# shellcheck shell=bash

shopt -s inherit_errexit # `set -e` holds in $(…) too

note() { printf 'tools/debian: %s\n' "$*" >&2; }
die() { note "$@"; exit 1; }

debian=$(readlink -f "${BASH_SOURCE[0]}")
debian=${debian%/lib/*}
export top=${debian%/tools/debian} # the checkout

# is_rootless: whether this is a user namespace, which is limited: its overlayfs cannot use extended attributes trusted.*.
is_rootless() { ! grep -qE '^ *0 +0 +4294967295$' /proc/self/uid_map; }

if [ -n "${XDG_CACHE_HOME:-}" ]; then cache=$XDG_CACHE_HOME/fastboop
# Under sudo, not in /root, where the user could not run what was built, and not in the user's own, where root's files would remain.
elif [ "$(id -u)" = 0 ] && [ -n "${SUDO_UID:-}" ] && ! is_rootless; then cache=/var/cache/fastboop
elif [ -n "${HOME:-}" ]; then cache=$HOME/.cache/fastboop
else die "neither HOME nor XDG_CACHE_HOME is set: set one; the Debian root is kept there"
fi
cache=$(realpath -m -- "$cache")
# layers/ (finished), work/ (being made), logs/, lock, mnt/ (an empty mount point). Users can share one, which an administrator makes.
root=$(realpath -m -- "${FASTBOOP_DEBIAN_ROOT:-$cache/root}")
export layers=$root/layers

# PATH: a user's may lack the administrators' commands. LIBMOUNT_FORCE_MOUNT2: libmount's newer mount API cuts an option at 256 bytes,
# too short for a list of layers; with the variable it calls mount(2), whose limit is a page, as older versions always do.
export PATH=$PATH:/usr/sbin:/sbin LIBMOUNT_FORCE_MOUNT2=always

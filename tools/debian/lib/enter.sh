# Mounts the layers as a root and moves into it. Sourced after common.sh by enter-run and enter-step, which already
# have a mount namespace of their own (unshare -m): when the last process in it ends, all these mounts are gone.
# shellcheck shell=bash disable=SC2154,SC2164 # common.sh sets the variables, the caller -e

# mount_layers LOWER UPPER WORK TARGET: the overlay. Relative to layers/: short, and free of characters overlayfs
# splits at.
mount_layers() {
  cd "$layers"
  mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" fastboop "$4" ||
    die "cannot mount the layers (see above); if one was removed by hand, run tools/debian/prune --all to start afresh"
  new=$(realpath "$4")
}

# mount_system: what every Linux root needs. proc is a fresh mount of the same PID namespace: Bazel's sandbox wants
# the former, and its server, which outlives the client that starts it, the latter.
mount_system() {
  mount --rbind /dev "$new/dev"
  mount --rbind /sys "$new/sys"
  mount -t proc proc "$new/proc"
  mount -t tmpfs -o mode=755 tmpfs "$new/run"
  mkdir -m 1777 "$new/run/bazel" # for its sandboxes, see steps/90-config
  local file
  for file in /etc/resolv.conf /etc/hosts; do
    if [ -e "$file" ]; then mount --bind "$(readlink -f "$file")" "$new$file"; fi
  done
}

# bind PATH: the same directory under the same name inside.
bind() {
  mkdir -p "$new$1"
  mount --rbind "$1" "$new$1"
}

# keep_env PATTERN...: adds those variables of this machine's environment to the array `environment`.
environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
keep_env() {
  local name pattern
  while read -r name; do
    for pattern; do
      # shellcheck disable=SC2254 # a pattern, on purpose
      case $name in $pattern) environment+=("$name=${!name}"); break ;; esac
    done
  done < <(compgen -e)
}

# move_in: pivot_root, not chroot: in a chroot Bazel cannot use its linux-sandbox.
move_in() {
  cd "$new"
  mkdir run/host
  pivot_root . run/host || die "pivot_root failed (see above): is this machine's own root an initramfs?"
  PATH=/usr/sbin:/usr/bin
  cd /
  umount -l /run/host
  rmdir /run/host
}

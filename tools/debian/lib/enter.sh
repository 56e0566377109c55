# Mounts the layers as a root and enters it. Sourced after common.sh by enter-run and enter-step, which already
# have a mount namespace of their own (unshare -m): its mounts end with its last process.
# shellcheck shell=bash disable=SC2154,SC2164 # common.sh sets the variables, the caller -e

# mount_layers LOWER UPPER WORK TARGET: mounts the overlay. The paths are relative to layers/: short, and without the characters at which
# overlayfs splits.
mount_layers() {
  local options="lowerdir=$1,upperdir=$2,workdir=$3"
  if is_rootless; then options+=,userxattr; fi
  cd "$layers"
  mount -t overlay -o "$options" fastboop "$4" ||
    die "cannot mount the layers (see above); if one was removed by hand, run tools/debian/prune --all to start over"
  new=$(realpath "$4")
}

# mount_system: mounts what every Linux root needs. proc shows the machine's PID namespace to enter-run, as Bazel's server outlives the
# client that starts it, but a user namespace cannot mount that proc anew.
mount_system() {
  mount --rbind /dev "$new/dev"
  mount --rbind /sys "$new/sys"
  mount -t proc proc "$new/proc" 2>/dev/null || mount --rbind /proc "$new/proc"
  mount -t tmpfs -o mode=755 tmpfs "$new/run"
  mkdir -m 1777 "$new/run/bazel" # for its sandboxes, see steps/90-config
  local file
  for file in /etc/resolv.conf /etc/hosts; do
    if [ -e "$file" ]; then mount --bind "$(readlink -f "$file")" "$new$file"; fi
  done
}

# bind PATH: makes the directory visible inside, at the same path.
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

# enter_root: by pivot_root, as Bazel cannot use its linux-sandbox in a chroot.
enter_root() {
  cd "$new"
  mkdir run/host
  pivot_root . run/host || die "pivot_root failed (see above): is this machine's own root an initramfs?"
  PATH=/usr/sbin:/usr/bin
  cd /
  umount -l /run/host
  rmdir /run/host
}

# The requirements for making a step; each failure is one message with its cause and the next step. Sourced after
# common.sh.
# shellcheck shell=bash disable=SC2154,SC2164 # common.sh sets the variables, the caller -e

check_machine() {
  local tool
  for tool in unshare mount pivot_root flock setpriv; do
    command -v $tool >/dev/null ||
      die "$tool is missing: install util-linux, mount, and, on newer Debians, util-linux-extra"
  done
  case $(uname -m) in
    x86_64 | aarch64) ;; # aarch64 has not been tried
    *) die "no Debian root for $(uname -m): use a 64-bit x86 machine, or FASTBOOP_BUILD_ENV=bazelisk" ;;
  esac
}

check_cache() {
  local message="cannot write to $root: make it writable, or set XDG_CACHE_HOME to a directory that is"
  mkdir -p "$root"/{layers,work,logs,mnt} 2>/dev/null || die "$message"
  { : >>"$root/lock"; } 2>/dev/null || die "$message"
}

# check_space GIGABYTES
check_space() {
  local free
  free=$(df --output=avail -k "$root" | tail -n 1)
  [ "$free" -ge $(($1 * 1000000)) ] ||
    die "only $((free / 1000)) MB free for $root, about $1 GB are needed: free some, or set XDG_CACHE_HOME elsewhere"
}

# check_overlay: not every file system can hold the upper directory of an overlay; another overlay cannot.
check_overlay() {
  local probe
  probe=$(mktemp -d "$root/probe.XXXXXX")
  mkdir "$probe"/{lower,upper,work,root}
  : >"$probe/lower/file"
  local ok=yes
  (cd "$probe" && unshare -m "$debian/lib/probe-overlay") 2>/dev/null || ok=no
  rm -rf "$probe"
  [ $ok = yes ] ||
    die "the filesystem of $root ($(stat -f -c %T "$root")) cannot hold overlayfs layers, or this kernel lacks" \
      "overlayfs or forbids mounting: set XDG_CACHE_HOME to a directory on ext4, xfs or btrfs"
}

# check_mmdebstrap: installs mmdebstrap, which only the step "base" needs, where apt-get is available.
check_mmdebstrap() {
  if command -v mmdebstrap >/dev/null; then return; fi
  command -v apt-get >/dev/null ||
    die "mmdebstrap is missing: install it (it is packaged by most distributions), or use FASTBOOP_BUILD_ENV=bazelisk"
  if is_rootless; then die "mmdebstrap is missing: sudo apt-get install mmdebstrap"; fi
  note "installing mmdebstrap, which is missing"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes mmdebstrap debian-archive-keyring; } \
    >"$root/logs/mmdebstrap.log" 2>&1 </dev/null ||
    die "installing mmdebstrap failed, see $root/logs/mmdebstrap.log: install mmdebstrap by hand, or use FASTBOOP_BUILD_ENV=bazelisk"
}

# set_target TRIPLE: sets deb_arch (Debian's name of the CPU) and qemu (which runs its programs). Sourced, with bash.
# A new target needs a line here, its triple in 40-musl-c and 90-config, and a step like 52-musl-std-armv7.
# shellcheck shell=bash
set_target() {
  case $1 in
    x86_64-unknown-linux-musl) deb_arch=amd64 qemu=qemu-x86_64 ;;
    aarch64-unknown-linux-musl) deb_arch=arm64 qemu=qemu-aarch64 ;;
    armv7-unknown-linux-musleabihf) deb_arch=armhf qemu=qemu-arm ;;
    *) echo "unknown target $1" >&2; return 1 ;;
  esac
  export deb_arch qemu
}

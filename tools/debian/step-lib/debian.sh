# make_debian MACHINE ARCHITECTURE PACKAGE [OPTION...]: makes a small Debian with systemd, as an archive without documentation and translations. ARCHITECTURE
# is Debian's name of the CPU, PACKAGE a D-Bus daemon; the options are those of mmdebstrap. Sourced, with bash.
# shellcheck shell=bash

make_debian() {
  local out=/usr/lib/fastboop/vm/$1
  # mmdebstrap copies this machine's host name and name servers into it; neither may get into the test. dpkg's options do not keep all documentation out
  # without a chroot.
  # shellcheck disable=SC2016 # mmdebstrap's shell has $1
  local own='cd "$1" && echo debian >etc/hostname && rm -rf etc/resolv.conf usr/share/doc usr/share/man usr/share/info usr/share/locale'
  mkdir -p "$out"
  SOURCE_DATE_EPOCH=0 mmdebstrap "${@:4}" --variant=essential --architectures="$2" \
    --include="systemd,systemd-sysv,udev,$3,util-linux,login,mount" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="$own" \
    forky "$out/debian.tar"
}

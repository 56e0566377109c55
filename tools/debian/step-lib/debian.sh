# make_debian FILE ARCHITECTURE PACKAGES [OPTION...]: makes a small Debian with an init system and what else PACKAGES lists, separated by commas, as an
# archive without documentation and translations. ARCHITECTURE is Debian's name of the CPU; the options are those of mmdebstrap. Sourced, with bash.
# shellcheck shell=bash

make_debian() {
  local out=/usr/lib/fastboop/vm/$1.tar
  # mmdebstrap copies this machine's host name and name servers into it; neither may get into the test. dpkg's options do not keep all documentation out
  # without a chroot.
  # shellcheck disable=SC2016 # mmdebstrap's shell has $1
  local own='cd "$1" && echo debian >etc/hostname && rm -rf etc/resolv.conf usr/share/doc usr/share/man usr/share/info usr/share/locale'
  mkdir -p "${out%/*}"
  SOURCE_DATE_EPOCH=0 mmdebstrap "${@:4}" --variant=essential --architectures="$2" \
    --include="util-linux,login,mount,$3" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="$own" \
    forky "$out"
}

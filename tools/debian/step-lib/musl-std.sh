# make_musl_std TRIPLE: builds Rust's standard library from Debian's rust-src as upstream builds it, installs it and
# tests it. Sourced, with bash.
# shellcheck shell=bash
source step-lib/target.sh

recipe=$PWD/step-lib

make_musl_std() {
  local triple=$1 lib=/usr/lib/rustlib/$1/lib
  set_target "$triple"
  build_std "$triple"
  mkdir -p "$lib"
  cp "/tmp/std/$triple"/dist/deps/*.rlib "$lib"
  install_c_side "$triple" "$lib/self-contained"
  prove "$triple" abort -Clto=fat -Copt-level=z -Cstrip=symbols
  prove "$triple" unwind
}

# build_std TRIPLE: builds with the library's profile for prebuilt libraries, "dist": bitcode, so that `lto = true`
# works; panic_abort compiled with the abort strategy and all else with unwind, so that both work. rust-src contains the
# dependencies and a Cargo configuration that finds them. Paths are remapped to those in upstream's builds.
build_std() {
  local source version
  source=$(readlink -f "$(rustc --print sysroot)/lib/rustlib/src/rust")
  version=$(rustc -vV | sed -n 's/^commit-hash: //p')
  cd "$source/library" || return
  RUSTFLAGS="--remap-path-prefix=$source=/rustc/$version --remap-path-prefix=/tmp=/build -Zforce-unstable-if-unmarked" \
    RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=fastboop CARGO_TARGET_DIR=/tmp/std \
    cargo build --offline --locked --profile dist --target "$1" --manifest-path sysroot/Cargo.toml \
    --features backtrace,panic-unwind
}

# install_c_side TRIPLE DIR: copies musl's files to DIR, where rustc looks for them. Debian's libunwind is fortified for glibc:
# fortify.rs has the two functions for that which musl lacks.
install_c_side() {
  mkdir -p "$2"
  cp "/usr/lib/fastboop/musl/$1"/* "$2"
  rustc --target "$1" --crate-type lib --emit obj -Copt-level=2 -Cpanic=abort -o /tmp/fortify.o "$recipe/fortify.rs"
  ar rcsD "$2/libunwind.a" /tmp/fortify.o
}

# prove TRIPLE STRATEGY [FLAG...]: checks that a program links, is static, contains no path of this build, and runs.
prove() {
  local triple=$1 strategy=$2 program=/tmp/proof-$2
  rustc --target "$triple" -Clinker=ld.lld -Cpanic="$strategy" "${@:3}" -o "$program" "$recipe/proof.rs"
  ls -l "$program"
  if readelf --program-headers --wide "$program" | grep INTERP; then return 1; fi
  if grep -a -o -E '(/usr/src|/tmp/std)[[:graph:]]*' "$program"; then return 1; fi
  "$qemu" "$program" "$strategy"
}

"""debian_rust_toolchain: declares a Rust toolchain of the Debian root."""

load("@rules_rust//rust:toolchain.bzl", "rust_toolchain")
load("//toolchains:offer.bzl", "offer_rust_toolchain")

def debian_rust_toolchain(name, exec_cpu, target_triple, target_compatible_with, **kwargs):
    """Declares a `rust_toolchain` and the `toolchain` for it.

    Args:
        name: the `toolchain`'s name; the `rust_toolchain` is `<name>-impl`.
        exec_cpu: the CPU that rustc runs on, as in @platforms//cpu.
        target_triple: the target triple that it compiles for; @debian_usr has a `rust_std-<target_triple>`.
        target_compatible_with: the constraint values of that target.
        **kwargs: further attributes of the `rust_toolchain`.
    """
    rust_toolchain(
        name = name + "-impl",
        binary_ext = "",
        cargo = "@debian_usr//:bin/cargo",
        cargo_clippy = "@debian_usr//:bin/cargo-clippy",
        clippy_driver = "@debian_usr//:bin/clippy-driver",
        # No default edition, so that a target without one fails.
        dylib_ext = ".so",
        exec_triple = exec_cpu + "-unknown-linux-gnu",
        rust_doc = "@debian_usr//:bin/rustdoc",
        rust_std = "@debian_usr//:rust_std-" + target_triple,
        rustc = "@debian_usr//:bin/rustc",
        rustc_lib = "@debian_usr//:rustc_lib",
        staticlib_ext = ".a",
        stdlib_linkflags = [],
        # Not in //...: on a machine without the root, @debian_usr is empty.
        tags = ["manual"],
        target_triple = target_triple,
        **kwargs
    )
    offer_rust_toolchain(
        name = name,
        exec_cpu = exec_cpu,
        rust_toolchain = name + "-impl",
        target_compatible_with = target_compatible_with,
    )

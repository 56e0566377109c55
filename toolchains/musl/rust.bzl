"""musl_rust_toolchain: declares one of upstream's Rust toolchains for a musl target."""

load("@rules_rust//rust:toolchain.bzl", "rust_toolchain")
load("//toolchains:lto.bzl", "LTO_FLAGS")
load("//toolchains:offer.bzl", "offer_rust_toolchain")

def musl_rust_toolchain(name, exec_cpu, target_triple, target_compatible_with):
    """Declares a `rust_toolchain` and the `toolchain` for it.

    Args:
        name: the `toolchain`'s name; the `rust_toolchain` is `<name>-impl`.
        exec_cpu: the CPU that rustc runs on, as in @platforms//cpu.
        target_triple: the target triple that it compiles for.
        target_compatible_with: the constraint values of that target.
    """

    # The repository that `repository_set` in MODULE.bazel creates from upstream's archives.
    files = "@rust_linux_{}__{}__stable_tools//:".format(exec_cpu, target_triple)
    rust_toolchain(
        name = name + "-impl",
        # The default is a C library, for Rust in C programs.
        allocator_library = "@rules_rust//rust/private/cc:empty",
        binary_ext = "",
        cargo = files + "cargo",
        cargo_clippy = files + "cargo_clippy_bin",
        clippy_driver = files + "clippy_driver_bin",
        dylib_ext = ".so",
        exec_triple = exec_cpu + "-unknown-linux-gnu",
        extra_rustc_flags = [
            # Overrides rules_rust's `no`, which would prevent linking with -Clto.
            "-Cembed-bitcode=yes",
            # Links with the crt objects and libc.a of the Rust std: the default of upstream's rustc, but not of every distribution's.
            "-Clink-self-contained=yes",
            # riscv64gc-unknown-linux-musl links dynamically by default.
            "-Ctarget-feature=+crt-static",
        ],
        extra_rustc_flags_for_crate_types = LTO_FLAGS,
        linker = files + "rust-lld",
        linker_preference = "rust",
        linker_type = "direct",
        rust_doc = files + "rustdoc",
        rust_std = files + "rust_std-" + target_triple,
        rustc = files + "rustc",
        rustc_lib = files + "rustc_lib",
        staticlib_ext = ".a",
        stdlib_linkflags = [],
        # Not in //..., which would fetch the compilers of every CPU.
        tags = ["manual"],
        target_triple = target_triple,
    )
    offer_rust_toolchain(
        name = name,
        exec_cpu = exec_cpu,
        rust_toolchain = name + "-impl",
        target_compatible_with = target_compatible_with,
    )

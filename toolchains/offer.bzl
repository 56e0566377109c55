"""offer_rust_toolchain: declares where a `rust_toolchain` runs and what it compiles for."""

def offer_rust_toolchain(name, rust_toolchain, exec_cpu, target_compatible_with):
    """Declares the `toolchain` for a `rust_toolchain`.

    Args:
        name: the target's name.
        rust_toolchain: the label of the `rust_toolchain`.
        exec_cpu: the CPU that rustc runs on, as in @platforms//cpu.
        target_compatible_with: the constraint values of what it compiles for.
    """
    native.toolchain(
        name = name,
        exec_compatible_with = [
            "@platforms//cpu:" + exec_cpu,
            "@platforms//os:linux",
        ],
        target_compatible_with = target_compatible_with,
        toolchain = rust_toolchain,
        toolchain_type = "@rules_rust//rust:toolchain_type",
    )

"""IN_DEBIAN_ROOT: for targets that need files of the Debian root, such as QEMU, kernels and mkfs programs."""

# The `target_compatible_with` of such targets: elsewhere Bazel skips them in `//...`.
IN_DEBIAN_ROOT = select({
    "//conditions:default": ["@platforms//:incompatible"],
    "//toolchains/debian:in_root": [],
})

"""For targets that need files of the Debian root: QEMU, kernels, programs that make file systems."""

# The `target_compatible_with` of such targets: on other machines Bazel passes over them in `//...`.
IN_DEBIAN_ROOT = select({
    "//conditions:default": ["@platforms//:incompatible"],
    "//toolchains/debian:in_root": [],
})

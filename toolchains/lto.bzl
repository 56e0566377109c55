"""What link-time optimisation asks of the crates that a program is made of."""

# Bitcode alone: machine code of libraries is not used when all is optimised as one. Cargo does the same for `lto = true`. rules_rust has
# a setting for it, `lto`, but not yet the version that Debian packages. For the musl toolchains only: the setting reaches what is built
# for the build machine too, which is not linked that way. Nor is what is compiled for musl as a tool, with `cfg = "exec"`: rules_rust passes
# no -Clto there. //:fastboop-cli and stage0 are no such tools.
LTO_FLAGS = select({
    "//toolchains:with_lto": {"rlib": ["-Clinker-plugin-lto"]},
    "//conditions:default": {},
})

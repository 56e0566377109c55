"""rustc flags for the libraries of a program that is linked with -Clto."""

# Compiles libraries to bitcode only, as Cargo does for `lto = true`: link-time optimisation does not use their machine code. rules_rust has
# the setting `lto` for this, but not in the version that Debian packages. For the musl toolchains only: the build setting also reaches
# targets for the build machine, which are linked without -Clto. rules_rust passes no -Clto to tools (`cfg = "exec"`) either, so they must
# not be compiled for musl with this setting; //:fastboop-cli and stage0 are not tools in this sense.
LTO_FLAGS = select({
    "//toolchains:with_lto": {"rlib": ["-Clinker-plugin-lto"]},
    "//conditions:default": {},
})

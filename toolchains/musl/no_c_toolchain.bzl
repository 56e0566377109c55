"""no_c_toolchain: a C toolchain that says there is none."""

def _no_c_toolchain_impl(_ctx):
    # rules_cc's find_cc_toolchain hands out the field `cc`; rules_rust goes without C where it is None.
    return [platform_common.ToolchainInfo(
        cc = None,
        cc_provider_in_toolchain = True,
    )]

no_c_toolchain = rule(
    implementation = _no_c_toolchain_impl,
    doc = "Stands where Bazel would take the host's C compiler for a target that must not be built with it.",
)

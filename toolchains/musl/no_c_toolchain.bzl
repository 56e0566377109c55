"""no_c_toolchain: a C toolchain without a C compiler."""

def _no_c_toolchain_impl(_ctx):
    # rules_cc's find_cc_toolchain returns the field `cc`; rules_rust does without C if it is None.
    return [platform_common.ToolchainInfo(
        cc = None,
        cc_provider_in_toolchain = True,
    )]

no_c_toolchain = rule(
    implementation = _no_c_toolchain_impl,
    doc = "Keeps Bazel from using the host's C compiler for a target that must not be built with it.",
)

"""A C toolchain that is a linker and nothing else, for the musl targets.

rules_rust 0.54.1, the one that Debian packages, takes every target's linker from a C toolchain (0.73 can name one in the
rust_toolchain, see toolchains/musl). This one has no compiler, no header, no flag: only lld. What else a static link needs
(crt objects, libc.a, libunwind.a) is in the Rust std.
"""

load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load("@rules_cc//cc:cc_toolchain_config_lib.bzl", "action_config", "feature", "tool")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")

# What Bazel and rules_rust ask every C toolchain for. An action that really compiles C for a musl target fails.
_ABSENT = [
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
    ACTION_NAMES.cpp_link_static_library,
]

def _lld_config_impl(ctx):
    tools = {name: "/bin/false" for name in _ABSENT} | {ACTION_NAMES.cpp_link_executable: ctx.attr.linker}
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        action_configs = [
            action_config(
                action_name = name,
                enabled = True,
                tools = [tool(path = path)],
            )
            for name, path in tools.items()
        ],
        # Without this, Bazel adds the flags of a gcc-like driver, which lld does not know.
        features = [feature(name = "no_legacy_features")],
        compiler = "none",
        target_cpu = ctx.attr.cpu,
        target_libc = "musl",
        target_system_name = ctx.attr.cpu,
        toolchain_identifier = "lld-" + ctx.attr.cpu,
    )

lld_config = rule(
    implementation = _lld_config_impl,
    doc = "The configuration of a C toolchain that can only link, with lld.",
    attrs = {
        "cpu": attr.string(
            doc = "The target's CPU, for messages.",
            mandatory = True,
        ),
        "linker": attr.string(
            doc = "Absolute path of lld in the root. rustc takes the linker's command line from its name, so it ends in `ld.lld`.",
            mandatory = True,
        ),
    },
    provides = [CcToolchainConfigInfo],
)

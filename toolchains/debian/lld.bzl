"""lld_config: a C toolchain for the musl targets that contains only a linker.

rules_rust 0.54.1, the version that Debian packages, takes every target's linker from a C toolchain (in 0.73 a rust_toolchain can
name one, see toolchains/musl). This C toolchain has no compiler, headers or flags, only lld. The other files of a static link (crt
objects, libc.a, libunwind.a) are in the Rust std.
"""

load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load("@rules_cc//cc:cc_toolchain_config_lib.bzl", "action_config", "feature", "tool")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/toolchains:cc_toolchain_config_info.bzl", "CcToolchainConfigInfo")

# Actions that Bazel and rules_rust require of every C toolchain. An action that compiles C for a musl target fails.
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
        # Without this, Bazel adds the flags of a gcc-like driver, which lld rejects.
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
            doc = "Absolute path of lld in the root. rustc derives the linker flavor from the name, so it must end in `ld.lld`.",
            mandatory = True,
        ),
    },
    provides = [CcToolchainConfigInfo],
)

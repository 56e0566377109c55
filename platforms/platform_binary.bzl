"""platform_binary: one binary, built for another platform, under the file name that it is released with."""

_COMPILATION_MODE = "//command_line_option:compilation_mode"
_EXTRA_RUSTC_FLAGS = "@rules_rust//rust/settings:extra_rustc_flags"
_LTO = "//toolchains:lto"

def _platform_transition_impl(settings, attr):
    return {
        "//command_line_option:platforms": [attr.platform],
        _COMPILATION_MODE: attr.compilation_mode or settings[_COMPILATION_MODE],
        _EXTRA_RUSTC_FLAGS: attr.rustc_flags,
        _LTO: "-Clto=fat" in attr.rustc_flags,
    }

_platform_transition = transition(
    implementation = _platform_transition_impl,
    inputs = [_COMPILATION_MODE],
    outputs = [
        "//command_line_option:platforms",
        _COMPILATION_MODE,
        _EXTRA_RUSTC_FLAGS,
        _LTO,
    ],
)

def _platform_binary_impl(ctx):
    out = ctx.actions.declare_file(ctx.attr.out or ctx.label.name)
    ctx.actions.symlink(
        output = out,
        target_file = ctx.executable.binary,
        is_executable = True,
        progress_message = "Naming %{output}",
    )
    return [DefaultInfo(
        executable = out,
        files = depset([out]),
        runfiles = ctx.runfiles([out]),
    )]

platform_binary = rule(
    implementation = _platform_binary_impl,
    doc = """One Rust binary and all it is made of, built for `platform`, whatever the build around it is for.

With a `compilation_mode` the same bytes come out whoever asks for them: on the command line, in a test, or on the way into another
binary.""",
    attrs = {
        "binary": attr.label(
            doc = "The rust_binary.",
            cfg = _platform_transition,
            executable = True,
            mandatory = True,
        ),
        "compilation_mode": attr.string(
            doc = "`opt` for what is released; where empty, what --compilation_mode says.",
            values = [
                "",
                "opt",
            ],
        ),
        "out": attr.string(doc = "The file's name; the target's name where empty."),
        "platform": attr.label(
            doc = "The platform that the binary runs on.",
            mandatory = True,
            # The transition takes its label, nothing builds it.
            cfg = "exec",
        ),
        "rustc_flags": attr.string_list(doc = "Flags for every crate in the binary, as a Cargo profile has."),
    },
    executable = True,
)

"""platform_binary: builds a binary for another platform, under its file name in the release."""

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

    # A copy, not a link: Debian's Bazel lets only the owner execute a file that it gets from a cache or from a sandbox on another file
    # system. The mode that a command sets remains if the command runs outside of a sandbox (`build:debian` in .bazelrc).
    ctx.actions.run_shell(
        outputs = [out],
        inputs = [ctx.executable.binary],
        arguments = [ctx.executable.binary.path, out.path],
        command = 'install -m 755 "$1" "$2"',
        mnemonic = "NameBinary",
        progress_message = "Naming %{output}",
    )
    return [DefaultInfo(
        executable = out,
        files = depset([out]),
        runfiles = ctx.runfiles([out]),
    )]

platform_binary = rule(
    implementation = _platform_binary_impl,
    doc = """Builds a Rust binary and its dependencies for `platform`, whatever the platform of the target that depends on it.

With a `compilation_mode` the bytes are the same for every user: the command line, a test, or another binary that embeds it.""",
    attrs = {
        "binary": attr.label(
            doc = "The rust_binary.",
            cfg = _platform_transition,
            executable = True,
            mandatory = True,
        ),
        "compilation_mode": attr.string(
            doc = "`opt` for released binaries; if empty, the value of --compilation_mode.",
            values = [
                "",
                "opt",
            ],
        ),
        "out": attr.string(doc = "The name of the file; if empty, the name of the target."),
        "platform": attr.label(
            doc = "The platform that the binary runs on.",
            mandatory = True,
            # The transition only reads the label.
            cfg = "exec",
        ),
        "rustc_flags": attr.string_list(doc = "rustc flags for every crate in the binary, like those of a Cargo profile."),
    },
    executable = True,
)

"""module_tree: copies a machine's modules, with missing dependencies or another compression."""

load("//tests/support/vm-test:machines.bzl", "MACHINES")
load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")

def _module_tree_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.run(
        arguments = [
            out.path,
            ctx.attr.without_dependencies,
            ctx.attr.compression,
        ] + [file.path for file in ctx.files.modules],
        executable = ctx.file._script,
        inputs = ctx.files.modules,
        mnemonic = "ModuleTree",
        outputs = [out],
    )
    return [DefaultInfo(files = depset([out]))]

_module_tree = rule(
    implementation = _module_tree_impl,
    attrs = {
        "compression": attr.string(
            doc = "The suffix of the modules' compression, or crc64 for xz with that check; empty keeps xz. Debian's kernels decompress only xz, " +
                  "without that check, so stage0 decompresses the others.",
            values = [
                "",
                "crc64",
                "gz",
                "zst",
            ],
        ),
        "modules": attr.label(mandatory = True),
        "without_dependencies": attr.string(
            doc = "The module whose dependencies are removed from modules.dep, so that its symbols stay unresolved.",
        ),
        "_script": attr.label(
            allow_single_file = True,
            default = "module-tree",
        ),
    },
)

def module_tree(name, machine, **kwargs):
    """Declares a directory that contains a module directory named after the kernel release.

    Args:
        name: the target's name, which is also the directory's name.
        machine: a key of MACHINES.
        **kwargs: the attributes of the rule.
    """
    _module_tree(
        name = name,
        modules = MACHINES[machine].modules,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

"""module_tree: a machine's modules, with a fault or compressed otherwise."""

load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")
load("//tests/support/vm-test:machines.bzl", "MACHINES")

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
            doc = "How the modules are compressed, by its suffix. Debian's kernels decompress xz alone: the rest is for stage0 to do.",
            values = [
                "",
                "gz",
                "zst",
            ],
        ),
        "modules": attr.label(mandatory = True),
        "without_dependencies": attr.string(
            doc = "The module whose dependencies modules.dep forgets: its symbols stay unresolved.",
        ),
        "_script": attr.label(
            allow_single_file = True,
            default = "module-tree",
        ),
    },
)

def module_tree(name, machine, **kwargs):
    """A directory with the target's name, which has one of the kernel release.

    Args:
        name: the name.
        machine: a key of MACHINES.
        **kwargs: the attributes above.
    """
    _module_tree(
        name = name,
        modules = MACHINES[machine].modules,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

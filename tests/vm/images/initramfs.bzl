"""initramfs: an initramfs for a machine of VM tests, made by `fastboop stage0 initramfs`."""

load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")
load("//tests/support/vm-test:machines.bzl", "MACHINES")

def _modules_dir(files):
    """Returns the path of the directory above the kernel release's."""
    for file in files:
        if file.is_directory:
            return file.path
        if file.basename == "modules.dep":
            return file.dirname.rpartition("/")[0]
    fail("there is no modules.dep")

def _initramfs_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    args = ctx.actions.args()
    args.add_all(["stage0", "initramfs"])
    args.add("--stage0", ctx.file.stage0)
    if ctx.attr.loaded:
        args.add("--modules-dir", _modules_dir(ctx.files.modules))
        args.add_all(ctx.attr.loaded, before_each = "--module")
    args.add_all(
        [key + "=" + value for key, value in ctx.attr.settings.items()],
        before_each = "--set",
    )
    args.add_all(
        [target.files.to_list()[0].path + ":" + path for target, path in ctx.attr.files.items()],
        before_each = "--file",
    )
    args.add("--compress", ctx.attr.compression)
    if ctx.file.append_to:
        args.add("--append-to", ctx.file.append_to)
    args.add("--output", out)
    ctx.actions.run(
        arguments = [args],
        executable = ctx.executable._fastboop,
        inputs = [ctx.file.stage0] + ctx.files.modules + ctx.files.files + ctx.files.append_to,
        mnemonic = "Initramfs",
        outputs = [out],
    )
    return [DefaultInfo(files = depset([out]))]

_initramfs = rule(
    implementation = _initramfs_impl,
    attrs = {
        "append_to": attr.label(
            allow_single_file = True,
            doc = "An initramfs that comes first.",
        ),
        "compression": attr.string(
            default = "gzip",
            doc = "How it is compressed, as --compress has it.",
        ),
        "files": attr.label_keyed_string_dict(
            doc = "More files, each with its path in the initramfs.",
            allow_files = True,
        ),
        "loaded": attr.string_list(doc = "The modules that stage0 loads; with what they need they are all that is in it."),
        "modules": attr.label(
            doc = "The module tree: its files, or its directory.",
            mandatory = True,
        ),
        "settings": attr.string_dict(doc = "stage0's settings."),
        "stage0": attr.label(
            allow_single_file = True,
            mandatory = True,
        ),
        "_fastboop": attr.label(
            # Not "exec": it is for the host in any configuration, and compiled there already.
            cfg = "target",
            default = "//:fastboop-cli",
            executable = True,
        ),
    },
)

def initramfs(name, machine, modules = None, **kwargs):
    """An initramfs with the target's name.

    Args:
        name: the name.
        machine: a key of MACHINES.
        modules: another module tree than the machine's.
        **kwargs: the attributes above.
    """
    _initramfs(
        name = name,
        modules = modules or MACHINES[machine].modules,
        stage0 = MACHINES[machine].stage0,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

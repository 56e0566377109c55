"""initramfs: builds an initramfs for a machine of VM tests with `fastboop stage0 initramfs`."""

load("//tests/support/vm-test:machines.bzl", "MACHINES")
load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")

def _modules_dir(files):
    """Returns the path of the directory that contains the directory of the kernel release."""
    for file in files:
        if file.is_directory:
            return file.path
        if file.basename == "modules.dep":
            return file.dirname.rpartition("/")[0]
    fail("modules: no modules.dep")

def _copied_module(file):
    """Returns the option --file for a file of a module tree."""
    return "--file={}:/lib/modules/{}".format(file.path, file.tree_relative_path)

def _initramfs_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    args = ctx.actions.args()
    args.add_all(["stage0", "initramfs"])
    args.add("--stage0", ctx.file.stage0)
    if ctx.attr.loaded:
        args.add("--modules-dir", _modules_dir(ctx.files.modules))
        args.add_all(ctx.attr.loaded, before_each = "--module")
    args.add_all(ctx.files.copied_modules, map_each = _copied_module)
    if ctx.file.modprobe_config:
        args.add("--modprobe-config", ctx.file.modprobe_config)
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
    ctx.actions.run_shell(
        arguments = [ctx.executable._fastboop.path, args],
        # fastboop prints a summary, which is of interest only with an error.
        command = 'output=$("$@" 2>&1) || { echo "$output" >&2; exit 1; }',
        inputs = [ctx.file.stage0] + ctx.files.modules + ctx.files.copied_modules + ctx.files.files + ctx.files.append_to + ctx.files.modprobe_config,
        mnemonic = "Initramfs",
        outputs = [out],
        tools = [ctx.executable._fastboop],
    )
    return [DefaultInfo(files = depset([out]))]

_initramfs = rule(
    implementation = _initramfs_impl,
    attrs = {
        "append_to": attr.label(
            allow_single_file = True,
            doc = "An initramfs to append this one to.",
        ),
        "compression": attr.string(
            default = "gzip",
            doc = "The compression: a value of --compress.",
        ),
        "copied_modules": attr.label(
            doc = "A module tree, as a directory, whose files are copied as they are.",
        ),
        "files": attr.label_keyed_string_dict(
            doc = "Additional files, each with its path in the initramfs.",
            allow_files = True,
        ),
        "loaded": attr.string_list(doc = "The modules that stage0 loads. The initramfs contains only these and their dependencies."),
        "modprobe_config": attr.label(
            allow_single_file = True,
            doc = "A file of modprobe.d(5).",
        ),
        "modules": attr.label(
            doc = "The module tree: its files or its directory.",
            mandatory = True,
        ),
        "settings": attr.string_dict(doc = "stage0's settings."),
        "stage0": attr.label(
            allow_single_file = True,
            mandatory = True,
        ),
        "_fastboop": attr.label(
            # Not "exec": the program is built for the host in any configuration, and "exec" would build it again.
            cfg = "target",
            default = "//:fastboop-cli",
            executable = True,
        ),
    },
)

def initramfs(name, machine, modules = None, **kwargs):
    """Declares an initramfs.

    Args:
        name: the target's name, which is also the file's name.
        machine: a key of MACHINES.
        modules: a module tree in place of the machine's.
        **kwargs: the attributes of the rule.
    """
    _initramfs(
        name = name,
        modules = modules or MACHINES[machine].modules,
        stage0 = MACHINES[machine].stage0,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

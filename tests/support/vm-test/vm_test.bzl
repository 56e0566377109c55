"""vm_test: a test that boots a machine and checks its output on the serial console."""

load("@bazel_skylib//rules:native_binary.bzl", "native_test")
load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")
load(":machines.bzl", "MACHINES")

# Forbidden on the console in every test.
_FORBIDDEN = ["Kernel panic"]

def _vm_spec_impl(ctx):
    spec = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(spec, json.encode_indent(struct(
        machine = ctx.attr.machine,
        qemu = ctx.file.qemu.short_path,
        kernel = ctx.file.kernel.short_path,
        initramfs = ctx.file.initramfs.short_path,
        disks = [disk.short_path for disk in ctx.files.disks],
        command_line = " ".join(ctx.attr.command_line),
        memory = ctx.attr.memory,
        deadline = ctx.attr.deadline,
        expect = ctx.attr.expect,
        forbid = ctx.attr.forbid,
        end = ctx.attr.end,
        fails_with = ctx.attr.fails_with or None,
    )))
    files = [ctx.file.qemu, ctx.file.kernel, ctx.file.initramfs] + ctx.files.disks
    return [DefaultInfo(
        files = depset([spec]),
        runfiles = ctx.runfiles(files),
    )]

_vm_spec = rule(
    implementation = _vm_spec_impl,
    doc = "The test description for the program vm-test; src/spec.rs documents its fields.",
    attrs = {
        "command_line": attr.string_list(),
        "deadline": attr.int(),
        "disks": attr.label_list(allow_files = True),
        "end": attr.string(values = [
            "expected",
            "power-off",
            "reboot",
        ]),
        "expect": attr.string_list(),
        "fails_with": attr.string(),
        "forbid": attr.string_list(),
        "initramfs": attr.label(
            allow_single_file = True,
            mandatory = True,
        ),
        "kernel": attr.label(
            allow_single_file = True,
            mandatory = True,
        ),
        "machine": attr.string(mandatory = True),
        "memory": attr.int(),
        "qemu": attr.label(
            allow_single_file = True,
            mandatory = True,
        ),
    },
)

def vm_test(
        name,
        machine,
        initramfs,
        disks = [],
        command_line = [],
        expect = [],
        forbid = [],
        end = "power-off",
        fails_with = "",
        memory = 512,
        deadline = 280,
        size = "small",
        tags = [],
        **kwargs):
    """Boots a machine; passes if it prints the expected texts, ends as specified, and changes none of its disks.

    The serial console is in the test's log, and in `serial.log` of its undeclared outputs. Skipped outside the Debian root.

    Args:
        name: the test's name.
        machine: a key of MACHINES; its kernel is booted.
        initramfs: the initramfs.
        disks: raw images, /dev/vda and so on. The machine gets writable copies; a change fails the test.
        command_line: kernel parameters besides the console.
        expect: texts that the console has to show, in this order.
        forbid: texts that the console must not show. `Kernel panic` is always among them.
        end: `power-off` or `reboot`: what the machine has to do after the expected texts; `expected`: it is killed after the last of them.
        fails_with: the test passes if it fails with a message that contains this text: for tests of vm_test itself.
        memory: in MiB.
        deadline: the time limit in seconds; generous, as emulation on a busy host is slow.
        size: the test's size. Its time limit, which is in .bazelrc, has to exceed `deadline`.
        tags: further tags.
        **kwargs: further attributes of the test.
    """
    spec = name + "_spec"
    _vm_spec(
        name = spec,
        testonly = True,
        command_line = command_line,
        deadline = deadline,
        disks = disks,
        end = end,
        expect = expect,
        fails_with = fails_with,
        forbid = forbid + _FORBIDDEN,
        initramfs = initramfs,
        kernel = MACHINES[machine].kernel,
        machine = MACHINES[machine].cpu,
        memory = memory,
        qemu = MACHINES[machine].qemu,
        tags = tags,
        target_compatible_with = IN_DEBIAN_ROOT,
    )
    native_test(
        name = name,
        size = size,
        src = "//tests/support/vm-test:program",
        out = name + "_bin",
        args = ["$(rootpath :{})".format(spec)],
        data = [spec],
        tags = tags + ["vm"],
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

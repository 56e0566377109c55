"""vm_test: a test that boots a machine and checks its output on the serial console."""

load("@bazel_skylib//rules:native_binary.bzl", "native_binary", "native_test")
load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")
load(":machines.bzl", "MACHINES")

# The port of fastboot over UDP, which the host reaches.
_FASTBOOT_PORT = 5554

# Forbidden on the console in every test.
_FORBIDDEN = ["Kernel panic"]

def _boot(ctx):
    """Returns what the machine runs first, as src/config.rs describes it."""
    if ctx.file.firmware:
        return {"firmware": {
            "image": ctx.file.firmware.short_path,
            "udp_port": _FASTBOOT_PORT,
            "host_port": ctx.attr.host_port,
        }}
    return {"kernel": {
        "image": ctx.file.kernel.short_path,
        "initramfs": ctx.file.initramfs.short_path,
        "command_line": " ".join(ctx.attr.command_line),
        "link": ctx.attr.link or None,
    }}

def _client(ctx):
    if not ctx.attr.client_command:
        return None
    return struct(
        after = ctx.attr.client_after,
        command = [ctx.expand_location(word, ctx.attr.client_data) for word in ctx.attr.client_command],
        expect = ctx.attr.client_expect,
    )

def _vm_spec_impl(ctx):
    spec = ctx.actions.declare_file(ctx.label.name + ".json")
    script = ctx.attr.script
    ctx.actions.write(spec, json.encode_indent(struct(
        machine = ctx.attr.machine,
        qemu = ctx.file.qemu.short_path,
        boot = _boot(ctx),
        disks = [disk.short_path for disk in ctx.files.disks],
        memory = ctx.attr.memory,
        deadline = ctx.attr.deadline,
        script = [struct(expect = script[i], send = script[i + 1]) for i in range(0, len(script), 2)],
        client = _client(ctx),
        expect = ctx.attr.expect,
        forbid = ctx.attr.forbid,
        end = ctx.attr.end,
        fails_with = ctx.attr.fails_with or None,
    )))
    files = ctx.files.qemu + ctx.files.kernel + ctx.files.initramfs + ctx.files.firmware + ctx.files.disks + ctx.files.client_data
    return [DefaultInfo(
        files = depset([spec]),
        runfiles = ctx.runfiles(files).merge_all([target[DefaultInfo].default_runfiles for target in ctx.attr.client_data]),
    )]

_vm_spec = rule(
    implementation = _vm_spec_impl,
    doc = "The test description for the program vm-test; src/spec.rs documents its fields.",
    attrs = {
        "client_after": attr.string(),
        "client_command": attr.string_list(),
        "client_data": attr.label_list(allow_files = True),
        "client_expect": attr.string_list(),
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
        "firmware": attr.label(allow_single_file = True),
        "forbid": attr.string_list(),
        "host_port": attr.int(),
        "initramfs": attr.label(allow_single_file = True),
        "kernel": attr.label(allow_single_file = True),
        "link": attr.string(),
        "machine": attr.string(mandatory = True),
        "memory": attr.int(),
        "qemu": attr.label(
            allow_single_file = True,
            mandatory = True,
        ),
        "script": attr.string_list(doc = "Pairs of a text to wait for and a line to type."),
    },
)

def client(after, command, data, expect = []):
    """Describes a program that runs on the host beside the machine, and has to succeed.

    Args:
        after: the text of the console after which it starts.
        command: the program and its arguments. `$(rootpath LABEL)` is the path of a file in `data`, `{port}` the port of 127.0.0.1 that is
            forwarded to the firmware's UDP port of fastboot.
        data: the program, and the files that it reads.
        expect: texts that it has to print, in this order.

    Returns:
        the argument `client` of vm_test.
    """
    return struct(after = after, command = command, data = data, expect = expect)

def vm_test(
        name,
        machine,
        initramfs = None,
        firmware = None,
        link = None,
        script = [],
        client = None,
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
        machine: a key of MACHINES; its kernel is booted, unless `firmware` is given.
        initramfs: the initramfs for the machine's kernel.
        firmware: what the machine starts in place of a kernel. It has a network, which in a sandbox of Bazel reaches only the host.
        link: a network with one other machine: `listen` for the one that starts first, `connect` for the one that its client starts. That client
            is the program vm-test, with the target `<name>_spec` of another vm_test, which is `manual`.
        script: pairs of a text to wait for on the console and a line to type then.
        client: what runs on the host after that, from `client`.
        disks: raw images, /dev/vda and so on. The machine gets writable copies; a change fails the test.
        command_line: kernel parameters besides the console.
        expect: texts that the console has to show after that, in this order.
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
        client_after = client.after if client else "",
        client_command = client.command if client else [],
        client_data = client.data if client else [],
        client_expect = client.expect if client else [],
        command_line = command_line,
        deadline = deadline,
        disks = disks,
        end = end,
        expect = expect,
        fails_with = fails_with,
        firmware = firmware,
        forbid = forbid + _FORBIDDEN,
        initramfs = initramfs,
        kernel = None if firmware else MACHINES[machine].kernel,
        link = link,
        machine = MACHINES[machine].cpu,
        memory = memory,
        qemu = MACHINES[machine].qemu,
        script = [text for pair in script for text in pair],
        # Built, with its disks and programs, only for a test that runs.
        tags = tags + ["manual"],
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

def vm_machine(name, machine, firmware, script, disks, end_after, tags = [], **kwargs):
    """A machine to try something with: `bazel run` boots it, and forwards UDP port 5554 of 127.0.0.1 to that of its fastboot.

    It ends after an hour, or once the console shows a text. Its disks are copies.

    Args:
        name: the target's name.
        machine: a key of MACHINES.
        firmware: what the machine starts.
        script: as for vm_test.
        disks: as for vm_test.
        end_after: the text after which it ends.
        tags: further tags.
        **kwargs: further attributes of the program.
    """
    spec = name + "_spec"
    _vm_spec(
        name = spec,
        testonly = True,
        deadline = 3600,
        disks = disks,
        end = "expected",
        expect = [end_after],
        firmware = firmware,
        host_port = _FASTBOOT_PORT,
        machine = MACHINES[machine].cpu,
        memory = 512,
        qemu = MACHINES[machine].qemu,
        script = [text for pair in script for text in pair],
        tags = tags,
        target_compatible_with = IN_DEBIAN_ROOT,
    )
    native_binary(
        name = name,
        testonly = True,
        src = "//tests/support/vm-test:program",
        out = name + "_bin",
        args = ["$(rootpath :{})".format(spec)],
        data = [spec],
        tags = tags,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

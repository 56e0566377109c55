"""The two kinds of tests of stage0: it boots a root, or says why it cannot."""

load("//tests/support/vm-test:vm_test.bzl", "vm_test")

# Lines of a boot must not get lost: the kernel drops some where they come fast.
_ALL_LINES = ["printk.devkmsg=on"]

# What tests/vm/images/init says of a system as it should be, before and after what only some tests ask for.
_STARTED = [
    "init: started as process 1",
    "init: input is /dev/console",
    "init: / is overlay rw,",
    "init: /dev is devtmpfs rw,",
    "init: /proc is proc rw,",
    "init: /run is tmpfs rw,",
    "init: /sys is sysfs rw,",
]
_WRITTEN = [
    "init: /etc/new was written",
    "init: /usr/bin/sh was removed",
    "init: done",
]

def boot_test(name, machine, image, root = None, command_line = [], expect = [], found = [], initramfs = None, **kwargs):
    """Passes when stage0 boots the small root file system, and nothing is written to the disk.

    Args:
        name: the test's name.
        machine: a key of MACHINES.
        image: the disk.
        root: stage0's setting of that name, on the kernel's command line; None where the initramfs has it.
        command_line: more words for the kernel's command line.
        expect: what stage0 has to say before that.
        found: what the init has to find besides the usual.
        initramfs: another initramfs than the machine's.
        **kwargs: further attributes of the test.
    """
    vm_test(
        name = name,
        command_line = _ALL_LINES + ["stage0.on_error=poweroff"] + (["stage0.root=" + root] if root else []) + command_line,
        disks = [image],
        expect = expect + ["stage0: becoming /sbin/init"] + _STARTED + found + _WRITTEN,
        forbid = ["stage0: step "],
        initramfs = initramfs or "//tests/vm/images:{}.initramfs".format(machine),
        machine = machine,
        **kwargs
    )

def failure_test(name, step, cause, command_line = [], image = None, initramfs = "//tests/vm/images:aarch64.initramfs", **kwargs):
    """Passes when stage0 fails with the line that docs/stage0.md promises, and then switches the machine off as it is told to.

    Args:
        name: the test's name.
        step: the step that fails.
        cause: the cause.
        command_line: words for the kernel's command line.
        image: the disk, if there is one.
        initramfs: the initramfs.
        **kwargs: further attributes of the test.
    """
    vm_test(
        name = name,
        command_line = _ALL_LINES + ["stage0.on_error=poweroff"] + command_line,
        disks = [image] if image else [],
        expect = [
            "stage0: step {}: ".format(step),
            cause,
            " (on_error: poweroff)",
        ],
        initramfs = initramfs,
        machine = "aarch64",
        **kwargs
    )

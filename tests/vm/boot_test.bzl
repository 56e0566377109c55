"""boot_test and failure_test: stage0 boots a root, or reports why it cannot."""

load("//tests/support/vm-test:vm_test.bzl", "vm_test")

# Disables the kernel's rate limit for /dev/kmsg, which would drop lines.
_ALL_LINES = ["printk.devkmsg=on"]

# The output of tests/vm/images/init in a correct system, before and after the lines that only some tests expect.
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

def boot_output(expect_init = []):
    """Returns what stage0 and the small root file system print when they boot.

    Args:
        expect_init: output that is expected from init besides the usual.
    """
    return ["stage0: becoming /sbin/init"] + _STARTED + expect_init + _WRITTEN

def boot_test(name, machine, image, root = None, command_line = [], expect = [], expect_init = [], initramfs = None, **kwargs):
    """Passes if stage0 boots the small root file system, and nothing is written to the disk.

    Args:
        name: the test's name.
        machine: a key of MACHINES.
        image: the disk.
        root: the setting `root`, passed on the kernel command line; None if the initramfs has it.
        command_line: more parameters for the kernel command line.
        expect: output that is expected from stage0 before it executes init.
        expect_init: output that is expected from init besides the usual.
        initramfs: an initramfs in place of the machine's.
        **kwargs: further attributes of vm_test.
    """
    vm_test(
        name = name,
        command_line = _ALL_LINES + ["stage0.on_error=poweroff"] + (["stage0.root=" + root] if root else []) + command_line,
        disks = [image],
        expect = expect + boot_output(expect_init),
        forbid = ["stage0: step "],
        initramfs = initramfs or "//tests/vm/images:{}.initramfs".format(machine),
        machine = machine,
        **kwargs
    )

def failure_test(name, step, cause, command_line = [], image = None, initramfs = "//tests/vm/images:aarch64.initramfs", **kwargs):
    """Passes if stage0 fails with the line that docs/stage0.md documents, and then powers the machine off as configured.

    Args:
        name: the test's name.
        step: the step that fails.
        cause: a part of the cause in stage0's message.
        command_line: parameters for the kernel command line.
        image: the disk, or None.
        initramfs: the initramfs to boot.
        **kwargs: further attributes of vm_test.
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

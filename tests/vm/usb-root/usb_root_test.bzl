"""usb_root_test: a machine that is phone and host boots the root that the host serves over USB."""

load("//tests/support/vm-test:vm_test.bzl", "vm_test")

# Disables the kernel's rate limit for /dev/kmsg, which would drop lines.
_ALL_LINES = ["printk.devkmsg=on"]

# The program as PID 1 of the initramfs, where it starts the host side, and of the root.
_PROGRAMS = [
    "rdinit=/usr/lib/usb-root/wrapper",
    "stage0.init=/usr/lib/usb-root/init",
]

def usb_root_test(name, machine, image, run, command_line = [], disks = [], expect = [], forbid = [], initramfs = None, root = "usb", **kwargs):
    """Passes if all that is read over USB is right, during and after what `run` does.

    Args:
        name: the test's name.
        machine: a key of MACHINES.
        image: what the host serves, the machine's first disk.
        run: what happens after the first read, as in src/host_side.rs.
        command_line: more parameters for the kernel command line.
        disks: more disks.
        expect: output that is expected before the end.
        forbid: output that must not appear.
        initramfs: an initramfs in place of the machine's.
        root: the setting `root`.
        **kwargs: further attributes of vm_test.
    """
    vm_test(
        name = name,
        command_line = _ALL_LINES + _PROGRAMS + [
            "stage0.on_error=poweroff",
            "stage0.root=" + root,
            "usb_root.run=" + run,
        ] + command_line,
        disks = [image] + disks,
        expect = ["read twice, with the right SHA-256"] + expect + ["usb-root: all passed"],
        forbid = [
            "stage0: step ",
            "usb-root: failed",
        ] + forbid,
        initramfs = initramfs or ":{}.initramfs".format(machine),
        machine = machine,
        **kwargs
    )

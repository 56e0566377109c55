"""Machines that boot through U-Boot, a real boot loader with fastboot over UDP: for tests, and to try."""

load("//tests/support/vm-test:vm_test.bzl", "client", "vm_machine", "vm_test")

# The address in the machine's memory to which U-Boot copies the kernel, with the initramfs 128 MiB behind it. The memory begins at 0x40000000, and
# U-Boot receives images at 0x44000000.
BASE = "0x50000000"

# What the kernel needs besides the settings of a test, as in VMs without a boot loader.
COMMAND_LINE = "console=ttyAMA0 panic=-1 printk.devkmsg=on"

# U-Boot's commands for an image without a device tree, which gets U-Boot's own, and for one with a device tree.
BOOT_V0 = "bootm 0x44000000 0x44000000 ${fdtcontroladdr}"
BOOT_V2 = "bootm 0x44000000 0x44000000"

_FIRMWARE = "@debian_usr//:vm-u-boot-aarch64"
_MACHINE = "aarch64"

def _script(boot):
    """Returns what is typed at U-Boot's prompt, so that it waits for an image and boots it with the command `boot`."""
    commands = [
        "setenv ipaddr 10.0.2.15",
        "setenv netmask 255.255.255.0",
        "setenv gatewayip 10.0.2.2",
        "setenv fastboot_bootcmd " + boot,
        "fastboot udp",
    ]
    return [("=> ", command) for command in commands]

def fastboot_test(name, boot, client_command, client_data, client_expect = [], **kwargs):
    """Passes if the client succeeds, and the machine then does what is expected.

    Args:
        name: the test's name.
        boot: the command with which U-Boot boots what the client sent.
        client_command: the client and its arguments, as in `client`.
        client_data: the client, and the files that it reads.
        client_expect: what the client has to print.
        **kwargs: further attributes of vm_test.
    """
    vm_test(
        name = name,
        client = client(
            after = "Listening for fastboot command on 10.0.2.15",
            command = client_command,
            data = client_data,
            expect = client_expect,
        ),
        firmware = _FIRMWARE,
        machine = _MACHINE,
        script = _script(boot),
        **kwargs
    )

def fastboot_machine(name, boot, **kwargs):
    """A machine that waits for an image, at UDP port 5554 of 127.0.0.1, as long as `bazel run` runs it.

    Args:
        name: the target's name.
        boot: the command with which U-Boot boots what it receives.
        **kwargs: further attributes of vm_machine.
    """
    vm_machine(
        name = name,
        firmware = _FIRMWARE,
        machine = _MACHINE,
        script = _script(boot),
        **kwargs
    )

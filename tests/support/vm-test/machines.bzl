"""The machines that VM tests boot: QEMU, and Debian's kernel, its modules and busybox for that CPU, from the Debian root."""

# CPU (a value of the enum Machine in src/machine.rs) -> its QEMU.
_QEMU = {
    "aarch64": "@debian_usr//:bin/qemu-system-aarch64",
    "armv7": "@debian_usr//:bin/qemu-system-arm",
    "x86_64": "@debian_usr//:bin/qemu-system-x86_64",
}

# CPU -> the stage0 for it.
_STAGE0 = {
    "aarch64": "//stage0:fastboop-stage0-aarch64-unknown-linux-musl",
    "armv7": "//stage0:fastboop-stage0-armv7-unknown-linux-musleabihf",
    "x86_64": "//stage0:fastboop-stage0-x86_64-unknown-linux-musl",
}

# `machine` of a vm_test -> its CPU: the newest kernel for each, and Debian 12's.
_CPU = {
    "aarch64": "aarch64",
    "armv7": "armv7",
    "x86_64": "x86_64",
    "x86_64_linux61": "x86_64",
}

MACHINES = {
    machine: struct(
        busybox = "@debian_usr//:vm-busybox-" + machine,
        cpu = cpu,
        kernel = "@debian_usr//:vm-kernel-" + machine,
        modules = "@debian_usr//:vm-modules-" + machine,
        qemu = _QEMU[cpu],
        stage0 = _STAGE0[cpu],
    )
    for machine, cpu in _CPU.items()
}

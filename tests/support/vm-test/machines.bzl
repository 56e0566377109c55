"""The machines that VM tests boot: QEMU, and Debian's kernel, its modules and busybox for that CPU, from the Debian root."""

# `machine` of a vm_test (a value of the enum Machine in src/machine.rs) -> its QEMU.
_QEMU = {
    "aarch64": "@debian_usr//:bin/qemu-system-aarch64",
    "armv7": "@debian_usr//:bin/qemu-system-arm",
    "x86_64": "@debian_usr//:bin/qemu-system-x86_64",
}

# Machine -> the stage0 for it.
_STAGE0 = {
    "aarch64": "//stage0:fastboop-stage0-aarch64-unknown-linux-musl",
    "armv7": "//stage0:fastboop-stage0-armv7-unknown-linux-musleabihf",
    "x86_64": "//stage0:fastboop-stage0-x86_64-unknown-linux-musl",
}

MACHINES = {
    machine: struct(
        busybox = "@debian_usr//:vm-busybox-" + machine,
        kernel = "@debian_usr//:vm-kernel-" + machine,
        modules = "@debian_usr//:vm-modules-" + machine,
        qemu = qemu,
        stage0 = _STAGE0[machine],
    )
    for machine, qemu in _QEMU.items()
}

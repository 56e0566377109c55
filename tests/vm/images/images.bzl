"""Rules for disk images, and for what is in them."""

load("//tests/support/vm-test:machines.bzl", "MACHINES")
load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")

def corrupt_image(name, src, offset, length):
    """Declares a copy of an image with a range of zeros.

    Args:
        name: the image's name.
        src: the intact image.
        offset: the start of the zeros, in bytes.
        length: the number of zeros, in bytes.
    """
    native.genrule(
        name = name + "_rule",
        srcs = [src],
        outs = [name],
        cmd = "$(location overwrite) $< $@ {} {}".format(offset, length),
        target_compatible_with = IN_DEBIAN_ROOT,
        tools = ["overwrite"],
    )

def gpt_image(name, boot, root, partition_name = "system_a", stale = False):
    """Declares a disk image with a GUID partition table and two partitions. The script gpt-image defines their UUIDs.

    Args:
        name: the image's name.
        boot: the content of the first partition.
        root: the content of the second partition.
        partition_name: the name of the second partition.
        stale: whether the disk has an MBR with the same partitions in the other order, so that the kernel ignores the GPT.
    """
    native.genrule(
        name = name + "_rule",
        srcs = [
            boot,
            root,
        ],
        outs = [name],
        cmd = "$(location gpt-image) $(location @debian_usr//:sbin/sfdisk) $@ $(SRCS) '{}' {}".format(partition_name, "stale" if stale else ""),
        target_compatible_with = IN_DEBIAN_ROOT,
        tools = [
            "gpt-image",
            "@debian_usr//:sbin/sfdisk",
        ],
    )

def acl_image(name, src):
    """Declares a copy of an ext4 image whose root directory has a default access control list.

    Args:
        name: the image's name.
        src: the ext4 image.
    """
    native.genrule(
        name = name + "_rule",
        srcs = [src],
        outs = [name],
        cmd = "$(location acl-image) $(location @debian_usr//:sbin/debugfs) $< $@",
        target_compatible_with = IN_DEBIAN_ROOT,
        tools = [
            "acl-image",
            "@debian_usr//:sbin/debugfs",
        ],
    )

def virt_dtb(name):
    """Declares the device tree that QEMU gives to the aarch64 machine of VM tests when it starts with firmware.

    Args:
        name: the file's name.
    """
    native.genrule(
        name = name + "_rule",
        srcs = ["@debian_usr//:vm-u-boot-aarch64"],
        outs = [name],
        # The machine of src/machine.rs and the memory of vm_test. Random seeds would make every file another one.
        cmd = "output=$$($(location @debian_usr//:bin/qemu-system-aarch64) -machine virt,accel=tcg,dumpdtb=$@,dtb-randomness=off -cpu cortex-a53 " +
              "-m 512 -smp 1 -display none -nodefaults -bios $< 2>&1) || { echo \"$$output\" >&2; exit 1; }",
        target_compatible_with = IN_DEBIAN_ROOT,
        tools = ["@debian_usr//:bin/qemu-system-aarch64"],
    )

def live_archive(name, archive, machine, dtb):
    """Declares the archive of a distribution with kernel, modules and device tree.

    Args:
        name: the archive's name.
        archive: the distribution's other files, as a tar archive.
        machine: a key of MACHINES, whose kernel and modules are added.
        dtb: the device tree, which becomes qemu/virt.dtb.
    """
    files = MACHINES[machine]
    native.genrule(
        name = name + "_rule",
        srcs = [
            archive,
            files.kernel,
            dtb,
            files.modules,
        ],
        outs = [name],
        cmd = "$(location live-archive) $(location @debian_usr//:bin/bsdtar) $@ $(location {}) $(location {}) $(location {}) $(locations {})".format(
            archive,
            files.kernel,
            dtb,
            files.modules,
        ),
        target_compatible_with = IN_DEBIAN_ROOT,
        tools = [
            "live-archive",
            "@debian_usr//:bin/bsdtar",
        ],
    )

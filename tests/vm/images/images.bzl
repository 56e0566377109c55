"""corrupt_image, gpt_image and acl_image: rules for disk images."""

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

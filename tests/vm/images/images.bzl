"""corrupt_image and gpt_image: rules for disk images."""

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

def gpt_image(name, boot, root):
    """Declares a disk image with a GUID partition table and two partitions. The script gpt-image defines their names and UUIDs.

    Args:
        name: the image's name.
        boot: the content of the first partition.
        root: the content of the second partition.
    """
    native.genrule(
        name = name + "_rule",
        srcs = [
            boot,
            root,
        ],
        outs = [name],
        cmd = "$(location gpt-image) $(location @debian_usr//:sbin/sfdisk) $@ $(SRCS)",
        target_compatible_with = IN_DEBIAN_ROOT,
        tools = [
            "gpt-image",
            "@debian_usr//:sbin/sfdisk",
        ],
    )

"""Small rules that make what machines boot from."""

load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")

def overwritten(name, src, offset, length):
    """A damaged image.

    Args:
        name: the image's name.
        src: the sound image.
        offset: where zeros begin, in bytes.
        length: how many there are.
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
    """A disk with a GUID partition table and two partitions; the script gpt-image has their names and UUIDs.

    Args:
        name: the image's name.
        boot: the image in its first partition.
        root: the image in its second partition.
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

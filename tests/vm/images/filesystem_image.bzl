"""filesystem_image: builds the image of a file system from a tar archive with that file system's own tool, reproducibly."""

load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")

def _erofs(ctx, archive, out):
    ctx.actions.run(
        arguments = [
            "--quiet",
            "--tar=f",
            "-T0",
            "-zlz4hc",
            "-L" + ctx.attr.volume_label,
            "-U" + ctx.attr.uuid,
            out.path,
            archive.path,
        ],
        executable = ctx.file._mkfs_erofs,
        inputs = [archive],
        mnemonic = "Erofs",
        outputs = [out],
    )

def _ext4(ctx, archive, out):
    ctx.actions.run(
        arguments = [
            "-q",
            "-text4",
            "-d" + archive.path,
            "-L" + ctx.attr.volume_label,
            "-U" + ctx.attr.uuid,
            "-Ehash_seed=" + ctx.attr.uuid,
            "-m0",
            out.path,
            ctx.attr.ext4_size,
        ],
        # mke2fs uses this for all timestamps.
        env = {"SOURCE_DATE_EPOCH": "0"},
        executable = ctx.file._mke2fs,
        inputs = [archive],
        mnemonic = "Ext4",
        outputs = [out],
    )

def _squashfs(ctx, archive, out):
    ctx.actions.run_shell(
        arguments = [
            ctx.file._mksquashfs.path,
            out.path,
            archive.path,
        ],
        # mksquashfs reads archives only from standard input.
        command = 'exec "$1" - "$2" -tar -quiet -no-progress -all-time 0 -mkfs-time 0 -root-mode 755 <"$3"',
        inputs = [archive],
        mnemonic = "Squashfs",
        outputs = [out],
        tools = [ctx.file._mksquashfs],
    )

# The function that builds each file system.
FILE_SYSTEMS = {
    "erofs": _erofs,
    "ext4": _ext4,
    "squashfs": _squashfs,
}

def _filesystem_image_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    FILE_SYSTEMS[ctx.attr.type](ctx, ctx.file.archive, out)
    return [DefaultInfo(files = depset([out]))]

_filesystem_image = rule(
    implementation = _filesystem_image_impl,
    attrs = {
        "archive": attr.label(
            doc = "The content, as a tar archive.",
            allow_single_file = True,
            mandatory = True,
        ),
        "ext4_size": attr.string(
            doc = "The size of an ext4 image, as an argument of mke2fs. Images of other types are as small as possible.",
            default = "16M",
        ),
        "type": attr.string(
            doc = "The file system.",
            mandatory = True,
            values = FILE_SYSTEMS.keys(),
        ),
        "uuid": attr.string(
            doc = "The UUID; squashfs has none.",
            default = "5e1d1f3e-0000-4000-8000-000000000001",
        ),
        "volume_label": attr.string(
            doc = "The label; squashfs has none.",
            default = "vm-root",
        ),
        "_mke2fs": attr.label(
            allow_single_file = True,
            default = "@debian_usr//:sbin/mke2fs",
        ),
        "_mkfs_erofs": attr.label(
            allow_single_file = True,
            default = "@debian_usr//:bin/mkfs.erofs",
        ),
        "_mksquashfs": attr.label(
            allow_single_file = True,
            default = "@debian_usr//:bin/mksquashfs",
        ),
    },
)

def filesystem_image(name, **kwargs):
    """Declares an image of a file system.

    Args:
        name: the target's name, which is also the file's name.
        **kwargs: the attributes of the rule.
    """
    _filesystem_image(
        name = name,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

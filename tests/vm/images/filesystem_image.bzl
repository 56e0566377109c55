"""filesystem_image: an image of a file system from a tar archive, made by that file system's own tool; the same bytes every time."""

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
        # mke2fs takes this as the time of everything that it makes.
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
        # It reads archives from its standard input only.
        command = 'exec "$1" - "$2" -tar -quiet -no-progress -all-time 0 -mkfs-time 0 -root-mode 755 <"$3"',
        inputs = [archive],
        mnemonic = "Squashfs",
        outputs = [out],
        tools = [ctx.file._mksquashfs],
    )

# The file systems, each with what makes it.
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
            doc = "The tar archive of what is in it.",
            allow_single_file = True,
            mandatory = True,
        ),
        "ext4_size": attr.string(
            doc = "The size of an ext4, as mke2fs reads it. The others are as large as they need be.",
            default = "16M",
        ),
        "type": attr.string(
            doc = "Which file system.",
            mandatory = True,
            values = FILE_SYSTEMS.keys(),
        ),
        "uuid": attr.string(
            doc = "Its UUID; squashfs has none.",
            default = "5e1d1f3e-0000-4000-8000-000000000001",
        ),
        "volume_label": attr.string(
            doc = "Its label; squashfs has none.",
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
    """An image with the target's name.

    Args:
        name: the name.
        **kwargs: the attributes above.
    """
    _filesystem_image(
        name = name,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

"""archive: a tar or cpio archive from a description of what is in it, made by bsdtar; the same bytes every time."""

load("//toolchains/debian:root.bzl", "IN_DEBIAN_ROOT")

def _archive_impl(ctx):
    description = ctx.actions.declare_file(ctx.label.name + ".mtree")
    ctx.actions.expand_template(
        output = description,
        substitutions = {
            "{" + name + "}": target.files.to_list()[0].path
            for target, name in ctx.attr.files.items()
        },
        template = ctx.file.description,
    )
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.run(
        arguments = [
            "--create",
            "--format=" + ctx.attr.format,
            "--file=" + out.path,
            "@" + description.path,
        ],
        executable = ctx.file._bsdtar,
        inputs = [description] + ctx.files.files,
        mnemonic = "Archive",
        outputs = [out],
    )
    return [DefaultInfo(files = depset([out]))]

_archive = rule(
    implementation = _archive_impl,
    attrs = {
        "description": attr.label(
            doc = "In mtree(5), the format of BSD, with owners and times. `{name}` is replaced with the path of a file.",
            allow_single_file = True,
            mandatory = True,
        ),
        "files": attr.label_keyed_string_dict(
            doc = "Files that go into it, each with the name that the description has for it.",
            allow_files = True,
        ),
        "format": attr.string(
            doc = "As bsdtar calls it.",
            default = "ustar",
            values = [
                "newc",
                "ustar",
            ],
        ),
        "_bsdtar": attr.label(
            allow_single_file = True,
            default = "@debian_usr//:bin/bsdtar",
        ),
    },
)

def archive(name, **kwargs):
    """An archive with the target's name.

    Args:
        name: the name.
        **kwargs: the attributes above.
    """
    _archive(
        name = name,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

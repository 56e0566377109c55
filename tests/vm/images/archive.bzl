"""archive: builds a tar or cpio archive from an mtree description with bsdtar, reproducibly."""

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
        ] + ["@" + archive.path for archive in ctx.files.archives],
        executable = ctx.file._bsdtar,
        inputs = [description] + ctx.files.files + ctx.files.archives,
        mnemonic = "Archive",
        outputs = [out],
    )
    return [DefaultInfo(files = depset([out]))]

_archive = rule(
    implementation = _archive_impl,
    attrs = {
        "archives": attr.label_list(
            doc = "Archives whose content is added.",
            allow_files = True,
        ),
        "description": attr.label(
            doc = "The content in BSD's format mtree(5), with owners and times. `{name}` is replaced with the path of a file.",
            allow_single_file = True,
            mandatory = True,
        ),
        "files": attr.label_keyed_string_dict(
            doc = "The files, each with its name in the description.",
            allow_files = True,
        ),
        "format": attr.string(
            doc = "The format, as in bsdtar's --format.",
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
    """Declares an archive.

    Args:
        name: the target's name, which is also the file's name.
        **kwargs: the attributes of the rule.
    """
    _archive(
        name = name,
        target_compatible_with = IN_DEBIAN_ROOT,
        **kwargs
    )

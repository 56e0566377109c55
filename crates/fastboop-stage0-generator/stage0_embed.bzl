"""stage0_embed: the step between a stage0 artifact and the crate that embeds it. It lets nothing pass that is not what it should be."""

load("@rules_rust//rust:rust_common.bzl", "BuildInfo")

def _stage0_embed_impl(ctx):
    files = ctx.files.src
    if len(files) != 1:
        fail("stage0: {} gives {} files ({}), but exactly one is embedded. Name the file itself, or a target with one output.".format(
            ctx.attr.src.label,
            len(files),
            ", ".join([file.short_path for file in files]) or "none",
        ))
    artifact = files[0]
    if artifact.is_directory:
        fail("stage0: {} gives the directory {}, but one file is embedded. Name the file itself.".format(
            ctx.attr.src.label,
            artifact.short_path,
        ))

    # The file keeps its own name: an asset name contains the target.
    out = ctx.actions.declare_file(ctx.label.name + "/fastboop-stage0-embedded")
    args = ctx.actions.args()
    if ctx.attr.target:
        args.add("--target", ctx.attr.target)
    args.add(artifact)
    args.add(out)
    ctx.actions.run(
        executable = ctx.executable._embed,
        arguments = [args],
        inputs = [artifact],
        outputs = [out],
        mnemonic = "Stage0Embed",
        progress_message = "Checking stage0 %{input}",
    )
    return [
        DefaultInfo(files = depset([out])),
        # What a build script hands to the crate that has this in `deps`. Not `compile_data`: with a generated file there, newer versions of
        # rules_rust, but not Debian's, compile the crate from links below bazel-out, and its symbol hashes depend on the root's path.
        BuildInfo(
            compile_data = depset([out]),
            dep_env = None,
            flags = None,
            link_search_paths = None,
            linker_flags = None,
            out_dir = None,
            rustc_env = None,
        ),
    ]

stage0_embed = rule(
    implementation = _stage0_embed_impl,
    doc = """Checks one stage0 artifact and hands a copy of it on to the crate that has this in `deps`.

The same check as build.rs makes for Cargo users; where it fails, the build fails with its message.""",
    attrs = {
        "src": attr.label(
            doc = "The artifact: exactly one file.",
            allow_files = True,
            mandatory = True,
        ),
        "target": attr.string(doc = """The target triple that it has to be for.

Where empty, the one in the file's name if that is an asset name, else aarch64-unknown-linux-musl."""),
        "_embed": attr.label(
            # Not "exec": it brings its own configuration along.
            cfg = "target",
            default = "//tools/build/stage0-embed:static",
            executable = True,
        ),
    },
)

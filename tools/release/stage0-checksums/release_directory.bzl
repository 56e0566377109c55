"""release_directory: copies the files of a release to one directory, with the SHA256SUMS that lists them."""

def _release_directory_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add(ctx.executable._checksums)

    # The directory's own path, not those of the files in it.
    args.add_all([out], expand_directories = False)
    args.add_all(ctx.files.srcs)
    ctx.actions.run_shell(
        # An input of an action can be a symbolic link: copy its target, as the link does not lead out of the output.
        command = 'checksums=$1 out=$2 && shift 2 && cp -L -- "$@" "$out" && "$checksums" generate "$out" -o "$out/SHA256SUMS" >/dev/null',
        arguments = [args],
        inputs = ctx.files.srcs,
        outputs = [out],
        tools = [ctx.executable._checksums],
        mnemonic = "ReleaseDirectory",
        progress_message = "Gathering %{output}",
    )
    return [DefaultInfo(
        files = depset([out]),
        runfiles = ctx.runfiles([out]),
    )]

release_directory = rule(
    implementation = _release_directory_impl,
    doc = "A directory with a copy of each file, under its own name, and the SHA256SUMS that lists them.",
    attrs = {
        "srcs": attr.label_list(
            doc = "The files; no two may have the same name.",
            allow_empty = False,
            allow_files = True,
            mandatory = True,
        ),
        "_checksums": attr.label(
            cfg = "exec",
            default = "//tools/release/stage0-checksums",
            executable = True,
        ),
    },
)

"""cargo_graph: the crates of a Cargo workspace, as JSON for build-parity.

A repository rule, because Cargo requires the registry's index to resolve features, and actions have no network; crate_universe runs
Cargo the same way. crate_graph.bzl writes the crates of Bazel in the same format.
"""

def _cargo(repository_ctx, arguments):
    manifest = repository_ctx.path(repository_ctx.attr.manifest)
    repository_ctx.watch(manifest)
    repository_ctx.watch(manifest.dirname.get_child("Cargo.lock"))
    result = repository_ctx.execute(
        [repository_ctx.path(repository_ctx.attr.cargo)] + arguments + ["--locked", "--manifest-path", manifest],
        environment = {"RUSTC": str(repository_ctx.path(repository_ctx.attr.rustc))},
    )
    if result.return_code:
        fail("cargo {} failed for {}:\n{}".format(arguments[0], manifest, result.stderr))
    return result.stdout

def _packages(tree):
    """Reads `cargo tree --prefix=depth --format={p}|{f}`: lines such as `2name v1.2.3 (proc-macro)|feature,feature (*)`."""
    packages = {}
    ancestors = {}
    for line in tree.splitlines():
        package, bar, features = line.removesuffix(" (*)").partition("|")
        if not bar:
            continue
        depth = len(package) - len(package.lstrip("0123456789"))
        name, version = package[depth:].split(" ")[:2]
        level = int(package[:depth])
        key = "{} {}".format(name, version.removeprefix("v"))
        known = packages.setdefault(key, struct(deps = {}, features = {}))
        known.features.update({feature: None for feature in features.split(",") if feature})
        if level > 0:
            packages[ancestors[level - 1]].deps[key] = None
        ancestors[level] = key
    return packages

def _cargo_graph_impl(repository_ctx):
    for member in repository_ctx.attr.members:
        repository_ctx.watch(repository_ctx.path(member))
    metadata = json.decode(_cargo(repository_ctx, ["metadata", "--format-version=1"]))
    edition_of = {"{name} {version}".format(**package): package["edition"] for package in metadata["packages"]}

    # Only `cargo tree` resolves dependencies and features as a build does; `cargo metadata` adds those of tests.
    packages = _packages(_cargo(repository_ctx, ["tree", "--workspace", "--edges=normal,build", "--prefix=depth", "--format={p}|{f}"]))
    crates = [
        {
            "deps": package.deps.keys(),
            "edition": edition_of[key],
            "features": package.features.keys(),
            "name": key.split(" ")[0],
            "version": key.split(" ")[1],
        }
        for key, package in packages.items()
    ]
    top = str(repository_ctx.path(repository_ctx.attr.manifest).dirname)
    members = [
        "//{}:{}".format(package["manifest_path"].removeprefix(top + "/").removesuffix("/Cargo.toml"), package["name"])
        for package in metadata["packages"]
        if package["id"] in metadata["workspace_members"]
    ]
    repository_ctx.file("cargo.json", json.encode(crates))
    repository_ctx.file("members.bzl", "MEMBERS = {}\n".format(json.encode_indent(members)))
    repository_ctx.file("BUILD.bazel", """exports_files(["cargo.json"])\n""")

cargo_graph = repository_rule(
    implementation = _cargo_graph_impl,
    doc = """A repository that describes a Cargo workspace.

cargo.json lists the package, version, edition, features and dependencies of every crate. MEMBERS in members.bzl lists the label of each
member's target, which has the name of its Cargo package.""",
    attrs = {
        "cargo": attr.label(default = "@rust_host_tools//:bin/cargo"),
        "manifest": attr.label(
            doc = "The workspace's Cargo.toml; Cargo.lock is beside it.",
            mandatory = True,
        ),
        "members": attr.label_list(doc = "The members' manifests: Cargo runs again when one changes."),
        "rustc": attr.label(default = "@rust_host_tools//:bin/rustc"),
    },
)

"""crate_graph: the crates of Bazel targets, as JSON for build-parity.

cargo_graph.bzl writes the crates of Cargo in the same format.
"""

load("@rules_rust//rust:defs.bzl", "rust_common")

_CrateGraphInfo = provider(
    doc = "The crates of a target and its dependencies.",
    fields = {
        "crate": "The JSON object of the target's own crate, or None.",
        "dependencies": "depset of JSON objects, one per crate.",
        "edition": "The crate's Rust edition, or None.",
        "package": "The Cargo package of this target, as `name version`, or None.",
        "uses": "`name version` of each package that the target depends on.",
    },
)

_EDGES = [
    "deps",
    "proc_macro_deps",
    "script",
]

def _package_name(label, tags):
    # crate_universe sets a tag to the name of the package; our own targets have the name of their package.
    for tag in tags:
        if tag.startswith("crate-name="):
            return tag.removeprefix("crate-name=")
    return label.name

def _crate(target, attr, edition, uses):
    return json.encode({
        "deps": uses,
        "edition": edition,
        "features": attr.crate_features,
        "name": _package_name(target.label, attr.tags),
        "version": attr.version,
    })

def _crate_graph_aspect_impl(target, ctx):
    attr = ctx.rule.attr
    infos = []
    for edge in _EDGES:
        value = getattr(attr, edge, None) or []
        for dep in value if type(value) == "list" else [value]:
            if _CrateGraphInfo in dep:
                infos.append(dep[_CrateGraphInfo])
    uses = [info.package for info in infos if info.package]
    edition = None
    crate = None
    package = None
    if hasattr(attr, "script"):
        # A build script: a binary without its package's version, wrapped in one or two rules, the last of which has the version.
        script = attr.script[_CrateGraphInfo]
        edition = script.edition
        uses = script.uses
        if hasattr(attr, "version"):
            crate = _crate(target, attr, edition, uses)
    elif rust_common.crate_info in target:
        edition = target[rust_common.crate_info].edition
        crate = _crate(target, attr, edition, uses)
        package = "{} {}".format(_package_name(target.label, attr.tags), attr.version)

    return [_CrateGraphInfo(
        crate = crate,
        dependencies = depset(
            [info.crate for info in infos if info.crate and not hasattr(attr, "script")],
            transitive = [info.dependencies for info in infos],
        ),
        edition = edition,
        package = package,
        uses = uses,
    )]

_crate_graph_aspect = aspect(
    implementation = _crate_graph_aspect_impl,
    attr_aspects = _EDGES,
)

def _crate_graph_impl(ctx):
    infos = [target[_CrateGraphInfo] for target in ctx.attr.crates]
    crates = depset([info.crate for info in infos], transitive = [info.dependencies for info in infos])
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(out, "[" + ",\n".join(crates.to_list()) + "]\n")
    return [DefaultInfo(files = depset([out]))]

crate_graph = rule(
    implementation = _crate_graph_impl,
    doc = "Writes <name>.json: package, version, edition, features and dependencies of `crates` and of every crate that they depend on.",
    attrs = {
        "crates": attr.label_list(
            doc = "rust_library and rust_binary targets.",
            aspects = [_crate_graph_aspect],
            mandatory = True,
        ),
    },
)

"""crate_graph: what Bazel builds its crates from, as JSON for build-parity.

Cargo's side of the comparison, in the same format, is in cargo_graph.bzl.
"""

load("@rules_rust//rust:defs.bzl", "rust_common")

_CrateGraphInfo = provider(
    doc = "The crates at and below a target.",
    fields = {
        "below": "depset of JSON objects, one a crate.",
        "crate": "The JSON object of the target's own crate, or None.",
        "edition": "The crate's Rust edition, or None.",
        "package": "The Cargo package that others depend on with this target, as `name version`, or None.",
        "uses": "`name version` of each package that the target depends on.",
    },
)

_EDGES = [
    "deps",
    "proc_macro_deps",
    "script",
]

def _package_name(label, tags):
    # crate_universe names a crate's package in a tag; our own targets have the package's name.
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
        # A build script: a binary that does not know its package's version, behind one or two rules, the last of which does.
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
        below = depset(
            [info.crate for info in infos if info.crate and not hasattr(attr, "script")],
            transitive = [info.below for info in infos],
        ),
        crate = crate,
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
    crates = depset([info.crate for info in infos], transitive = [info.below for info in infos])
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(out, "[" + ",\n".join(crates.to_list()) + "]\n")
    return [DefaultInfo(files = depset([out]))]

crate_graph = rule(
    implementation = _crate_graph_impl,
    doc = "Writes <name>.json: package, version, edition, features and dependencies of every crate below `crates`.",
    attrs = {
        "crates": attr.label_list(
            doc = "rust_library and rust_binary targets.",
            aspects = [_crate_graph_aspect],
            mandatory = True,
        ),
    },
)

"""lld_test: only lld links for a platform, and the host's C toolchain is not an input, by the Rustc actions of a target and its dependencies."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

_RustcInfo = provider(
    doc = "The Rustc actions of a target and its dependencies.",
    fields = {"actions": "depset of structs: triple, linker (None if rustc links nothing or with its default), errors (tuple)."},
)

def _option(argv, name):
    """Returns the last value of an option, or None."""
    values = [word.removeprefix(name) for word in argv if word.startswith(name)]
    return values[-1] if values else None

def _describe(label, action):
    linker = _option(action.argv, "--codegen=linker=")
    errors = [file.path + " is an input" for file in action.inputs.to_list() if "local_config_cc" in file.path][:1]
    if linker and linker.split("/")[-1] not in ["ld.lld", "rust-lld"]:
        errors.append("linked by " + linker)
    if not linker and _option(action.argv, "--crate-type=") == "bin":
        errors.append("linked by rustc's default, the host's cc")
    return struct(
        triple = _option(action.argv, "--target=") or "",
        linker = linker,
        errors = tuple(["{}: {}".format(label, error) for error in errors]),
    )

def _rustc_aspect_impl(target, ctx):
    direct = [_describe(target.label, action) for action in target.actions if action.mnemonic == "Rustc"]
    values = [getattr(ctx.rule.attr, name) for name in dir(ctx.rule.attr)]
    deps = [dep for value in values for dep in (value if type(value) == "list" else [value]) if type(dep) == "Target"]
    inner = [dep[_RustcInfo].actions for dep in deps if _RustcInfo in dep]
    return [_RustcInfo(actions = depset(direct, transitive = inner))]

_rustc_aspect = aspect(
    implementation = _rustc_aspect_impl,
    attr_aspects = ["*"],
)

def _lld_test_impl(ctx):
    env = analysistest.begin(ctx)
    actions = analysistest.target_under_test(env)[_RustcInfo].actions.to_list()
    actions = [action for action in actions if ctx.attr.platform in action.triple]
    errors = [error for action in actions for error in action.errors]
    asserts.true(env, [action for action in actions if action.linker], "nothing is linked for " + ctx.attr.platform)
    if ctx.attr.finds_errors:
        for kind in [" linked by ", " is an input"]:
            asserts.true(env, [error for error in errors if kind in error], "no error with" + kind)
    else:
        asserts.equals(env, [], errors)
    return analysistest.end(env)

lld_test = analysistest.make(
    _lld_test_impl,
    attrs = {
        "finds_errors": attr.bool(doc = "Whether errors are expected: the check has to be able to fail."),
        "platform": attr.string(doc = "A part of the target triple.", mandatory = True),
    },
    extra_target_under_test_aspects = [_rustc_aspect],
)

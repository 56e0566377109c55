"""The shape that every Rust package of the root workspace has, for Bazel: what Cargo finds by itself.

Sources, edition, version, the dependencies on others (from Cargo.toml, by crate_universe), unit tests, and one test binary for
each file of tests/. Dependencies between our own packages are named in each BUILD file.
"""

load("@crates//:defs.bzl", "all_crate_deps")
load("@rules_rust//rust:defs.bzl", "rust_binary", "rust_library", "rust_test")
load("//:version.bzl", "EDITION", "VERSION")

def workspace_library(name, deps = [], dev_deps = [], **kwargs):
    """A library package and its tests.

    Args:
        name: the Cargo package's name.
        deps: our own packages that it uses.
        dev_deps: our own packages that only its tests use.
        **kwargs: further attributes of the rust_library.
    """
    rust_library(
        name = name,
        crate_name = name.replace("-", "_"),
        srcs = native.glob(["src/**/*.rs"]),
        deps = deps + all_crate_deps(normal = True),
        proc_macro_deps = all_crate_deps(proc_macro = True),
        edition = EDITION,
        version = VERSION,
        **kwargs
    )
    _tests(name, [":" + name] + deps + dev_deps, dev_deps, {}, [])

def workspace_binary(name, crate_name = None, deps = [], dev_deps = [], **kwargs):
    """A binary package and its tests.

    Args:
        name: the Cargo package's name.
        crate_name: the binary's name, where it is not the package's.
        deps: our own packages that it uses.
        dev_deps: our own packages that only its tests use.
        **kwargs: further attributes of the rust_binary.
    """
    rust_binary(
        name = name,
        crate_name = (crate_name or name).replace("-", "_"),
        srcs = native.glob(["src/**/*.rs"]),
        deps = deps + all_crate_deps(normal = True),
        proc_macro_deps = all_crate_deps(proc_macro = True),
        edition = EDITION,
        version = VERSION,
        **kwargs
    )

    # The variable that Cargo sets for a package's tests; here the path starts at the runfiles' root, where tests run.
    env = {"CARGO_BIN_EXE_" + (crate_name or name): "$(rootpath :{})".format(name)}
    _tests(name, deps + dev_deps, dev_deps, env, [":" + name])

def _tests(name, integration_deps, dev_deps, env, data):
    rust_test(
        name = "unit_test",
        size = "small",
        crate = ":" + name,
        deps = dev_deps + all_crate_deps(normal_dev = True),
        proc_macro_deps = all_crate_deps(proc_macro_dev = True),
    )
    for source in native.glob(["tests/*.rs"], allow_empty = True):
        rust_test(
            name = source.removeprefix("tests/").removesuffix(".rs") + "_test",
            size = "small",
            srcs = [source],
            data = data,
            rustc_env = env,
            deps = integration_deps + all_crate_deps(
                normal = True,
                normal_dev = True,
            ),
            proc_macro_deps = all_crate_deps(
                proc_macro = True,
                proc_macro_dev = True,
            ),
            edition = EDITION,
            version = VERSION,
        )

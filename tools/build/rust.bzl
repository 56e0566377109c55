"""Macros for the Rust packages of the root workspace, which declare what Cargo finds by convention.

Sources, edition, version, external dependencies (from Cargo.toml, by crate_universe), unit tests, and one test binary for each
file in tests/ and each directory there with a main.rs. Each BUILD file lists the dependencies between our own packages.
"""

load("@crates//:defs.bzl", "all_crate_deps")
load("@rules_rust//rust:defs.bzl", "rust_binary", "rust_library", "rust_test")
load("//:version.bzl", "EDITION", "VERSION")

def workspace_library(name, deps = [], dev_deps = [], test_compile_data = [], has_program = False, **kwargs):
    """A library package and its tests.

    Args:
        name: the Cargo package's name.
        deps: our own packages that it depends on.
        dev_deps: our own packages that only its tests depend on.
        test_compile_data: files that its tests include.
        has_program: whether the package also has a program, `:program`, with src/main.rs as its only source.
        **kwargs: further attributes of the rust_library.
    """
    rust_library(
        name = name,
        crate_name = name.replace("-", "_"),
        srcs = native.glob(
            ["src/**/*.rs"],
            exclude = ["src/main.rs"] if has_program else [],
        ),
        deps = deps + all_crate_deps(normal = True),
        proc_macro_deps = all_crate_deps(proc_macro = True),
        edition = EDITION,
        version = VERSION,
        **kwargs
    )
    env = {}
    data = []
    if has_program:
        rust_binary(
            name = "program",
            crate_name = name.replace("-", "_"),
            srcs = ["src/main.rs"],
            deps = [":" + name] + deps + all_crate_deps(normal = True),
            proc_macro_deps = all_crate_deps(proc_macro = True),
            edition = EDITION,
            version = VERSION,
        )
        env = _bin_exe(name, ":program")
        data = [":program"]
    _tests(name, [":" + name] + deps + dev_deps, dev_deps, env, data, test_compile_data)

def workspace_binary(name, crate_name = None, deps = [], dev_deps = [], test_data = [], **kwargs):
    """A binary package and its tests.

    Args:
        name: the Cargo package's name.
        crate_name: the binary's name, where it is not the package's.
        deps: our own packages that it depends on.
        dev_deps: our own packages that only its tests depend on.
        test_data: files that its tests read.
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
    env = _bin_exe(crate_name or name, ":" + name)
    _tests(name, deps + dev_deps, dev_deps, env, [":" + name] + test_data, [])

def _bin_exe(name, program):
    """Returns the variable that Cargo sets for a package's tests. Its path is relative to the runfiles' root, where tests run."""
    return {"CARGO_BIN_EXE_" + name: "$(rootpath {})".format(program)}

def _tests(name, integration_deps, dev_deps, env, data, compile_data):
    rust_test(
        name = "unit_test",
        size = "small",
        crate = ":" + name,
        deps = dev_deps + all_crate_deps(normal_dev = True),
        proc_macro_deps = all_crate_deps(proc_macro_dev = True),
    )
    for root in native.glob(["tests/*.rs", "tests/*/main.rs"], allow_empty = True):
        test = root.removeprefix("tests/").removesuffix(".rs").removesuffix("/main")
        rust_test(
            name = test + "_test",
            size = "small",
            # Its own modules, and those of several tests.
            srcs = [root] + native.glob(
                [
                    "tests/common/*.rs",
                    "tests/{}/**/*.rs".format(test),
                ],
                allow_empty = True,
                exclude = [root],
            ),
            crate_root = root,
            compile_data = compile_data,
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

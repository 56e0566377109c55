//! Which variables of the outer build reach the nested one.
//!
//! Cargo tells a build script about the outer build through the environment, and a nested Cargo
//! would take that for its own instructions. An empty `CARGO_ENCODED_RUSTFLAGS` alone defeats every
//! flag configured for the target. So of the variables that Cargo and rustc read only those pass
//! that are about this machine and its user; any other variable does.

use std::ffi::OsString;

use stage0_artifact::Target;

/// Of Cargo's own variables, what describes the machine: where its files are, how it reaches its
/// registries, and the job server that the outer build shares with us.
const CARGO_KEPT: [&str; 6] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
];

/// What Cargo sets for build scripts, or rustc's callers read, under names of no common form.
const DROPPED: [&str; 15] = [
    "CARGO",
    "DEBUG",
    "HOST",
    "NUM_JOBS",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "RUSTC",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "TARGET",
];

/// The linker and flags that the user chose for `target`.
pub fn target_variables(target: Target) -> [String; 2] {
    let name = target.triple().to_uppercase().replace('-', "_");
    ["LINKER", "RUSTFLAGS"].map(|what| format!("CARGO_TARGET_{name}_{what}"))
}

/// Those of `variables` that the nested build gets to see.
pub fn inherited(
    variables: impl Iterator<Item = (OsString, OsString)>,
    target: Target,
) -> impl Iterator<Item = (OsString, OsString)> {
    let chosen = target_variables(target);
    variables.filter(move |(name, _)| {
        // A name that is not UTF-8 is none of Cargo's.
        let Some(name) = name.to_str() else {
            return true;
        };
        if DROPPED.contains(&name) || name.starts_with("DEP_") {
            return false;
        }
        // How Cargo distinguishes what it started from what a person started.
        let is_cargos = name.starts_with("CARGO_") || name.starts_with("__CARGO_");
        let is_kept = CARGO_KEPT.iter().any(|kept| name.starts_with(kept));
        !is_cargos || is_kept || chosen.iter().any(|chosen| chosen == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(name: &str) -> bool {
        let variables = [(name.into(), "value".into())].into_iter();
        inherited(variables, Target::Aarch64).count() == 1
    }

    #[test]
    fn drops_variables_of_the_outer_build() {
        for name in [
            "CARGO",
            "CARGO_BUILD_BUILD_DIR",
            "CARGO_BUILD_RUSTC_WRAPPER",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_CFG_TARGET_FEATURE",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_FEATURE_STD",
            "CARGO_MANIFEST_DIR",
            "CARGO_PKG_VERSION",
            "CARGO_PROFILE_RELEASE_PANIC",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
            "CARGO_UNSTABLE_BUILD_STD",
            "DEP_Z_ROOT",
            "NUM_JOBS",
            "OPT_LEVEL",
            "OUT_DIR",
            "PROFILE",
            "RUSTC",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_WRAPPER",
            "RUSTFLAGS",
            "TARGET",
            "__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS",
        ] {
            assert!(!passes(name), "{name}");
        }
    }

    #[test]
    fn keeps_variables_of_the_machine() {
        for name in [
            "CARGO_HOME",
            "CARGO_HTTP_CAINFO",
            "CARGO_MAKEFLAGS",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS",
            "HOME",
            "MAKEFLAGS",
            "PATH",
            "RUSTUP_HOME",
            "RUSTUP_TOOLCHAIN",
            "https_proxy",
        ] {
            assert!(passes(name), "{name}");
        }
    }
}

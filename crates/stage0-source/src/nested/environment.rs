//! Selects the variables of the outer build that the nested build inherits.
//!
//! Cargo describes the outer build to a build script in environment variables, which a nested Cargo
//! would apply to its own build. An empty `CARGO_ENCODED_RUSTFLAGS`, for example, overrides all flags
//! configured for the target. So of the variables that Cargo and rustc read, the nested build
//! inherits only those that describe this machine and its user. It inherits all other variables.

use std::ffi::OsString;

use stage0_artifact::Target;

/// Prefixes of Cargo's variables that describe the machine: the location of Cargo's files, the access
/// to registries, and the job server of the outer build.
const CARGO_KEPT: [&str; 6] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
];

/// Variables without a common prefix that Cargo sets for build scripts or that configure rustc.
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

/// The names of the variables in which the user sets the linker and flags for `target`.
pub fn target_variables(target: Target) -> [String; 2] {
    let name = target.triple().to_uppercase().replace('-', "_");
    ["LINKER", "RUSTFLAGS"].map(|what| format!("CARGO_TARGET_{name}_{what}"))
}

/// Returns those of `variables` that the nested build inherits.
pub fn filter_inherited(
    variables: impl Iterator<Item = (OsString, OsString)>,
    target: Target,
) -> impl Iterator<Item = (OsString, OsString)> {
    let for_target = target_variables(target);
    variables.filter(move |(name, _)| {
        // The names of Cargo's variables are UTF-8.
        let Some(name) = name.to_str() else {
            return true;
        };
        if DROPPED.contains(&name) || name.starts_with("DEP_") {
            return false;
        }
        let is_cargo_variable = name.starts_with("CARGO_") || name.starts_with("__CARGO_");
        let is_kept = CARGO_KEPT.iter().any(|kept| name.starts_with(kept));
        !is_cargo_variable || is_kept || for_target.iter().any(|kept| kept == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_inherited(name: &str) -> bool {
        let variables = [(name.into(), "value".into())].into_iter();
        filter_inherited(variables, Target::Aarch64).count() == 1
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
            assert!(!is_inherited(name), "{name}");
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
            assert!(is_inherited(name), "{name}");
        }
    }
}

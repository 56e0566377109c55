//! Converts a Cargo profile to rustc flags.

use std::collections::BTreeSet;

use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    profile: Profiles,
}

#[derive(Deserialize)]
struct Profiles {
    release: Release,
}

/// The supported keys of a release profile. Unknown keys are errors, so that none is silently ignored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Release {
    opt_level: OptLevel,
    lto: bool,
    codegen_units: u32,
    panic: String,
    strip: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OptLevel {
    Number(u8),
    Name(String),
}

/// Returns the rustc flags of `[profile.release]` in a Cargo.toml.
///
/// # Errors
/// The manifest is not TOML or has no release profile, or a key of the profile is missing or unknown.
pub fn rustc_flags(manifest: &str) -> Result<BTreeSet<String>, toml::de::Error> {
    let release = toml::from_str::<Manifest>(manifest)?.profile.release;
    let opt_level = match release.opt_level {
        OptLevel::Number(level) => level.to_string(),
        OptLevel::Name(level) => level,
    };
    let lto = if release.lto { "fat" } else { "off" };
    let strip = if release.strip { "symbols" } else { "none" };
    Ok([
        format!("-Ccodegen-units={}", release.codegen_units),
        format!("-Clto={lto}"),
        format!("-Copt-level={opt_level}"),
        format!("-Cpanic={}", release.panic),
        format!("-Cstrip={strip}"),
    ]
    .into())
}

/// Returns the differences between the flags, one per line.
pub fn differences(cargo: &BTreeSet<String>, bazel: &[String]) -> Vec<String> {
    let bazel = bazel.iter().cloned().collect::<BTreeSet<_>>();
    let only_in = |build: &str, flag: &String| format!("release profile: {flag}: only in {build}");
    let ours = bazel.difference(cargo).map(|flag| only_in("Bazel", flag));
    ours.chain(cargo.difference(&bazel).map(|flag| only_in("Cargo", flag)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[profile.release]\nopt-level = \"z\"\nlto = true\ncodegen-units = 1\npanic = \"abort\"\nstrip = true\n";
    const FLAGS: [&str; 5] = [
        "-Ccodegen-units=1",
        "-Clto=fat",
        "-Copt-level=z",
        "-Cpanic=abort",
        "-Cstrip=symbols",
    ];

    fn found(manifest: &str, bazel: &[&str]) -> Vec<String> {
        let bazel = bazel
            .iter()
            .map(|flag| (*flag).to_owned())
            .collect::<Vec<_>>();
        differences(
            &rustc_flags(manifest).expect("the test's own manifest"),
            &bazel,
        )
    }

    #[test]
    fn accepts_equal_flags() {
        assert_eq!(found(MANIFEST, &FLAGS), Vec::<String>::new());
    }

    #[test]
    fn reports_flags_of_only_one_build() {
        assert_eq!(
            found(&MANIFEST.replace("\"z\"", "3"), &FLAGS),
            [
                "release profile: -Copt-level=z: only in Bazel",
                "release profile: -Copt-level=3: only in Cargo"
            ]
        );
        assert_eq!(
            found(MANIFEST, &FLAGS[..4]),
            ["release profile: -Cstrip=symbols: only in Cargo"]
        );
    }

    #[test]
    fn rejects_unknown_keys_and_a_missing_profile() {
        assert!(rustc_flags(&format!("{MANIFEST}debug = true\n")).is_err());
        assert!(rustc_flags("[package]\n").is_err());
    }
}

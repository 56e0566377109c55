//! What the crates say of themselves, by `cargo metadata`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::Error;

/// The crates of one workspace, by name and version.
#[derive(Debug, Default, Clone)]
pub struct Metadata(BTreeMap<(String, String), Crate>);

/// What one crate says.
#[derive(Debug, Clone, Deserialize)]
pub struct Crate {
    name: String,
    version: String,
    /// The SPDX expression.
    pub license: Option<String>,
    /// The oldest Rust that it can do with.
    pub rust_version: Option<String>,
}

#[derive(Deserialize)]
struct Output {
    packages: Vec<Crate>,
}

impl Metadata {
    /// Asks cargo (`$CARGO`, else the one on PATH) about the workspace with this Cargo.toml. Cargo reads the crates of all
    /// platforms, and downloads those that are missing. Fails where Cargo.lock would have to change.
    pub fn ask(manifest: &Path) -> Result<Self, Error> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(&cargo)
            .args([
                "metadata",
                "--format-version=1",
                "--locked",
                "--manifest-path",
            ])
            .arg(manifest)
            .output()
            .map_err(|error| {
                Error::new(
                    cargo.to_string_lossy(),
                    format!("cannot run it: {error}; install Cargo, or name another with CARGO"),
                )
            })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Error::new(
                manifest.display(),
                format!("cargo metadata failed: {}", said.trim()),
            ));
        }
        Self::parse(&manifest.display().to_string(), &output.stdout)
    }

    /// Reads the file that holds what cargo said.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let json = fs::read(path)
            .map_err(|error| Error::new(path.display(), format!("cannot read it: {error}")))?;
        Self::parse(&path.display().to_string(), &json)
    }

    /// Reads what cargo said; `place` is where that is, for errors.
    fn parse(place: &str, json: &[u8]) -> Result<Self, Error> {
        let output: Output = serde_json::from_slice(json).map_err(|error| {
            Error::new(
                place,
                format!("not what `cargo metadata --format-version=1` prints: {error}"),
            )
        })?;
        let keyed = output
            .packages
            .into_iter()
            .map(|found| ((found.name.clone(), found.version.clone()), found));
        Ok(Metadata(keyed.collect()))
    }

    /// What a crate says of itself.
    pub fn get(&self, name: &str, version: &str) -> Option<&Crate> {
        self.0.get(&(name.to_owned(), version.to_owned()))
    }
}

/// Reads `DIRECTORY=FILE`, as it is typed for a workspace whose metadata is in a file.
///
/// # Errors
/// What is wrong, for the reader of a command line.
pub fn parse_given(text: &str) -> Result<(String, PathBuf), String> {
    let (directory, path) = text.split_once('=').ok_or("it has to be DIRECTORY=FILE")?;
    Ok((directory.to_owned(), path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_found_by_name_and_version() {
        let json = br#"{"packages": [{"name": "a", "version": "1.0.0", "license": null, "rust_version": "1.85", "more": 1}]}"#;
        let metadata = Metadata::parse("m", json).unwrap();
        assert_eq!(
            metadata.get("a", "1.0.0").unwrap().rust_version.as_deref(),
            Some("1.85")
        );
        assert!(metadata.get("a", "1.0.1").is_none());
        assert!(
            Metadata::parse("m", b"{}")
                .unwrap_err()
                .to_string()
                .starts_with("m: not what `cargo metadata")
        );
    }

    #[test]
    fn a_file_is_given_for_a_directory() {
        assert_eq!(parse_given(".=a=b"), Ok((".".into(), "a=b".into())));
        assert!(parse_given("a").is_err());
    }
}

//! Cargo.lock: the crates of a workspace.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{Error, Tree, is_hex};

/// A crate of others, as Cargo.lock pins it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// The sha256 of its archive.
    pub checksum: String,
    /// Those of our packages that depend on it directly.
    pub used_by: BTreeSet<String>,
}

/// The crates of others, by name and version.
pub type Lock = BTreeMap<(String, String), Locked>;

#[derive(Deserialize)]
struct File {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// The path of a file in the workspace at `directory` (`.` is the top).
pub fn file(directory: &str, name: &str) -> String {
    if directory == "." {
        return name.to_owned();
    }
    format!("{directory}/{name}")
}

/// Reads the Cargo.lock of the workspace at `directory`. Fails on a crate that no checksum pins.
pub fn read(tree: &Tree, directory: &str) -> Result<Lock, Error> {
    let path = file(directory, "Cargo.lock");
    parse(&path, &tree.read(&path)?)
}

/// Reads the text of the Cargo.lock at `path`.
pub fn parse(path: &str, text: &str) -> Result<Lock, Error> {
    let file: File = toml::from_str(text).map_err(|error| {
        Error::new(
            path,
            format!(
                "not what Cargo writes: {}; take it from git again",
                error.message()
            ),
        )
    })?;
    let mut lock = Lock::new();
    for package in file
        .package
        .iter()
        .filter(|package| package.source.is_some())
    {
        let is_of_a_registry = package
            .source
            .as_ref()
            .is_some_and(|source| source.starts_with("registry+"));
        let checksum = package
            .checksum
            .clone()
            .filter(|sum| is_of_a_registry && is_hex(sum, 64));
        let checksum = checksum.ok_or_else(|| {
            let cause = format!(
                "{} {} is not pinned by a checksum; take it from Cargo's registry",
                package.name, package.version
            );
            Error::new(path, cause)
        })?;
        let used_by = file
            .package
            .iter()
            .filter(|user| user.source.is_none() && depends(user, package));
        let used_by = used_by.map(|user| user.name.clone()).collect();
        lock.insert(
            (package.name.clone(), package.version.clone()),
            Locked { checksum, used_by },
        );
    }
    Ok(lock)
}

/// The oldest Rust that the workspace at `directory` declares: `rust-version` in its Cargo.toml.
pub fn rust_version(tree: &Tree, directory: &str) -> Result<String, Error> {
    let path = file(directory, "Cargo.toml");
    let manifest: Manifest = toml::from_str(&tree.read(&path)?).map_err(|error| {
        let cause = format!(
            "no rust-version under [workspace.package]: {}",
            error.message()
        );
        Error::new(&path, cause)
    })?;
    Ok(manifest.workspace.package.rust_version)
}

#[derive(Deserialize)]
struct Manifest {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    package: Inherited,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Inherited {
    rust_version: String,
}

/// A dependency is `name`, or `name version` where there are several versions.
fn depends(user: &Package, package: &Package) -> bool {
    user.dependencies.iter().any(|dependency| {
        let mut words = dependency.split(' ');
        words.next() == Some(&package.name)
            && words
                .next()
                .is_none_or(|version| version == package.version)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, more: &str) -> String {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{more}\n")
    }

    #[test]
    fn crates_have_a_checksum_and_users() {
        let sum = "0".repeat(64);
        let theirs = format!("source = \"registry+x\"\nchecksum = \"{sum}\"");
        let text = package("ours", "dependencies = [\"a\", \"b 1.0.0\", \"c 2.0.0\"]")
            + &package("a", &theirs)
            + &package("b", &theirs)
            + &package("c", &theirs);
        let lock = parse("Cargo.lock", &text).unwrap();
        let users: Vec<_> = lock
            .iter()
            .map(|((name, _), locked)| (name.as_str(), locked.used_by.len()))
            .collect();
        assert_eq!(users, [("a", 1), ("b", 1), ("c", 0)]);
    }

    #[test]
    fn what_no_checksum_pins_is_refused_by_name() {
        let sum = format!("checksum = \"{}\"", "0".repeat(64));
        for source in [
            "source = \"registry+x\"",
            "source = \"registry+x\"\nchecksum = \"12\"",
            &format!("source = \"git+x\"\n{sum}"),
        ] {
            let message = parse("Cargo.lock", &package("a", source))
                .unwrap_err()
                .to_string();
            assert_eq!(
                message,
                "Cargo.lock: a 1.0.0 is not pinned by a checksum; take it from Cargo's registry"
            );
        }
        assert!(parse("Cargo.lock", "x = ").is_err());
    }
}

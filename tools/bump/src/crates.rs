//! `bump crates`: cargo update in each workspace, and what may come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::Path;
use std::process::Command;

use pins::listing::Crates;
use pins::metadata::Metadata;
use pins::version::{Version, compare};
use pins::workspace::{self, Lock, file};
use pins::{Error, Tree, policy};

use crate::change::{Change, check_version};
use crate::scratch;

/// What can be said to `bump crates`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only these, each as `cargo update` takes it: NAME or NAME@VERSION
    names: Vec<String>,
}

/// Moves the crates of all workspaces, in a copy of the checkout. Returns what those that are locked then say of themselves, too.
pub fn run(tree: &mut Tree, given: &Arguments) -> Result<(Vec<Change>, Crates), Error> {
    let scratch = scratch::copy(tree.root())?;
    let (mut changes, mut crates) = (Vec::new(), Crates::new());
    let mut unknown: BTreeSet<&String> = given.names.iter().collect();
    for workspace in policy::read(tree)?.workspaces {
        let directory = workspace.directory;
        let path = file(&directory, "Cargo.lock");
        let manifest = scratch.path().join(file(&directory, "Cargo.toml"));
        let old = workspace::read(tree, &directory)?;
        let here: Vec<_> = given.names.iter().filter(|name| has(&old, name)).collect();
        unknown.retain(|name| !here.contains(name));
        if given.names.is_empty() || !here.is_empty() {
            update(&manifest, &here)?;
        }
        let text = Tree::open(scratch.path())?.read(&path)?;
        let new = workspace::parse(&path, &text)?;
        let said = Metadata::ask(&manifest)?;
        check(&path, &old, &new)?;
        check_oldest_rust(
            &path,
            &workspace::rust_version(tree, &directory)?,
            &old,
            &new,
            &said,
        )?;
        changes.extend(differences(&path, &old, &new));
        tree.stage(&path, text);
        crates.insert(directory, said);
    }
    match unknown.first() {
        Some(name) => Err(Error::new(name, "no Cargo.lock has such a crate")),
        None => Ok((changes, crates)),
    }
}

fn has(lock: &Lock, specification: &str) -> bool {
    let wanted = specification.split('@').next().unwrap_or(specification);
    lock.keys().any(|(name, _)| name == wanted)
}

fn update(manifest: &Path, names: &[&String]) -> Result<(), Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .args(["update", "--quiet", "--manifest-path"])
        .arg(manifest)
        .arg("--")
        .args(names)
        // Resolver 2 does not look at rust-version by itself.
        .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback")
        .output()
        .map_err(|error| {
            Error::new(
                cargo.to_string_lossy(),
                format!("cannot run it: {error}; install Cargo, or name another with CARGO"),
            )
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new("cargo update", said.trim()))
}

/// The versions of each crate.
fn versions(lock: &Lock) -> BTreeMap<&str, Vec<&str>> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, version) in lock.keys() {
        versions.entry(name).or_default().push(version);
    }
    versions
}

fn newest<'a>(versions: &[&'a str]) -> Option<&'a str> {
    versions
        .iter()
        .copied()
        .max_by_key(|version| version.parse::<Version>().ok())
}

/// Refuses another checksum for the same version, and crates that get older.
fn check(path: &str, old: &Lock, new: &Lock) -> Result<(), Error> {
    for (key, locked) in new {
        if let Some(before) = old
            .get(key)
            .filter(|before| before.checksum != locked.checksum)
        {
            crate::change::check(
                path,
                &key.0,
                (&key.1, &before.checksum),
                (&key.1, &locked.checksum),
            )?;
        }
    }
    let (old, new) = (versions(old), versions(new));
    for (name, before) in &old {
        let after = new.get(name).and_then(|versions| newest(versions));
        if let (Some(before), Some(after)) = (newest(before), after) {
            check_version(path, name, before, after)?;
        }
    }
    Ok(())
}

/// Refuses crates that are new in the lock file and need a newer Rust than the declared oldest one.
fn check_oldest_rust(
    path: &str,
    declared: &str,
    old: &Lock,
    new: &Lock,
    said: &Metadata,
) -> Result<(), Error> {
    for (name, version) in new.keys().filter(|key| !old.contains_key(key)) {
        let Some(needed) = said
            .get(name, version)
            .and_then(|said| said.rust_version.as_deref())
        else {
            continue;
        };
        // `1.85` will do for what needs `1.85.0`.
        let needed = needed
            .strip_suffix(".0")
            .filter(|short| short.contains('.'))
            .unwrap_or(needed);
        let order = compare(needed, declared)
            .map_err(|error| Error::new(path, format!("{name} {version}: {error}")))?;
        if order.is_gt() {
            let cause = format!(
                "{name} {version} needs Rust {needed}, but Cargo.toml declares rust-version {declared}; name the crates to move without it, or raise rust-version in a commit of its own"
            );
            return Err(Error::new(path, cause));
        }
    }
    Ok(())
}

fn differences(path: &str, old: &Lock, new: &Lock) -> Vec<Change> {
    let (before, after) = (versions(old), versions(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let text = |versions: Option<&Vec<&str>>| {
        versions.map_or("none".to_owned(), |versions| versions.join(", "))
    };
    let changes = names.into_iter().map(|name| Change {
        path: path.to_owned(),
        pin: name.to_owned(),
        old: text(before.get(name)),
        new: text(after.get(name)),
    });
    changes.filter(|change| change.old != change.new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(crates: &[(&str, &str, char)]) -> Lock {
        let text: String = crates
            .iter()
            .map(|(name, version, digit)| {
                let checksum = digit.to_string().repeat(64);
                format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry+x\"\nchecksum = \"{checksum}\"\n")
            })
            .collect();
        workspace::parse("Cargo.lock", &text).unwrap()
    }

    #[test]
    fn crates_get_newer_or_are_refused() {
        let old = lock(&[
            ("a", "1.0.0", '0'),
            ("b", "0.9.0", '0'),
            ("b", "0.10.0", '0'),
        ]);
        assert_eq!(
            check(
                "l",
                &old,
                &lock(&[("a", "1.0.1", '1'), ("c", "1.0.0", '1')])
            ),
            Ok(())
        );
        let changed = check("l", &old, &lock(&[("a", "1.0.0", '1')]))
            .unwrap_err()
            .to_string();
        assert!(
            changed.starts_with("l: a: ANOTHER DIGEST FOR THE SAME VERSION 1.0.0"),
            "{changed}"
        );
        let older = check("l", &old, &lock(&[("b", "0.9.1", '1')]))
            .unwrap_err()
            .to_string();
        assert!(
            older.starts_with("l: b: 0.9.1 is older than 0.10.0"),
            "{older}"
        );
    }

    #[test]
    fn what_needs_a_newer_rust_is_refused_where_it_is_new() {
        let old = lock(&[("a", "1.0.0", '0')]);
        let new = lock(&[("a", "1.0.1", '0')]);
        let said = |rust: &str| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("metadata");
            let json = format!(
                r#"{{"packages": [{{"name": "a", "version": "1.0.1", "rust_version": "{rust}"}}]}}"#
            );
            std::fs::write(&path, json).unwrap();
            Metadata::read(&path).unwrap()
        };
        assert_eq!(
            check_oldest_rust("l", "1.85", &old, &new, &said("1.85.0")),
            Ok(())
        );
        assert_eq!(
            check_oldest_rust("l", "1.85", &new, &new, &said("1.90")),
            Ok(())
        );
        let message = check_oldest_rust("l", "1.85", &old, &new, &said("1.85.1"))
            .unwrap_err()
            .to_string();
        assert!(
            message
                .contains("a 1.0.1 needs Rust 1.85.1, but Cargo.toml declares rust-version 1.85"),
            "{message}"
        );
    }

    #[test]
    fn differences_are_shown_by_crate() {
        let changes = differences(
            "l",
            &lock(&[("a", "1.0.0", '0'), ("b", "1.0.0", '0')]),
            &lock(&[("a", "1.0.1", '0'), ("c", "1.0.0", '0')]),
        );
        let changes: Vec<_> = changes
            .into_iter()
            .map(|change| format!("{} {} {}", change.pin, change.old, change.new))
            .collect();
        assert_eq!(changes, ["a 1.0.0 1.0.1", "b 1.0.0 none", "c none 1.0.0"]);
    }
}

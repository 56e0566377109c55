//! The versions that the sources declare: all have to be the release's.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::Table;

use crate::version::Version;

/// Checks that every file in the checkout `top` that declares a version declares `version`.
pub fn check(top: &Path, version: &Version) -> Result<()> {
    let wanted = version.to_string();
    let others: Vec<String> = declared(top)?
        .into_iter()
        .filter(|(_, found)| *found != wanted)
        .map(|(place, found)| format!("{place} says {found:?}"))
        .collect();
    if !others.is_empty() {
        bail!(
            "the release is {wanted}, but {}; write the same version everywhere",
            others.join(", ")
        );
    }
    Ok(())
}

/// Every place that declares a version, and what it declares.
fn declared(top: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for name in ["Cargo.toml", "stage0/Cargo.toml"] {
        found.extend(in_manifest(name, &read(top, name)?)?);
    }
    let module = read(top, "MODULE.bazel")?;
    let in_module = between(&module, "\n    version = \"", "\"");
    found.push(("MODULE.bazel".to_owned(), in_module));
    let constant = between(&read(top, "version.bzl")?, "\nVERSION = \"", "\"");
    found.push(("version.bzl".to_owned(), constant));
    Ok(found)
}

fn read(top: &Path, name: &str) -> Result<String> {
    let path = top.join(name);
    fs::read_to_string(&path).with_context(|| format!("{}: cannot read it", path.display()))
}

/// The workspace's version, and those that it asks of its own packages.
fn in_manifest(name: &str, text: &str) -> Result<Vec<(String, String)>> {
    let manifest: Table = text.parse().with_context(|| name.to_owned())?;
    let workspace = manifest.get("workspace");
    let workspace = workspace.with_context(|| format!("{name}: it has no [workspace]"))?;
    let version = |value: Option<&toml::Value>| {
        let text = value.and_then(|value| value.as_str()).unwrap_or_default();
        text.to_owned()
    };
    let package = workspace.get("package");
    let own = version(package.and_then(|package| package.get("version")));
    let mut found = vec![(format!("{name} [workspace.package]"), own)];
    let dependencies = [workspace.get("dependencies"), manifest.get("dependencies")];
    for table in dependencies.into_iter().flatten() {
        for (dependency, value) in table.as_table().into_iter().flatten() {
            // Without a version it is not published.
            if value.get("path").is_some() && value.get("version").is_some() {
                found.push((
                    format!("{name} {dependency}"),
                    version(value.get("version")),
                ));
            }
        }
    }
    Ok(found)
}

/// The text between the first `start` and the next `end`; empty where there is none.
fn between(text: &str, start: &str, end: &str) -> String {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split(end).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
[workspace.package]
version = "1.2.3"
[workspace.dependencies]
ours = { version = "1.2.3", path = "crates/ours" }
testing = { path = "crates/testing" }
foreign = "4"
"#;

    const FILES: [(&str, &str); 4] = [
        ("Cargo.toml", ROOT),
        ("stage0/Cargo.toml", ROOT),
        (
            "MODULE.bazel",
            "module(\n    name = \"m\",\n    version = \"1.2.3\",\n)\n",
        ),
        ("version.bzl", "\"\"\"Doc.\"\"\"\n\nVERSION = \"1.2.3\"\n"),
    ];

    fn checkout() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("stage0")).unwrap();
        for (name, text) in FILES {
            fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn the_same_version_everywhere_is_right() {
        let dir = checkout();
        check(dir.path(), &"1.2.3".parse().unwrap()).unwrap();
    }

    #[test]
    fn each_place_that_differs_is_named() {
        for (name, text) in FILES {
            let dir = checkout();
            fs::write(dir.path().join(name), text.replace("1.2.3", "1.2.4")).unwrap();
            let error = check(dir.path(), &"1.2.3".parse().unwrap()).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(name), "{name}: {message}");
            assert!(message.contains("\"1.2.4\""), "{name}: {message}");
        }
        let dir = checkout();
        let one = ROOT.replace("ours = { version = \"1.2.3\"", "ours = { version = \"1\"");
        fs::write(dir.path().join("Cargo.toml"), one).unwrap();
        let error = check(dir.path(), &"1.2.3".parse().unwrap()).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("Cargo.toml ours says \"1\""), "{message}");
    }

    #[test]
    fn a_place_without_a_version_is_named() {
        let dir = checkout();
        fs::write(dir.path().join("version.bzl"), "").unwrap();
        let error = check(dir.path(), &"1.2.3".parse().unwrap()).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("version.bzl says \"\""), "{message}");
    }
}

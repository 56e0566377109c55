//! The versions that the sources declare: all have to be the release's.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use fastboop_files::file;
use toml::Table;

use crate::program;
use crate::version::Version;

/// The root manifests of both workspaces.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "stage0/Cargo.toml"];

/// Other files that declare a version: a name, and what stands before and after it.
const PLACES: [(&str, &str, &str); 4] = [
    ("MODULE.bazel", "\n    version = \"", "\""),
    ("version.bzl", "\nVERSION = \"", "\""),
    ("packaging/alpine/APKBUILD", "\n_version=", "\n"),
    (
        "packaging/rpm/fastboop.spec",
        "%global fastboop_version ",
        "}",
    ),
];

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
    for name in MANIFESTS {
        found.extend(in_manifest(name, &read(top, name)?)?);
    }
    for (name, start, end) in PLACES {
        found.push((name.to_owned(), between(&read(top, name)?, start, end)));
    }
    Ok(found)
}

/// Writes `version` everywhere in the checkout `top` that declares one, and lets Cargo do so in the
/// lock files.
pub fn set(top: &Path, version: &Version) -> Result<()> {
    write(top, version)?;
    for name in MANIFESTS {
        let mut cargo = program::cargo();
        cargo.args(["update", "--workspace", "--manifest-path"]);
        program::run(cargo.arg(top.join(name)))?;
    }
    Ok(())
}

fn write(top: &Path, version: &Version) -> Result<()> {
    for name in MANIFESTS {
        let text = read(top, name)?;
        let old = in_manifest(name, &text)?;
        let old = old.first().map_or("", |(_, version)| version.as_str());
        replace(top, name, &in_new_manifest(&text, old, version))?;
    }
    for (name, start, end) in PLACES {
        let text = read(top, name)?;
        let old = format!("{start}{}{end}", between(&text, start, end));
        replace(
            top,
            name,
            &text.replacen(&old, &format!("{start}{version}{end}"), 1),
        )?;
    }
    // Whatever is written in another way than expected is named.
    check(top, version)
}

fn replace(top: &Path, name: &str, text: &str) -> Result<()> {
    Ok(file::write_atomic(&top.join(name), text.as_bytes(), false)?)
}

/// A manifest with another version of the workspace's own packages.
fn in_new_manifest(text: &str, old: &str, version: &Version) -> String {
    let (old, new) = (
        format!("version = \"{old}\""),
        format!("version = \"{version}\""),
    );
    let line = |line: &str| match line.starts_with(&old) || line.contains("path = ") {
        true => line.replace(&old, &new),
        false => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
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

    const FILES: [(&str, &str); 6] = [
        ("Cargo.toml", ROOT),
        ("stage0/Cargo.toml", ROOT),
        (
            "MODULE.bazel",
            "module(\n    name = \"m\",\n    version = \"1.2.3\",\n)\n",
        ),
        ("version.bzl", "\"\"\"Doc.\"\"\"\n\nVERSION = \"1.2.3\"\n"),
        (
            "packaging/alpine/APKBUILD",
            "pkgname=m\n_version=1.2.3\npkgver=${_version/-rc./_rc}\n",
        ),
        (
            "packaging/rpm/fastboop.spec",
            "%{!?fastboop_version: %global fastboop_version 1.2.3}\n",
        ),
    ];

    fn checkout() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for directory in ["stage0", "packaging/alpine", "packaging/rpm"] {
            fs::create_dir_all(dir.path().join(directory)).unwrap();
        }
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

    #[test]
    fn another_version_is_written_everywhere_and_nothing_else() {
        let dir = checkout();
        let foreign = "same = \"1.2.3\"\nother = { version = \"1.2.3\" }\n";
        fs::write(dir.path().join("Cargo.toml"), format!("{ROOT}{foreign}")).unwrap();
        let candidate = "1.2.4-rc.1".parse().unwrap();
        write(dir.path(), &candidate).unwrap();
        check(dir.path(), &candidate).unwrap();
        for (name, text) in FILES {
            let foreign = if name == "Cargo.toml" { foreign } else { "" };
            let wanted = text.replace("1.2.3", "1.2.4-rc.1") + foreign;
            assert_eq!(read(dir.path(), name).unwrap(), wanted);
        }
        // And back.
        write(dir.path(), &"1.2.3".parse().unwrap()).unwrap();
        check(dir.path(), &"1.2.3".parse().unwrap()).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let dir = checkout();
        fs::write(dir.path().join("version.bzl"), "V = 1\n").unwrap();
        let message = write(dir.path(), &"1.2.4".parse().unwrap()).unwrap_err();
        assert!(
            message.to_string().contains("version.bzl says"),
            "{message}"
        );
    }
}

//! The versions that the sources declare, which all have to equal that of the release.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, bail};
use fastboop_files::file;

use crate::program;
use crate::version::Version;

/// The root manifests of both workspaces.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "stage0/Cargo.toml"];

/// The text before a version in a manifest, at the start of a line or in the line of a path dependency.
const MANIFEST_PREFIX: &str = "version = \"";

/// Other files with a version, which is in the first line that starts with this prefix.
const OTHERS: [(&str, &str); 4] = [
    ("MODULE.bazel", "    version = \""),
    ("version.bzl", "VERSION = \""),
    ("packaging/alpine/APKBUILD", "_version="),
    (
        "packaging/rpm/fastboop.spec",
        "%{!?fastboop_version: %global fastboop_version ",
    ),
];

/// Checks that every file in the checkout `top` that declares a version declares `version`.
pub fn check(top: &Path, version: &Version) -> Result<()> {
    let expected = version.to_string();
    let mut others = Vec::new();
    for name in file_names() {
        let text = read(top, name)?;
        let versions = find_versions(name, &text);
        if versions.is_empty() {
            others.push(format!("{name} declares no version"));
        }
        let found = versions.into_iter().filter_map(|range| text.get(range));
        let different = found.filter(|found| *found != expected);
        others.extend(different.map(|found| format!("{name} declares {found:?}")));
    }
    if !others.is_empty() {
        let others = others.join(", ");
        bail!("the release is {expected}, but {others}; run `release set-version {expected}`");
    }
    Ok(())
}

/// Writes `version` to every file in the checkout `top` that declares one, and to the lock files.
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
    for name in file_names() {
        let mut text = read(top, name)?;
        for range in find_versions(name, &text).into_iter().rev() {
            text.replace_range(range, &version.to_string());
        }
        file::write_atomic(&top.join(name), text.as_bytes(), false)?;
    }
    // Reports a file without a version.
    check(top, version)
}

fn file_names() -> impl Iterator<Item = &'static str> {
    MANIFESTS.into_iter().chain(OTHERS.map(|(name, _)| name))
}

/// The byte ranges of our own versions in `text`, the content of the file `name`.
fn find_versions(name: &str, text: &str) -> Vec<Range<usize>> {
    let other = OTHERS.iter().find(|(other, _)| *other == name);
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = match other {
            Some((_, prefix)) => line.starts_with(prefix).then_some(prefix.len()),
            None => line.find(MANIFEST_PREFIX).and_then(|position| {
                // Not `rust-version`, nor the version of a crate from a registry.
                let is_ours = position == 0 || line.contains("path = ");
                is_ours.then_some(position + MANIFEST_PREFIX.len())
            }),
        };
        if let Some(start) = start {
            let length = line[start..].find(['"', '}', '\n']).unwrap_or(0);
            found.push(offset + start..offset + start + length);
            if other.is_some() {
                break;
            }
        }
        offset += line.len();
    }
    found
}

fn read(top: &Path, name: &str) -> Result<String> {
    let path = top.join(name);
    fs::read_to_string(&path).with_context(|| format!("{}: cannot read", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
[workspace.package]
version = "1.2.3"
rust-version = "1.2.3"
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
        for (name, text) in FILES {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    fn assert_fails(top: &Path, words: &str) {
        let error = check(top, &"1.2.3".parse().unwrap())
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{words}: {error}");
    }

    #[test]
    fn reports_each_file_that_differs() {
        let dir = checkout();
        check(dir.path(), &"1.2.3".parse().unwrap()).unwrap();
        for (name, text) in FILES {
            let dir = checkout();
            fs::write(dir.path().join(name), text.replace("1.2.3", "1.2.4")).unwrap();
            assert_fails(dir.path(), &format!("{name} declares \"1.2.4\""));
            fs::write(dir.path().join(name), "").unwrap();
            assert_fails(dir.path(), &format!("{name} declares no version"));
        }
        let dependency = ROOT.replace("ours = { version = \"1.2.3\"", "ours = { version = \"1\"");
        fs::write(dir.path().join("Cargo.toml"), dependency).unwrap();
        assert_fails(dir.path(), "Cargo.toml declares \"1\"");
    }

    #[test]
    fn writes_only_our_own_versions() {
        let dir = checkout();
        let foreign = "other = { version = \"1.2.3\" }\n";
        fs::write(dir.path().join("Cargo.toml"), format!("{ROOT}{foreign}")).unwrap();
        write(dir.path(), &"1.2.4-rc.1".parse().unwrap()).unwrap();
        for (name, text) in FILES {
            let foreign = if name == "Cargo.toml" { foreign } else { "" };
            let expected = text.replace("1.2.3", "1.2.4-rc.1");
            let expected =
                expected.replace("rust-version = \"1.2.4-rc.1\"", "rust-version = \"1.2.3\"");
            assert_eq!(read(dir.path(), name).unwrap(), expected + foreign);
        }
        fs::write(dir.path().join("version.bzl"), "V = 1\n").unwrap();
        let error = write(dir.path(), &"1.2.4".parse().unwrap()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("version.bzl declares no version"),
            "{error}"
        );
    }
}

//! The files that a stage0 is built from, which decide whether the stage0 in a checkout is the released
//! one without building it.
//!
//! The inputs are, below the directory of its manifest: `Cargo.toml`, `Cargo.lock`, `build.rs`,
//! `rust-toolchain`, `rust-toolchain.toml`, and everything in `.cargo/` and `src/`; and the same of
//! each path dependency, of those too. Tests and documentation do not count, and git is not involved.
//! Their digest is that of a list in the manner of `sha256sum`, sorted by path, with paths relative
//! to stage0's directory. It is recorded when the release's artifact is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use fastboop_files::Sha256Digest;
use toml::{Table, Value};

use crate::{Error, sidecar};

/// The files of a package that count.
const FILES: [&str; 5] = [
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// The directories of a package in which everything counts.
const DIRECTORIES: [&str; 2] = [".cargo", "src"];

/// Whether the inputs of the package at `manifest` are those whose digest is in the file `record`.
/// Without a record they are not.
pub fn is_unchanged(manifest: &Path, record: &Path) -> Result<bool, Error> {
    match sidecar::read(record) {
        Ok(recorded) => Ok(digest(manifest)? == recorded),
        Err(error) if error.is_missing() => Ok(false),
        Err(error) => Err(error),
    }
}

/// The digest of all inputs of the package at `manifest`.
pub fn digest(manifest: &Path) -> Result<Sha256Digest, Error> {
    let top = normalize(manifest.parent().unwrap_or(Path::new("")));
    let mut lines = Vec::new();
    for path in files(manifest)? {
        // Not `file::read`: an empty source file is nothing wrong.
        let bytes = fs::read(&path).map_err(|error| input_error(&path, error))?;
        lines.push(format!(
            "{}  {}\n",
            Sha256Digest::compute(&bytes),
            relative_path(&path, &top)
        ));
    }
    lines.sort_by(|a, b| a[64..].cmp(&b[64..]));
    Ok(Sha256Digest::compute(lines.concat().as_bytes()))
}

/// All inputs of the package at `manifest`, sorted.
pub fn files(manifest: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut todo = vec![normalize(manifest)];
    while let Some(manifest) = todo.pop() {
        if !seen.insert(manifest.clone()) {
            continue;
        }
        let directory = manifest.parent().unwrap_or(Path::new(""));
        for name in FILES {
            files.extend(Some(directory.join(name)).filter(|path| path.is_file()));
        }
        for name in DIRECTORIES {
            list_files(&directory.join(name), &mut files)?;
        }
        let text = fs::read_to_string(&manifest).map_err(|error| input_error(&manifest, error))?;
        let table: Table = text
            .parse()
            .map_err(|error| input_error(&manifest, error))?;
        let mut paths = Vec::new();
        dependencies(&table, &mut paths);
        todo.extend(
            paths
                .iter()
                .map(|path| normalize(&directory.join(path).join("Cargo.toml"))),
        );
    }
    Ok(files.into_iter().collect())
}

/// The paths in all tables of dependencies, wherever they are: below `target`, `patch`, `workspace`.
fn dependencies(table: &Table, paths: &mut Vec<String>) {
    for (key, value) in table {
        let Value::Table(inner) = value else { continue };
        let is_list =
            matches!(key.as_str(), "dependencies" | "build-dependencies") || key == "patch";
        if is_list {
            named_paths(inner, paths);
        } else if !key.ends_with("dependencies") {
            dependencies(inner, paths);
        }
    }
}

fn named_paths(table: &Table, paths: &mut Vec<String>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => named_paths(inner, paths),
            Value::String(path) if key == "path" => paths.push(path.clone()),
            _ => {}
        }
    }
}

/// Adds all files below `directory`; it need not exist.
fn list_files(directory: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    if !directory.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(directory).map_err(|error| input_error(directory, error))? {
        let path = entry.map_err(|error| input_error(directory, error))?.path();
        if path.is_dir() {
            list_files(&path, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}

/// `path` without `.` and `..`, so that each file has one name.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// `path` seen from the directory `top`, with `/` on every system.
fn relative_path(path: &Path, top: &Path) -> String {
    let shared = path
        .components()
        .zip(top.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = top.components().skip(shared).map(|_| "..".into());
    let down = path
        .components()
        .skip(shared)
        .map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}

fn input_error(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::Inputs {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const MANIFEST: &str = "[target.'cfg(unix)'.dependencies]\nlib = { path = '../lib' }\n\
                            [dev-dependencies]\ntesting = { path = '../testing' }\n";

    fn tree() -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("stage0/Cargo.toml", MANIFEST),
            ("stage0/Cargo.lock", ""),
            ("stage0/src/a/b.rs", ""),
            ("stage0/tests/t.rs", ""),
            (
                "lib/Cargo.toml",
                "[dependencies]\nstage0 = { path = '../stage0' }",
            ),
            ("lib/src/lib.rs", ""),
        ] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    fn digest_in(dir: &TempDir) -> Sha256Digest {
        digest(&dir.path().join("lib/../stage0/Cargo.toml")).unwrap()
    }

    #[test]
    fn digest_is_independent_of_the_location() {
        assert_eq!(digest_in(&tree()), digest_in(&tree()));
    }

    #[test]
    fn digest_covers_inputs_only() {
        let dir = tree();
        let before = digest_in(&dir);
        for (name, counts) in [
            ("stage0/tests/t.rs", false),
            ("stage0/README.md", false),
            ("stage0/src/a/b.rs", true),
            ("stage0/src/new.rs", true),
            ("stage0/Cargo.lock", true),
            ("stage0/.cargo/config.toml", true),
            ("lib/src/lib.rs", true),
        ] {
            let path = dir.path().join(name);
            let old = fs::read(&path).ok();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "x").unwrap();
            assert_eq!(digest_in(&dir) != before, counts, "{name}");
            match old {
                Some(old) => fs::write(&path, old).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            assert_eq!(digest_in(&dir), before, "{name}");
        }
        fs::rename(
            dir.path().join("stage0/src/a"),
            dir.path().join("stage0/src/c"),
        )
        .unwrap();
        assert_ne!(digest_in(&dir), before, "names count");
    }

    #[test]
    fn names_an_invalid_manifest() {
        let dir = tree();
        fs::write(dir.path().join("lib/Cargo.toml"), "[").unwrap();
        let error = digest(&dir.path().join("stage0/Cargo.toml")).unwrap_err();
        assert!(error.to_string().contains("lib/Cargo.toml: "), "{error}");
    }
}

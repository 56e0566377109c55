//! The files that stage0 is built from, and their digest.
//!
//! The digest shows, without a build, whether the stage0 of a checkout is the released one.
//!
//! The inputs are these files in the directory of the manifest: `Cargo.toml`, `Cargo.lock`, `build.rs`,
//! `rust-toolchain`, `rust-toolchain.toml`, and all files in `.cargo/` and `src/`; and the same files of
//! each direct and indirect path dependency. Tests and documentation are not inputs, and git is not used.
//! The digest is that of a list in the format of `sha256sum`, sorted by path, with paths relative to
//! stage0's directory. A release records it when it records the digest of the artifact.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use fastboop_files::Sha256Digest;
use toml::{Table, Value};

use crate::{Error, sidecar};

/// The files of a package that are inputs.
const FILES: [&str; 5] = [
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// The directories of a package whose files are all inputs.
const DIRECTORIES: [&str; 2] = [".cargo", "src"];

/// Whether the inputs of the package at `manifest` have the digest that the file `record` contains.
/// `false` if `record` does not exist.
pub fn is_unchanged(manifest: &Path, record: &Path) -> Result<bool, Error> {
    match sidecar::read_digest(record) {
        Ok(recorded) => Ok(digest(manifest)? == recorded),
        Err(error) if error.is_missing() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Computes the digest of all inputs of the package at `manifest`.
pub fn digest(manifest: &Path) -> Result<Sha256Digest, Error> {
    let top = normalize(manifest.parent().unwrap_or(Path::new("")));
    let mut lines = Vec::new();
    for path in files(manifest)? {
        // Not `file::read`, which rejects empty files: a source file may be empty.
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

/// Lists all inputs of the package at `manifest`, sorted by path.
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
        collect_dependencies(&table, &mut paths);
        todo.extend(
            paths
                .iter()
                .map(|path| normalize(&directory.join(path).join("Cargo.toml"))),
        );
    }
    Ok(files.into_iter().collect())
}

/// Collects the paths in all dependency tables, including those in `target`, `patch` and `workspace`.
fn collect_dependencies(table: &Table, paths: &mut Vec<String>) {
    for (key, value) in table {
        let Value::Table(inner) = value else { continue };
        let is_list =
            matches!(key.as_str(), "dependencies" | "build-dependencies") || key == "patch";
        if is_list {
            collect_paths(inner, paths);
        } else if !key.ends_with("dependencies") {
            collect_dependencies(inner, paths);
        }
    }
}

fn collect_paths(table: &Table, paths: &mut Vec<String>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => collect_paths(inner, paths),
            Value::String(path) if key == "path" => paths.push(path.clone()),
            _ => {}
        }
    }
}

/// Adds all files in `directory` and its subdirectories. The directory need not exist.
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

/// Removes `.` and `..` from `path`, so that each file has only one path.
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

/// `path` relative to the directory `top`, with `/` as the separator on every system.
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

    fn create_packages() -> TempDir {
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
        assert_eq!(digest_in(&create_packages()), digest_in(&create_packages()));
    }

    #[test]
    fn digest_covers_inputs_only() {
        let dir = create_packages();
        let before = digest_in(&dir);
        for (name, is_input) in [
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
            assert_eq!(digest_in(&dir) != before, is_input, "{name}");
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
        assert_ne!(digest_in(&dir), before, "file names are part of the digest");
    }

    #[test]
    fn reports_the_path_of_an_invalid_manifest() {
        let dir = create_packages();
        fs::write(dir.path().join("lib/Cargo.toml"), "[").unwrap();
        let error = digest(&dir.path().join("stage0/Cargo.toml")).unwrap_err();
        assert!(error.to_string().contains("lib/Cargo.toml: "), "{error}");
    }
}

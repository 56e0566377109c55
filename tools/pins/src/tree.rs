//! A checkout, and what is to be changed in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fastboop_files::file;

use crate::Error;

/// A checkout. Changes are staged, seen by who reads it after that, and written when all of them are known to be good.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    staged: BTreeMap<String, String>,
}

impl Tree {
    /// The checkout at `root`. Fails when there is no MODULE.bazel.
    pub fn open(root: &Path) -> Result<Self, Error> {
        if !root.join("MODULE.bazel").is_file() {
            let cause = "no MODULE.bazel here; run this at the top of the checkout, or name that with --root";
            return Err(Error::new(root.display(), cause));
        }
        Ok(Tree {
            root: root.to_owned(),
            staged: BTreeMap::new(),
        })
    }

    /// Its top directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether there is such a file or directory. Paths are relative to the top, with `/`.
    pub fn has(&self, path: &str) -> bool {
        self.staged.contains_key(path) || self.root.join(path).exists()
    }

    /// The text of a file. Fails when it cannot be read or is not UTF-8.
    pub fn read(&self, path: &str) -> Result<String, Error> {
        if let Some(text) = self.staged.get(path) {
            return Ok(text.clone());
        }
        fs::read_to_string(self.root.join(path))
            .map_err(|error| Error::new(path, format!("cannot read it: {error}")))
    }

    /// The text of a file, or nothing where it is a program or another file that is not text.
    pub fn read_if_text(&self, path: &str) -> Result<Option<String>, Error> {
        let failed = |error| Error::new(path, format!("cannot read it: {error}"));
        let bytes = fs::read(self.root.join(path)).map_err(failed)?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// The files below a directory, sorted; none where there is no such directory.
    pub fn files(&self, directory: &str) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        self.collect(directory, &mut found)?;
        found.sort();
        Ok(found)
    }

    fn collect(&self, directory: &str, found: &mut Vec<String>) -> Result<(), Error> {
        let path = self.root.join(directory);
        if !path.is_dir() {
            return Ok(());
        }
        let failed = |error| Error::new(directory, format!("cannot list it: {error}"));
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().into_string();
            let name =
                name.map_err(|_| Error::new(directory, "a file name is not UTF-8; rename it"))?;
            let below = format!("{directory}/{name}");
            // Links to files are files, as Bazel gives them to tests; those to directories lead back. Nor what Cargo writes.
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && name != "target" {
                self.collect(&below, found)?;
            } else if entry.path().is_file() {
                found.push(below);
            }
        }
        Ok(())
    }

    /// Says what a file is to be. What it is already, is no change.
    pub fn stage(&mut self, path: &str, text: String) {
        if self.read(path).is_ok_and(|now| now == text) {
            return;
        }
        self.staged.insert(path.to_owned(), text);
    }

    /// The files that are to be changed.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.staged.keys().map(String::as_str)
    }

    /// Writes what was staged, each file at once and whole.
    pub fn write(self) -> Result<(), Error> {
        for (path, text) in &self.staged {
            file::write_atomic(&self.root.join(path), text.as_bytes(), false)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_staged_is_read_and_written_only_then() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("MODULE.bazel");
        assert!(
            Tree::open(dir.path())
                .unwrap_err()
                .to_string()
                .contains("no MODULE.bazel")
        );
        fs::write(&path, "old").unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        tree.stage("MODULE.bazel", "old".into());
        assert_eq!(tree.changed().count(), 0);
        tree.stage("MODULE.bazel", "new".into());
        assert_eq!(tree.read("MODULE.bazel").unwrap(), "new");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        tree.write().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn files_are_sorted_and_links_to_directories_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["MODULE.bazel", "a/z", "a/b/c", "a/target/no"] {
            fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
            fs::write(dir.path().join(name), "x").unwrap();
        }
        std::os::unix::fs::symlink("..", dir.path().join("a/loop")).unwrap();
        let tree = Tree::open(dir.path()).unwrap();
        std::os::unix::fs::symlink("z", dir.path().join("a/link")).unwrap();
        assert_eq!(tree.files("a").unwrap(), ["a/b/c", "a/link", "a/z"]);
        assert_eq!(tree.files("gone").unwrap(), [] as [&str; 0]);
        assert_eq!(tree.read_if_text("a/z").unwrap().as_deref(), Some("x"));
        fs::write(dir.path().join("a/z"), b"\x7fELF\xff").unwrap();
        assert_eq!(tree.read_if_text("a/z").unwrap(), None);
    }
}

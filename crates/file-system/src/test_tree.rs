//! A file system in memory, for tests.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt};

/// Paths with contents. `->` begins the target of a symbolic link, `loop` is a directory that contains itself.
pub(crate) struct TestTree(BTreeMap<PathBuf, &'static str>);

impl TestTree {
    pub(crate) fn new(files: &[(&str, &'static str)]) -> Self {
        TestTree(
            files
                .iter()
                .map(|(path, text)| (path.into(), *text))
                .collect(),
        )
    }

    fn content(&self, path: &Path) -> Result<Option<&'static str>, Error> {
        if let Some(text) = self.0.get(path) {
            return Ok((*text != "loop").then_some(*text));
        }
        let is_directory =
            self.0.keys().any(|file| file.starts_with(path)) || self.is_in_loop(path);
        is_directory
            .then_some(None)
            .ok_or_else(|| Error::NotFound(path.to_owned()))
    }

    fn is_in_loop(&self, path: &Path) -> bool {
        path.ancestors()
            .any(|above| self.0.get(above) == Some(&"loop"))
    }
}

impl FileSystem for TestTree {
    fn kind(&self) -> &'static str {
        "test"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        let content = self.content(path)?;
        let file_type = match content {
            None => FileType::Directory,
            Some(text) if text.starts_with("->") => FileType::Symlink,
            Some(_) => FileType::Regular,
        };
        Ok(Metadata {
            file_type,
            permissions: 0o644,
            uid: 0,
            gid: 0,
            size: content.unwrap_or_default().len() as u64,
            modified: 0,
            device: None,
        })
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let mut names: Vec<OsString> = self
            .0
            .keys()
            .filter_map(|file| file.strip_prefix(path).ok()?.iter().next())
            .map(Into::into)
            .collect();
        names.dedup();
        if self.is_in_loop(path) {
            names = vec!["a".into()];
        }
        let mut listing = Listing::default();
        for name in names {
            let file_type = self.metadata(&path.join(&name))?.file_type;
            listing.add(name.as_encoded_bytes(), file_type)?;
        }
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        let target = self.content(path)?.unwrap_or_default();
        Ok(target.trim_start_matches("->").into())
    }

    fn attributes(&self, _: &Path) -> Result<Vec<Attribute>, Error> {
        Ok(Vec::new())
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        match self.content(path)? {
            Some(text) => Ok(Box::new(text.as_bytes())),
            None => Err(Error::WrongType {
                path: path.to_owned(),
                expected: FileType::Regular,
                found: FileType::Directory,
            }),
        }
    }
}

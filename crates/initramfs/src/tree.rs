//! The files of an archive to write.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::FileType;
use crate::read::{Cause, zstd_reader, zstd_size};

/// The kernel's limit for a path in bytes, including the terminating NUL: PATH_MAX in
/// `linux/limits.h`.
const MAX_PATH: usize = 4096;

/// The limit of the format for the size of a file in bytes.
const MAX_SIZE: u64 = u32::MAX as u64;

/// The files of an archive, sorted by path: directories come before their entries.
#[derive(Debug, Default)]
pub struct Tree(BTreeMap<Vec<u8>, Node>);

/// A file of any kind.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) permissions: u32,
    pub(crate) content: Content,
}

/// The type and the content of a file.
#[derive(Debug)]
pub enum Content {
    /// A directory.
    Directory,
    /// A regular file.
    Regular(Source),
    /// A symbolic link with this target.
    Symlink(PathBuf),
    /// A character device with this major and minor number.
    CharacterDevice(u32, u32),
}

/// The source of a regular file's content.
#[derive(Debug)]
pub enum Source {
    /// Bytes in memory.
    Bytes(Cow<'static, [u8]>),
    /// A file, which is read when the archive is written.
    File {
        /// The path of the file to read.
        path: PathBuf,
        /// The size in bytes; writing fails if the file's size differs by then.
        size: u64,
    },
    /// A file that is decompressed when the archive is written.
    Zstd {
        /// The path of the file to read, which is one zstd frame.
        path: PathBuf,
        /// The decompressed size in bytes; writing fails if it differs by then.
        size: u64,
    },
}

/// The error for a file that cannot be inserted into a tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The tree already contains this path.
    #[error("{}: already in the initramfs; choose another path for one of the two", .0.display())]
    Twice(PathBuf),
    /// The first path is below the second one, which is not a directory.
    #[error("{}: cannot be added: {} is not a directory", .0.display(), .1.display())]
    NotADirectory(PathBuf, PathBuf),
    /// The path is empty, starts with `.`, contains `..` or a NUL, or is the name of the trailer.
    #[error("{:?}: not a valid path in an initramfs; use one like usr/bin/tool, without . and ..", .0)]
    BadPath(PathBuf),
    /// The image in front has a directory at this path.
    #[error("{}: a directory in the image in front, which a file cannot replace; choose another path", .0.display())]
    IsADirectory(PathBuf),
    /// The path exceeds the kernel's limit.
    #[error("{}: path too long: the kernel's limit is {} bytes", .0.display(), MAX_PATH - 1)]
    LongPath(PathBuf),
    /// The file exceeds the limit of the format; its size in bytes.
    #[error("{path}: too large: {size} bytes or more", path = .0.display(), size = .1)]
    TooLarge(PathBuf, u64),
    /// The file cannot be read.
    #[error("{path}: cannot read it: {error}", path = .0.display(), error = .1)]
    Read(PathBuf, io::Error),
    /// The file cannot be decompressed.
    #[error("{path}: cannot decompress it: {error}", path = .0.display(), error = .1)]
    Decompress(PathBuf, Cause),
}

impl Tree {
    /// Inserts a file, and missing parent directories with mode 0755.
    ///
    /// A leading `/` is ignored. `permissions` are the lower 12 bits of the mode. Inserting an existing
    /// directory has no effect.
    pub fn insert(
        &mut self,
        path: &Path,
        permissions: u32,
        content: Content,
    ) -> Result<(), TreeError> {
        let name = normalize_path(path)?;
        if content.size() > MAX_SIZE {
            return Err(TreeError::TooLarge(path.to_owned(), content.size()));
        }
        let node = Node {
            permissions: permissions & 0o7777,
            content,
        };
        self.insert_node(name, node)
    }

    /// Inserts a node at a normalized path, and missing parent directories.
    pub(crate) fn insert_node(&mut self, name: Vec<u8>, node: Node) -> Result<(), TreeError> {
        let path = Path::new(OsStr::from_bytes(&name)).to_owned();
        let parents = (0..name.len()).filter(|index| name.get(*index) == Some(&b'/'));
        for parent in parents.filter_map(|index| name.get(..index)) {
            let node = self.0.entry(parent.to_vec()).or_insert(Node {
                permissions: 0o755,
                content: Content::Directory,
            });
            if !node.is_directory() {
                let parent = Path::new(OsStr::from_bytes(parent)).to_owned();
                return Err(TreeError::NotADirectory(path, parent));
            }
        }
        match self.0.entry(name) {
            MapEntry::Vacant(place) => {
                place.insert(node);
                Ok(())
            }
            MapEntry::Occupied(old) if old.get().is_directory() && node.is_directory() => Ok(()),
            MapEntry::Occupied(_) => Err(TreeError::Twice(path)),
        }
    }

    /// The total size of all contents in bytes.
    pub fn size(&self) -> u64 {
        self.0.values().map(|node| node.content.size()).sum()
    }

    /// The paths of the files whose contents are read when the archive is written.
    pub fn sources(&self) -> impl Iterator<Item = &Path> {
        self.0.values().filter_map(|node| match &node.content {
            Content::Regular(Source::File { path, .. } | Source::Zstd { path, .. }) => {
                Some(path.as_path())
            }
            _ => None,
        })
    }

    /// Returns path, mode and size in bytes of each file, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, u32, u64)> {
        self.nodes().map(|(name, node)| {
            (
                Path::new(OsStr::from_bytes(name)),
                node.mode(),
                node.content.size(),
            )
        })
    }

    /// Removes the directories for which `is_removed` is true, but nothing in them.
    pub(crate) fn remove_directories(&mut self, is_removed: impl Fn(&[u8]) -> bool) {
        self.0
            .retain(|name, node| !node.is_directory() || !is_removed(name));
    }

    pub(crate) fn into_nodes(self) -> impl Iterator<Item = (Vec<u8>, Node)> {
        self.0.into_iter()
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&[u8], &Node)> {
        self.0.iter().map(|(name, node)| (name.as_slice(), node))
    }
}

impl Node {
    pub(crate) fn is_directory(&self) -> bool {
        matches!(self.content, Content::Directory)
    }

    /// File type and permissions, as in stat(2).
    pub(crate) fn mode(&self) -> u32 {
        let kind = match self.content {
            Content::Directory => FileType::Directory,
            Content::Regular(_) => FileType::Regular,
            Content::Symlink(_) => FileType::Symlink,
            Content::CharacterDevice(..) => FileType::CharacterDevice,
        };
        kind.bits() | self.permissions
    }
}

impl Content {
    /// The size of the content in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Content::Directory | Content::CharacterDevice(..) => 0,
            Content::Symlink(target) => target.as_os_str().len() as u64,
            Content::Regular(Source::Bytes(bytes)) => bytes.len() as u64,
            Content::Regular(Source::File { size, .. } | Source::Zstd { size, .. }) => *size,
        }
    }
}

impl Source {
    /// Creates a source for the file at `path`, which must be a regular file or a symbolic link to one.
    pub fn file(path: &Path) -> Result<Self, TreeError> {
        let read = |error| TreeError::Read(path.to_owned(), error);
        let found = fs::metadata(path).map_err(read)?;
        if !found.is_file() {
            return Err(read(io::Error::other("not a regular file")));
        }
        Ok(Source::File {
            path: path.to_owned(),
            size: found.len(),
        })
    }

    /// Creates a source for the decompressed content of the file at `path`, which is one zstd frame. The
    /// file is decompressed here too, to determine the size and to find errors.
    pub fn zstd(path: &Path) -> Result<Self, TreeError> {
        // A file that cannot be opened has the same errors as one that is not compressed.
        Source::file(path)?;
        let file = File::open(path).map_err(|error| TreeError::Read(path.to_owned(), error))?;
        let size = zstd_size(file, MAX_SIZE + 1)
            .map_err(|cause| TreeError::Decompress(path.to_owned(), cause))?;
        let path = path.to_owned();
        Ok(Source::Zstd { path, size })
    }

    /// Creates a source for the decompressed content of `bytes`, which is one zstd frame of at most `limit`
    /// bytes of content. `path` is only for messages.
    pub fn from_zstd(path: &Path, bytes: &[u8], limit: u64) -> Result<Self, TreeError> {
        let decompress = |cause| TreeError::Decompress(path.to_owned(), cause);
        let size = zstd_size(bytes, limit + 1).map_err(decompress)?;
        if size > limit {
            return Err(TreeError::TooLarge(path.to_owned(), size));
        }
        let mut content = Vec::new();
        zstd_reader(bytes)
            .and_then(|mut reader| reader.read_to_end(&mut content))
            .map_err(|error| decompress(error.into()))?;
        Ok(Source::Bytes(content.into()))
    }
}

/// Validates a path and returns it without a leading `/` and repeated ones.
fn normalize_path(path: &Path) -> Result<Vec<u8>, TreeError> {
    let bad = || TreeError::BadPath(path.to_owned());
    let mut name = Vec::new();
    for component in path.components() {
        match component {
            Component::RootDir => {}
            Component::Normal(component) => {
                if !name.is_empty() {
                    name.push(b'/');
                }
                name.extend_from_slice(component.as_bytes());
            }
            _ => return Err(bad()),
        }
    }
    if name.is_empty() || name.contains(&0) || name == crate::TRAILER {
        return Err(bad());
    }
    if name.len() >= MAX_PATH {
        return Err(TreeError::LongPath(path.to_owned()));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(tree: &mut Tree, path: &str, content: Content) -> Result<(), TreeError> {
        tree.insert(Path::new(path), 0o644, content)
    }

    fn empty() -> Content {
        Content::Regular(Source::Bytes(Cow::Borrowed(b"")))
    }

    #[test]
    fn inserts_parents_and_sorts_them_first() {
        let mut tree = Tree::default();
        put(&mut tree, "b/c/d", empty()).unwrap();
        put(&mut tree, "/b-a", empty()).unwrap();
        put(&mut tree, "a", Content::Directory).unwrap();
        put(&mut tree, "b//c/", Content::Directory).unwrap();
        let paths: Vec<_> = tree
            .iter()
            .map(|(path, mode, _)| (path.to_str().unwrap(), mode))
            .collect();
        assert_eq!(
            paths,
            [
                ("a", 0o40_644),
                ("b", 0o40_755),
                ("b-a", 0o100_644),
                ("b/c", 0o40_755),
                ("b/c/d", 0o100_644),
            ]
        );
    }

    #[test]
    fn rejects_duplicate_paths() {
        let mut tree = Tree::default();
        put(&mut tree, "a/b", empty()).unwrap();
        for (path, words) in [
            ("a/b", "already in the initramfs"),
            ("/a", "already in the initramfs"),
            ("a/b/c", "a/b is not a directory"),
        ] {
            let message = put(&mut tree, path, empty()).unwrap_err().to_string();
            assert!(
                message.starts_with(path.trim_start_matches('/')),
                "{message}"
            );
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(tree.iter().count(), 2);
    }

    #[test]
    fn rejects_paths_that_the_kernel_would_interpret_differently() {
        let long = "a/".repeat(2047) + "bb";
        for path in ["", "/", "..", "a/../b", "./a", "a\0b", "TRAILER!!!", &long] {
            let mut tree = Tree::default();
            assert!(put(&mut tree, path, empty()).is_err(), "{path}");
            assert_eq!(tree.iter().count(), 0);
        }
        put(&mut Tree::default(), &long[..4095], empty()).unwrap();
    }

    #[test]
    fn rejects_files_larger_than_4_gib() {
        let path = PathBuf::from("huge");
        let size = u64::from(u32::MAX) + 1;
        let huge = Content::Regular(Source::File { path, size });
        let message = put(&mut Tree::default(), "huge", huge).unwrap_err();
        assert!(
            message.to_string().contains("4294967296 bytes"),
            "{message}"
        );
    }

    #[test]
    fn source_must_be_a_regular_file() {
        for path in ["/nowhere", "/", "/dev/null"].map(Path::new) {
            for source in [Source::file(path), Source::zstd(path)] {
                let message = source.unwrap_err().to_string();
                let start = format!("{}: cannot read it: ", path.display());
                assert!(message.starts_with(&start), "{message}");
            }
        }
    }
}

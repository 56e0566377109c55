//! What should be in an archive.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::FileType;

/// The kernel takes no longer path, with the NUL at its end: PATH_MAX in `linux/limits.h`.
const MAX_PATH: usize = 4096;

/// Files by path: in the order in which they are written, so directories come before what is in them.
#[derive(Debug, Default)]
pub struct Tree(BTreeMap<Vec<u8>, Node>);

/// A file of any kind.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) permissions: u32,
    pub(crate) content: Content,
}

/// What kind of file it is, and what is in it.
#[derive(Debug)]
pub enum Content {
    /// A directory.
    Directory,
    /// A file with these bytes.
    Regular(Source),
    /// A symbolic link that leads there.
    Symlink(PathBuf),
    /// A character device with this major and minor number.
    CharacterDevice(u32, u32),
}

/// Where bytes come from.
#[derive(Debug)]
pub enum Source {
    /// From memory.
    Bytes(Cow<'static, [u8]>),
    /// From a file, read when the archive is written.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its size in bytes; another size, when it is read, is an error.
        size: u64,
    },
}

/// Why something cannot be put into a tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There is something at this path already.
    #[error("{}: in the initramfs already; name another place for one of the two", .0.display())]
    Twice(PathBuf),
    /// It should be in something that is no directory.
    #[error("{}: cannot be there, as {} is not a directory", .0.display(), .1.display())]
    NotADirectory(PathBuf, PathBuf),
    /// The path is empty, leads upwards, or has a NUL in it.
    #[error("{:?}: no path in an initramfs; give one like usr/bin/tool, without . and ..", .0)]
    BadPath(PathBuf),
    /// The path is longer than the kernel takes.
    #[error("{}: longer than the {} bytes that the kernel takes", .0.display(), MAX_PATH - 1)]
    LongPath(PathBuf),
    /// The file is larger than the format has room for.
    #[error("{path}: {size} bytes, more than the 4 GiB that cpio has room for", path = .0.display(), size = .1)]
    TooLarge(PathBuf, u64),
    /// The file cannot be read.
    #[error("{path}: cannot read it: {error}", path = .0.display(), error = .1)]
    Read(PathBuf, io::Error),
}

impl Tree {
    /// Puts a file there, and the directories that it takes, with mode 0755, where there are none.
    ///
    /// A leading `/` makes no difference. `permissions` are the lower 12 bits of the mode. A
    /// directory that is there already is left as it is.
    pub fn insert(
        &mut self,
        path: &Path,
        permissions: u32,
        content: Content,
    ) -> Result<(), TreeError> {
        let name = normal(path)?;
        if content.size() > u64::from(u32::MAX) {
            return Err(TreeError::TooLarge(path.to_owned(), content.size()));
        }
        let parents = (0..name.len()).filter(|index| name.get(*index) == Some(&b'/'));
        for parent in parents.filter_map(|index| name.get(..index)) {
            let node = self.0.entry(parent.to_vec()).or_insert(Node {
                permissions: 0o755,
                content: Content::Directory,
            });
            if !node.is_directory() {
                let parent = Path::new(OsStr::from_bytes(parent)).to_owned();
                return Err(TreeError::NotADirectory(path.to_owned(), parent));
            }
        }
        let node = Node {
            permissions: permissions & 0o7777,
            content,
        };
        match self.0.entry(name) {
            MapEntry::Vacant(place) => {
                place.insert(node);
                Ok(())
            }
            MapEntry::Occupied(there) if there.get().is_directory() && node.is_directory() => {
                Ok(())
            }
            MapEntry::Occupied(_) => Err(TreeError::Twice(path.to_owned())),
        }
    }

    /// The size in bytes of all contents.
    pub fn size(&self) -> u64 {
        self.0.values().map(|node| node.content.size()).sum()
    }

    /// Path, mode and size in bytes of each file, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, u32, u64)> {
        self.nodes().map(|(name, node)| {
            (
                Path::new(OsStr::from_bytes(name)),
                node.mode(),
                node.content.size(),
            )
        })
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&[u8], &Node)> {
        self.0.iter().map(|(name, node)| (name.as_slice(), node))
    }
}

impl Node {
    fn is_directory(&self) -> bool {
        matches!(self.content, Content::Directory)
    }

    /// The mode, as stat(2) has it.
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
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Content::Directory | Content::CharacterDevice(..) => 0,
            Content::Symlink(target) => target.as_os_str().len() as u64,
            Content::Regular(Source::Bytes(bytes)) => bytes.len() as u64,
            Content::Regular(Source::File { size, .. }) => *size,
        }
    }
}

impl Source {
    /// The file at `path`, which is to be a regular one, or a symbolic link to one.
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
}

/// The path as cpio has it: without a `/` in front.
fn normal(path: &Path) -> Result<Vec<u8>, TreeError> {
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
    fn parents_are_made_and_come_first() {
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
    fn each_path_is_there_once() {
        let mut tree = Tree::default();
        put(&mut tree, "a/b", empty()).unwrap();
        for (path, words) in [
            ("a/b", "in the initramfs already"),
            ("/a", "in the initramfs already"),
            ("a/b/c", "a/b is not a directory"),
        ] {
            let message = put(&mut tree, path, empty()).unwrap_err().to_string();
            assert!(message.starts_with(path), "{message}");
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(tree.iter().count(), 2);
    }

    #[test]
    fn paths_that_the_kernel_would_take_otherwise_are_refused() {
        let long = "a/".repeat(2047) + "bb";
        for path in ["", "/", "..", "a/../b", "./a", "a\0b", "TRAILER!!!", &long] {
            let mut tree = Tree::default();
            assert!(put(&mut tree, path, empty()).is_err(), "{path}");
            assert_eq!(tree.iter().count(), 0);
        }
        put(&mut Tree::default(), &long[..4095], empty()).unwrap();
    }

    #[test]
    fn what_cpio_has_no_room_for_is_refused() {
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
    fn only_regular_files_are_sources() {
        for path in ["/nowhere", "/", "/dev/null"] {
            let message = Source::file(Path::new(path)).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("{path}: cannot read it: ")),
                "{message}"
            );
        }
    }
}

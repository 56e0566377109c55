//! Finds files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use file_system::bytes::u32_at;
use file_system::{Error, FileType, ReadAt};

use crate::directory::{DirectoryEntry, Entries, verify_checksum};
use crate::features::FILE_TYPE;
use crate::inode::{Inode, ROOT};
use crate::lock;
use crate::names::Names;
use crate::node::Node;
use crate::view::ExtfsView;

/// The maximum size in bytes of a directory. The names of all files of a listing need less, but directories
/// never shrink.
const MAX_DIRECTORY: u64 = 64 << 20;
/// The number of directories that are kept: 8 MiB, mostly for their [`Names`].
const MAX_KEPT: usize = 8;
/// The size in bytes of the number of the parent at the beginning of a directory in an inode.
const PARENT_SIZE: usize = 4;

/// A directory on the way to a file.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) node: Node,
    /// Made when a file in several blocks is looked up first. `None` if there are too many names.
    names: OnceLock<Option<Names>>,
}

/// The directories by their paths, the most recent first.
pub(crate) type Directories = std::collections::VecDeque<(PathBuf, Arc<Directory>)>;

impl<R: ReadAt> ExtfsView<R> {
    /// Returns the inode of the file at a path.
    pub(crate) fn find(&self, path: &Path) -> Result<Inode, Error> {
        if path.as_os_str().is_empty() {
            return self.inode(ROOT);
        }
        let not_found = || Error::NotFound(path.to_owned());
        let name = path.file_name().ok_or_else(not_found)?;
        let parent = path.parent().ok_or_else(not_found)?;
        let directory = self.directory(parent)?.ok_or_else(not_found)?;
        let inode = self.find_in(&directory, name.as_encoded_bytes())?;
        self.inode(inode.ok_or_else(not_found)?)
    }

    /// Returns the file at a path, if it is of a type.
    pub(crate) fn find_of_type(&self, path: &Path, expected: FileType) -> Result<Node, Error> {
        let inode = self.find(path)?;
        let found = inode.metadata.file_type;
        if found != expected {
            let path = path.to_owned();
            return Err(Error::WrongType {
                path,
                expected,
                found,
            });
        }
        Node::new(inode)
    }

    /// Returns the directory at a path; `None` if it or one before does not exist, or is not a directory.
    pub(crate) fn directory(&self, path: &Path) -> Result<Option<Arc<Directory>>, Error> {
        let mut missing = Vec::new();
        let mut known = path;
        let mut directory = loop {
            if let Some(directory) = self.kept(known) {
                break directory;
            }
            if known.as_os_str().is_empty() {
                break self.keep(known, self.inode(ROOT)?, ROOT)?;
            }
            let (Some(parent), Some(name)) = (known.parent(), known.file_name()) else {
                return Ok(None);
            };
            missing.push((known, name));
            known = parent;
        };
        for (path, name) in missing.into_iter().rev() {
            let Some(number) = self.find_in(&directory, name.as_encoded_bytes())? else {
                return Ok(None);
            };
            let inode = self.inode(number)?;
            if inode.metadata.file_type != FileType::Directory {
                return Ok(None);
            }
            directory = self.keep(path, inode, directory.node.inode.number)?;
        }
        Ok(Some(directory))
    }

    fn kept(&self, path: &Path) -> Option<Arc<Directory>> {
        let mut kept = lock(&self.directories);
        let index = kept.iter().position(|(other, _)| other == path)?;
        let row = kept.remove(index)?;
        let directory = Arc::clone(&row.1);
        kept.push_front(row);
        Some(directory)
    }

    /// Keeps a directory, after checking that it is one, and in the parent that it names. So a directory cannot
    /// contain itself.
    fn keep(&self, path: &Path, inode: Inode, parent: u32) -> Result<Arc<Directory>, Error> {
        let file_type = inode.metadata.file_type;
        if file_type != FileType::Directory {
            return Err(inode.corrupt(format!("the root is a {file_type}")));
        }
        if inode.size > MAX_DIRECTORY {
            let size = inode.size;
            return Err(Error::TooLarge(format!(
                "a directory of {size} bytes, more than {MAX_DIRECTORY}"
            )));
        }
        let node = Node::new(inode)?;
        let found = self.parent(&node)?;
        if found != Some(parent) {
            let found = found.unwrap_or_default();
            let what = format!("a directory in inode {found}, expected inode {parent}");
            return Err(node.inode.corrupt(what));
        }
        let directory = Arc::new(Directory {
            node,
            names: OnceLock::new(),
        });
        let mut kept = lock(&self.directories);
        kept.truncate(MAX_KEPT - 1);
        kept.push_front((path.to_owned(), Arc::clone(&directory)));
        Ok(directory)
    }

    /// Returns the number of the inode that a directory names as its parent.
    fn parent(&self, node: &Node) -> Result<Option<u32>, Error> {
        if let Some(inline) = node.inline() {
            return u32_at(inline, 0).map(Some);
        }
        let mut parent = None;
        self.visit_block(node, 0, &mut |entry| {
            if entry.name == b".." {
                parent = Some(entry.inode);
            }
            Ok(())
        })?;
        Ok(parent)
    }

    /// Returns the number of the inode with a name in a directory.
    fn find_in(&self, directory: &Directory, name: &[u8]) -> Result<Option<u32>, Error> {
        let mut found = None;
        let mut visit = |entry: DirectoryEntry<'_>| {
            if entry.name == name {
                found = Some(entry.inode);
            }
            Ok(())
        };
        match self.names(directory)? {
            Some(names) => {
                for block in names.blocks(self.hash(name)) {
                    self.visit_block(&directory.node, block, &mut visit)?;
                }
            }
            None => self.visit_entries(&directory.node, &mut visit)?,
        }
        Ok(found)
    }

    /// Returns where the names of a directory of several blocks are, if they are not too many.
    fn names<'a>(&self, directory: &'a Directory) -> Result<Option<&'a Names>, Error> {
        let node = &directory.node;
        if node.inline().is_some() || node.inode.size <= self.superblock.block_size {
            return Ok(None);
        }
        if let Some(names) = directory.names.get() {
            return Ok(names.as_ref());
        }
        let mut names = Names::default();
        for number in 0..self.block_count(node) {
            self.visit_block(node, number, &mut |entry| {
                names.add(self.hash(entry.name), number);
                Ok(())
            })?;
        }
        Ok(directory.names.get_or_init(|| names.finish()).as_ref())
    }

    fn block_count(&self, node: &Node) -> u64 {
        node.inode.size.div_ceil(self.superblock.block_size)
    }

    pub(crate) fn visit_entries(
        &self,
        node: &Node,
        visit: &mut dyn FnMut(DirectoryEntry<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(inline) = node.inline() else {
            return (0..self.block_count(node))
                .try_for_each(|number| self.visit_block(node, number, visit));
        };
        // Two parts, behind the number of the parent and in an extended attribute.
        let (map, rest) = inline.split_at(node.inode.map.len().min(inline.len()));
        let map = map.get(PARENT_SIZE..).unwrap_or_default();
        [map, rest]
            .into_iter()
            .try_for_each(|part| self.visit_part(part, visit))
    }

    fn visit_block(
        &self,
        node: &Node,
        number: u64,
        visit: &mut dyn FnMut(DirectoryEntry<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let block = node.block(&self.blocks, number)?;
        verify_checksum(&node.inode, number, &block)?;
        self.visit_part(&block, visit)
    }

    fn visit_part(
        &self,
        bytes: &[u8],
        visit: &mut dyn FnMut(DirectoryEntry<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let has_types = self.superblock.has_incompatible(FILE_TYPE);
        Entries::new(bytes, has_types).try_for_each(|entry| visit(entry?))
    }
}

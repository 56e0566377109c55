//! Finds files.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use file_system::{Error, FileType, ReadAt};

use crate::directory::{DirectoryBlock, DirectoryEntry, partition_point};
use crate::extent::Node;
use crate::inode::Inode;
use crate::view::ErofsView;

/// The maximum size in bytes of a directory. Its entries take more memory than a listing may have.
const MAX_DIRECTORY: u64 = 64 << 20;

impl<R: ReadAt> ErofsView<R> {
    /// Returns the inode of the file at a path.
    pub(crate) fn find(&self, path: &Path) -> Result<Inode, Error> {
        if path.as_os_str().is_empty() {
            return self.root();
        }
        let not_found = || Error::NotFound(path.to_owned());
        let name = path.file_name().ok_or_else(not_found)?;
        let parent = path.parent().ok_or_else(not_found)?;
        let directory = self.directory(parent)?.ok_or_else(not_found)?;
        let nid = self.find_in(&directory, name.as_encoded_bytes())?;
        self.inode(nid.ok_or_else(not_found)?)
    }

    /// Returns the file at a path, if it is of a type.
    pub(crate) fn find_of_type(&self, path: &Path, expected: FileType) -> Result<Arc<Node>, Error> {
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
        Ok(Arc::new(self.node(inode)?))
    }

    fn root(&self) -> Result<Inode, Error> {
        let root = self.inode(self.superblock.root_nid)?;
        match root.metadata.file_type {
            FileType::Directory => Ok(root),
            found => Err(root.corrupt(format!("the root is a {found}"))),
        }
    }

    /// Returns the directory at a path; `None` if it or one before does not exist, or is not a directory.
    fn directory(&self, path: &Path) -> Result<Option<Arc<Node>>, Error> {
        if let Some(node) = self.last_directory(path) {
            return Ok(Some(node));
        }
        let mut node = self.node(self.root()?)?;
        for name in path {
            let Some(nid) = self.find_in(&node, name.as_encoded_bytes())? else {
                return Ok(None);
            };
            let inode = self.inode(nid)?;
            if inode.metadata.file_type != FileType::Directory {
                return Ok(None);
            }
            node = self.node(inode)?;
        }
        let node = Arc::new(node);
        let mut last = self
            .directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last = Some((path.to_owned(), node.clone()));
        Ok(Some(node))
    }

    fn last_directory(&self, path: &Path) -> Option<Arc<Node>> {
        let last = self
            .directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (last_path, node) = last.as_ref()?;
        (last_path == path).then(|| node.clone())
    }

    /// Returns the number of the inode with a name in a directory.
    fn find_in(&self, directory: &Node, name: &[u8]) -> Result<Option<u64>, Error> {
        let count = directory.inode.size.div_ceil(self.superblock.block_size());
        // The last block whose first name is not behind the name.
        let behind = partition_point(count, |number| {
            let bytes = self.directory_block(directory, number)?;
            Ok(DirectoryBlock::new(&bytes)?.first_name()? <= name)
        })?;
        let Some(number) = behind.checked_sub(1) else {
            return Ok(None);
        };
        let bytes = self.directory_block(directory, number)?;
        let entry = DirectoryBlock::new(&bytes)?.find(name)?;
        Ok(entry.map(|entry| entry.nid))
    }

    pub(crate) fn visit_entries(
        &self,
        directory: &Node,
        visit: &mut dyn FnMut(DirectoryEntry<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let size = directory.inode.size;
        if size > MAX_DIRECTORY {
            return Err(Error::TooLarge(format!(
                "a directory of {size} bytes, more than {MAX_DIRECTORY}"
            )));
        }
        for number in 0..size.div_ceil(self.superblock.block_size()) {
            let bytes = self.directory_block(directory, number)?;
            for entry in DirectoryBlock::new(&bytes)?.entries() {
                visit(entry?)?;
            }
        }
        Ok(())
    }

    fn directory_block(&self, directory: &Node, number: u64) -> Result<Vec<u8>, Error> {
        let size = self.superblock.block_size();
        let start = crate::bytes::position(0, number, size)?;
        let left = directory.inode.size.saturating_sub(start);
        let mut bytes = vec![0; usize::try_from(left.min(size)).unwrap_or_default()];
        self.read(directory, &mut bytes, start, &mut None)?;
        Ok(bytes)
    }
}

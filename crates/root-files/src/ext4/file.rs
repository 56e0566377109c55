//! The content of files.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use ext4_view::File;
use file_system::Error;
use read_at::ReadAt;

use super::guard::guard;

/// A file that is open. Reads that do not continue where the last one ended are slow for positions far
/// from the beginning.
#[derive(Debug)]
pub(super) struct OpenFile {
    path: PathBuf,
    size: u64,
    cursor: RefCell<Cursor>,
}

#[derive(Debug)]
struct Cursor {
    file: File,
    /// `None` after an error.
    position: Option<u64>,
}

impl OpenFile {
    pub(super) fn new(file: File, path: &Path, size: u64) -> Self {
        let position = Some(0);
        OpenFile {
            path: path.to_owned(),
            size,
            cursor: RefCell::new(Cursor { file, position }),
        }
    }

    fn read(&self, cursor: &mut Cursor, bytes: &mut [u8], offset: u64) -> Result<(), Error> {
        // Until it has succeeded.
        if cursor.position.take() != Some(offset) {
            guard(&self.path, || cursor.file.seek_to(offset))?;
        }
        let mut rest = &mut *bytes;
        while !rest.is_empty() {
            let count = guard(&self.path, || cursor.file.read_bytes(rest))?;
            if count == 0 {
                return Err(Error::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            rest = rest.get_mut(count..).unwrap_or_default();
        }
        cursor.position = Some(offset.saturating_add(bytes.len() as u64));
        Ok(())
    }
}

impl ReadAt for OpenFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.size) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.read(&mut self.cursor.borrow_mut(), bytes, offset)?)
    }
}

//! Files and block devices as the lowest layer.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;

use crate::ReadAt;

/// A regular file or a block device, opened for reading only.
#[derive(Debug)]
pub struct FileAt {
    file: File,
    size: u64,
}

impl FileAt {
    /// Opens the file or block device at `path`, whose size must not change while it is read.
    ///
    /// # Errors
    /// `InvalidInput` if it is neither, for example a directory or a pipe; otherwise as
    /// [`File::open`].
    pub fn open(path: &Path) -> io::Result<Self> {
        // Before it is opened: opening a pipe would wait for a writer.
        let file_type = path.metadata()?.file_type();
        if !file_type.is_file() && !file_type.is_block_device() {
            let message = "neither a regular file nor a block device";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Self::from_file(File::open(path)?)
    }

    /// Reads `file`, a regular file or a block device, which is open for reading.
    ///
    /// # Errors
    /// If its size cannot be determined.
    pub fn from_file(mut file: File) -> io::Result<Self> {
        // The metadata of a block device has no size.
        let size = file.seek(SeekFrom::End(0))?;
        Ok(FileAt { file, size })
    }
}

impl ReadAt for FileAt {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(bytes, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("disk");
        std::fs::write(&path, "content").unwrap();
        let file = FileAt::open(&path).unwrap();
        assert_eq!(file.size(), 7);
        let mut bytes = [0; 4];
        file.read_exact_at(&mut bytes, 3).unwrap();
        assert_eq!(&bytes, b"tent");
        let error = file.read_exact_at(&mut bytes, 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn rejects_other_types_of_files() {
        for path in ["/", "/dev/null"] {
            let error = FileAt::open(Path::new(path)).unwrap_err();
            assert!(error.to_string().starts_with("neither"), "{error}");
        }
    }
}

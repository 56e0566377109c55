//! Reads at a position, without a cursor: the interface between the layers of an image.
//!
//! A layer (a file, a sparse image, a partition, a file in a file system) implements [`ReadAt`] and reads
//! from the layer below through the same trait:
//!
//! ```
//! use read_at::{ReadAt, Window};
//!
//! let disk = b"bootdata".to_vec();
//! let partition = Window::new(disk, 4, 4)?;
//! let mut bytes = [0; 4];
//! partition.read_exact_at(&mut bytes, 0)?;
//! assert_eq!(&bytes, b"data");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Not the crate positioned-io: its trait reads short, the size is optional, and an `Arc` does not
//! implement it.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod cursor;
mod file;
mod window;

use std::io;
use std::sync::Arc;

pub use cursor::Cursor;
pub use file::FileAt;
pub use window::Window;

/// A layer that is shared between its users, also of other threads.
pub type Shared = Arc<dyn ReadAt + Send + Sync>;

/// A sequence of bytes of a known size that can be read at any position.
pub trait ReadAt {
    /// The size in bytes.
    fn size(&self) -> u64;

    /// Fills `bytes` with the content from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if the content ends before `bytes` is full.
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;

    /// Reads up to `bytes.len()` bytes from `offset` on, and returns their number: fewer only at the
    /// end of the content.
    fn read_up_to_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.size().saturating_sub(offset);
        let count = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        // At or beyond the end, `read_exact_at` would reject the offset.
        if count > 0 {
            self.read_exact_at(bytes.get_mut(..count).unwrap_or_default(), offset)?;
        }
        Ok(count)
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..));
        let part = rest.and_then(|rest| rest.get(..bytes.len()));
        bytes.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.as_slice().read_exact_at(bytes, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(bytes, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Box<T> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(bytes, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(bytes, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_at_positions() {
        let content = b"content".to_vec();
        let mut bytes = [0; 4];
        content.read_exact_at(&mut bytes, 3).unwrap();
        assert_eq!(&bytes, b"tent");
        assert_eq!(content.read_up_to_at(&mut bytes, 5).unwrap(), 2);
        assert_eq!(&bytes, b"ntnt");
        assert_eq!(content.read_up_to_at(&mut bytes, u64::MAX).unwrap(), 0);
    }

    #[test]
    fn content_that_ends_too_early_is_an_error() {
        let shared: Shared = Arc::new(b"content".to_vec());
        for offset in [4, 7, 8, u64::MAX] {
            let error = shared.read_exact_at(&mut [0; 4], offset).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{offset}");
        }
    }
}

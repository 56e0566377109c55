//! Sequential reading of a layer.

use std::io::{self, Read, Seek, SeekFrom};

use crate::ReadAt;

/// Reads a layer from its beginning, for code that needs [`Read`]. Not buffered.
#[derive(Debug, Clone)]
pub struct Cursor<R> {
    inner: R,
    position: u64,
}

impl<R: ReadAt> Cursor<R> {
    /// Creates a cursor at the beginning of `inner`.
    pub fn new(inner: R) -> Self {
        Cursor { inner, position: 0 }
    }

    /// The position in bytes from the beginning.
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl<R: ReadAt> Read for Cursor<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read_up_to_at(bytes, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: ReadAt> Seek for Cursor<R> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => self.inner.size().checked_add_signed(distance),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_to_the_end_from_a_position() {
        let mut cursor = Cursor::new(b"content".to_vec());
        assert_eq!(cursor.seek(SeekFrom::End(-4)).unwrap(), 3);
        let mut text = String::new();
        cursor.read_to_string(&mut text).unwrap();
        assert_eq!(text, "tent");
        assert_eq!(cursor.position(), 7);
        assert_eq!(cursor.seek(SeekFrom::Current(-7)).unwrap(), 0);
        assert!(cursor.seek(SeekFrom::Current(-1)).is_err());
        cursor.seek(SeekFrom::Start(u64::MAX)).unwrap();
        assert_eq!(cursor.read(&mut [0]).unwrap(), 0);
    }
}

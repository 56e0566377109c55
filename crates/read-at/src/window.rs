//! A part of a layer, as a layer.

use std::io;

use crate::ReadAt;

/// The `size` bytes of a layer from `start` on.
#[derive(Debug, Clone)]
pub struct Window<R> {
    inner: R,
    start: u64,
    size: u64,
}

impl<R: ReadAt> Window<R> {
    /// Creates a window into `inner` that starts at `start` and has `size` bytes.
    ///
    /// # Errors
    /// `InvalidInput` if `inner` ends before the window does.
    pub fn new(inner: R, start: u64, size: u64) -> io::Result<Self> {
        match start.checked_add(size) {
            Some(end) if end <= inner.size() => Ok(Window { inner, start, size }),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "{size} bytes from {start} on are beyond the end at {}",
                    inner.size()
                ),
            )),
        }
    }
}

impl<R: ReadAt> ReadAt for Window<R> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.size) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.inner.read_exact_at(bytes, self.start + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_before_what_follows() {
        let window = Window::new(b"0123456789".to_vec(), 2, 3).unwrap();
        let mut bytes = [0; 3];
        window.read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(&bytes, b"234");
        for (length, offset) in [(3, 1), (1, 3), (1, u64::MAX)] {
            let error = window.read_exact_at(&mut vec![0; length], offset);
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn rejects_what_is_beyond_the_end() {
        for (start, size) in [(0, 11), (10, 1), (11, 0), (u64::MAX, 2), (1, u64::MAX)] {
            let error = Window::new(b"0123456789".to_vec(), start, size).unwrap_err();
            assert!(error.to_string().contains("end at 10"), "{error}");
        }
    }
}

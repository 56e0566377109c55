//! The compressed bytes, of which some can be looked at, or put back.

use std::io::{self, BufRead, Read};

/// A buffered reader with bytes in front of it.
pub(crate) struct Source<R> {
    /// The bytes in front; those before `position` are consumed.
    front: Vec<u8>,
    position: usize,
    inner: R,
    is_at_end: bool,
}

impl<R: BufRead> Source<R> {
    pub(crate) fn new(inner: R) -> Self {
        Source {
            front: Vec::new(),
            position: 0,
            inner,
            is_at_end: false,
        }
    }

    /// Whether a read met the end.
    pub(crate) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    fn front(&self) -> &[u8] {
        self.front.get(self.position..).unwrap_or_default()
    }

    /// Puts back `bytes`, which were read last.
    pub(crate) fn put_back(&mut self, mut bytes: Vec<u8>) {
        bytes.extend_from_slice(self.front());
        self.front = bytes;
        self.position = 0;
    }

    /// Returns the next `count` bytes without consuming them, or fewer at the end.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let missing = count.saturating_sub(self.front().len()) as u64;
        if missing > 0 {
            let mut bytes = self.front().to_vec();
            self.inner.by_ref().take(missing).read_to_end(&mut bytes)?;
            self.front = bytes;
            self.position = 0;
        }
        Ok(self.front().get(..count).unwrap_or(self.front()))
    }

    /// Consumes all zeros that follow, and returns their number.
    pub(crate) fn skip_zeros(&mut self) -> io::Result<u64> {
        let mut total = 0;
        loop {
            let buffer = self.fill_buf()?;
            let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return Ok(total);
            }
            self.consume(zeros);
            total += zeros as u64;
        }
    }

    /// Consumes `count` bytes.
    pub(crate) fn skip(&mut self, count: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.by_ref().take(count), &mut io::sink())?;
        if skipped < count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    pub(crate) fn read_array<const LENGTH: usize>(&mut self) -> io::Result<[u8; LENGTH]> {
        let mut bytes = [0; LENGTH];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl<R: BufRead> Read for Source<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut front = self.front();
        if front.is_empty() {
            let count = self.inner.read(bytes)?;
            self.is_at_end |= count == 0 && !bytes.is_empty();
            return Ok(count);
        }
        let count = front.read(bytes)?;
        self.position += count;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position < self.front.len() {
            return Ok(self.front());
        }
        let buffer = self.inner.fill_buf()?;
        self.is_at_end |= buffer.is_empty();
        Ok(buffer)
    }

    fn consume(&mut self, count: usize) {
        if self.position < self.front.len() {
            self.position += count;
        } else {
            self.inner.consume(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peeks_and_puts_back() {
        let mut source = Source::new(&b"abcdef"[..]);
        assert_eq!(source.peek(2).unwrap(), b"ab");
        assert_eq!(source.read_array().unwrap(), *b"a");
        assert_eq!(source.peek(3).unwrap(), b"bcd");
        source.put_back(b"xy".to_vec());
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, "xybcdef");
        assert!(source.is_at_end());
        assert_eq!(source.peek(3).unwrap(), b"");
    }

    #[test]
    fn skips_bytes_and_zeros() {
        let mut source = Source::new(&b"ab\0\0\0c"[..]);
        assert_eq!(source.peek(3).unwrap(), b"ab\0");
        source.skip(2).unwrap();
        assert_eq!(source.skip_zeros().unwrap(), 3);
        assert!(source.skip(2).is_err());
    }
}

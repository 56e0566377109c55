//! A reader that counts and limits the bytes read.

use std::io::{self, BufRead, Read};

use super::error::{Cause, Fault};
use crate::{Format, padding};

/// A reader that tracks its offset and fails beyond a limit, both in bytes.
pub(super) struct Stream<R> {
    inner: R,
    offset: u64,
    limit: u64,
}

impl<R: BufRead> Stream<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Stream {
            inner,
            offset: 0,
            limit,
        }
    }

    /// The number of bytes read so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns a fault at the current offset.
    pub(super) fn fault(&self, cause: Cause) -> Fault {
        let offset = self.offset;
        Fault { offset, cause }
    }

    /// The next bytes, without consuming them; empty at the end.
    fn fill_buffer(&mut self) -> Result<&[u8], Fault> {
        let (offset, limit) = (self.offset, self.limit);
        if offset > limit {
            return Err(self.fault(Cause::TooManyBytes(limit)));
        }
        // Called twice, because the borrow checker rejects returning the result from the loop.
        loop {
            match self.inner.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let cause = error.into();
                    return Err(Fault { offset, cause });
                }
            }
        }
        self.inner.fill_buf().map_err(|error| Fault {
            offset,
            cause: Cause::Io(error),
        })
    }

    /// The next byte, without consuming it; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        Ok(self.fill_buffer()?.first().copied())
    }

    /// Consumes all zeros that follow.
    pub(super) fn skip_zeros(&mut self) -> Result<(), Fault> {
        loop {
            let buffer = self.fill_buffer()?;
            let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return Ok(());
            }
            self.consume(zeros);
        }
    }

    /// Reads the magic number of a format, or fewer bytes at the end. Also returns their number.
    pub(super) fn read_magic(&mut self) -> Result<([u8; Format::MAGIC_SIZE], usize), Fault> {
        let mut magic = [0; Format::MAGIC_SIZE];
        let mut length = 0;
        for place in &mut magic {
            let Some(byte) = self.peek()? else { break };
            *place = byte;
            length += 1;
            self.consume(1);
        }
        Ok((magic, length))
    }

    /// Reads `count` bytes and passes them to `on_bytes` in pieces.
    pub(super) fn consume_bytes(
        &mut self,
        count: u64,
        mut on_bytes: impl FnMut(&[u8]),
    ) -> Result<(), Fault> {
        let mut left = count;
        while left > 0 {
            let buffer = self.fill_buffer()?;
            let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let bytes = buffer.get(..length).unwrap_or_default();
            if bytes.is_empty() {
                return Err(self.fault(Cause::Truncated));
            }
            on_bytes(bytes);
            self.consume(length);
            left -= length as u64;
        }
        Ok(())
    }

    /// Consumes the padding up to the next multiple of 4 bytes, whatever its content.
    pub(super) fn align(&mut self) -> Result<(), Fault> {
        self.consume_bytes(padding(self.offset), |_| ())
    }

    /// Reads `count` bytes into memory, so the caller must limit `count`.
    pub(super) fn read_vec(&mut self, count: u32) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        self.consume_bytes(count.into(), |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }
}

impl<R: BufRead> Read for Stream<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.offset += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Stream<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.offset += count as u64;
        self.inner.consume(count);
    }
}

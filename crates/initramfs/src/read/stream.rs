//! A reader that knows where it is.

use std::io::{self, BufRead, Read};

use super::error::{Cause, Fault};
use crate::{Format, padding};

/// Bytes, counted, and no more than a limit.
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

    /// How many bytes were read.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// That this is wrong, here.
    pub(super) fn fault(&self, cause: Cause) -> Fault {
        let offset = self.offset;
        Fault { offset, cause }
    }

    /// The next bytes; none at the end.
    fn buffer(&mut self) -> Result<&[u8], Fault> {
        let (offset, limit) = (self.offset, self.limit);
        if offset > limit {
            return Err(self.fault(Cause::TooManyBytes(limit)));
        }
        // Asked twice, as the borrow of a loop's answer would last too long.
        loop {
            match self.inner.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let cause = match error.kind() {
                        io::ErrorKind::UnexpectedEof => Cause::Truncated,
                        _ => Cause::Io(error),
                    };
                    return Err(Fault { offset, cause });
                }
            }
        }
        self.inner.fill_buf().map_err(|error| Fault {
            offset,
            cause: Cause::Io(error),
        })
    }

    /// The next byte, which stays; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        Ok(self.buffer()?.first().copied())
    }

    /// Passes over zeros.
    pub(super) fn skip_zeros(&mut self) -> Result<(), Fault> {
        loop {
            let buffer = self.buffer()?;
            let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return Ok(());
            }
            self.consume(zeros);
        }
    }

    /// Takes what a format is told by, or what there is of it.
    pub(super) fn magic(&mut self) -> Result<([u8; Format::MAGIC_SIZE], usize), Fault> {
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

    /// Takes `count` bytes and hands them on, piece by piece.
    pub(super) fn take_bytes(
        &mut self,
        count: u64,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), Fault> {
        let mut left = count;
        while left > 0 {
            let buffer = self.buffer()?;
            let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let bytes = buffer.get(..length).unwrap_or_default();
            if bytes.is_empty() {
                return Err(self.fault(Cause::Truncated));
            }
            take(bytes);
            self.consume(length);
            left -= length as u64;
        }
        Ok(())
    }

    /// Passes over what there is up to the next multiple of 4 bytes.
    pub(super) fn align(&mut self) -> Result<(), Fault> {
        self.take_bytes(padding(self.offset), |_| ())
    }

    /// Takes `count` bytes, which should be few.
    pub(super) fn vector(&mut self, count: u32) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        self.take_bytes(count.into(), |piece| bytes.extend_from_slice(piece))?;
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

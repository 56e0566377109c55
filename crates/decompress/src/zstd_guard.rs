//! Rejects zstd blocks with more content than a block may have, before the decoder executes them: ruzstd 0.8.1
//! lacks this check, so a block of 128 KiB could make it allocate gigabytes. Remove this module with an update
//! to 0.9 or later, which has the check.
//!
//! Source of the format: RFC 8878, sections 3.1.1.2 to 3.1.1.3.2.

mod bits;
mod fse;
mod sequences;

use std::io::{self, BufRead, Read};

use crate::Error;
use crate::source::Source;
use sequences::Sequences;

/// The maximum size of the content of a block in bytes.
const MAX_BLOCK: usize = 128 << 10;

/// The compressed bytes of a frame, of which each block is checked before it can be read.
pub(crate) struct Guard<R> {
    source: Source<R>,
    /// Bytes that were checked; those before `position` are read.
    checked: Vec<u8>,
    position: usize,
    has_checksum: bool,
    is_last: bool,
    is_invalid: bool,
    sequences: Sequences,
}

impl<R: BufRead> Guard<R> {
    /// `header` is that of the frame, which was read from `source`.
    pub(crate) fn new(source: Source<R>, header: Vec<u8>, has_checksum: bool) -> Self {
        Guard {
            source,
            checked: header,
            position: 0,
            has_checksum,
            is_last: false,
            is_invalid: false,
            sequences: Sequences::default(),
        }
    }

    /// Whether a block was rejected; the decoder hides the error.
    pub(crate) fn is_invalid(&self) -> bool {
        self.is_invalid
    }

    pub(crate) fn into_source(self) -> Source<R> {
        self.source
    }

    /// Reads and checks the next block, with its header; with the last one also the checksum.
    fn next_block(&mut self) -> io::Result<()> {
        let header: [u8; 3] = self.source.read_array()?;
        let [a, b, c] = header;
        let word = u32::from_le_bytes([a, b, c, 0]);
        let (kind, size) = (word >> 1 & 3, (word >> 3) as usize);
        self.is_last = word & 1 != 0;
        if size > MAX_BLOCK {
            return Err(self.invalid());
        }
        const RUN: u32 = 1;
        const COMPRESSED: u32 = 2;
        let length = if kind == RUN { 1 } else { size };
        let checksum = if self.is_last && self.has_checksum {
            4
        } else {
            0
        };
        self.checked.clear();
        self.position = 0;
        self.checked.extend(header);
        let total = length + checksum;
        let read = (&mut self.source)
            .take(total as u64)
            .read_to_end(&mut self.checked)?;
        if read < total {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if kind == COMPRESSED {
            let block = self.checked.get(3..3 + length).unwrap_or_default();
            let content = self.sequences.content_size(block);
            if content.is_none_or(|content| content > MAX_BLOCK) {
                return Err(self.invalid());
            }
        }
        Ok(())
    }

    fn invalid(&mut self) -> io::Error {
        self.is_invalid = true;
        Error::ZstdBlock.into()
    }
}

impl<R: BufRead> Read for Guard<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.position == self.checked.len() && !self.is_last {
            self.next_block()?;
        }
        let mut rest = self.checked.get(self.position..).unwrap_or_default();
        let count = rest.read(bytes)?;
        self.position += count;
        Ok(count)
    }
}

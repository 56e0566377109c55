//! Reading an image, as hostile as it may be.

mod decoder;
mod entries;
mod error;
mod stream;

use std::io::{BufRead, BufReader, Read};

use crate::{Format, Header};
use decoder::decoder;
use entries::Entries;
use error::Fault;
pub use error::{Cause, ReadError};
use stream::Stream;

/// How much is read at most, so that a small file cannot use up time or memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many entries.
    pub entries: u64,
    /// How many bytes in all, decompressed.
    pub bytes: u64,
}

impl Default for Limits {
    /// More than any device has room for: a million entries, 16 GiB.
    fn default() -> Self {
        Limits {
            entries: 1_000_000,
            bytes: 16 << 30,
        }
    }
}

/// Something that is in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// An archive begins; the entries that follow are in it.
    Archive {
        /// Where, in bytes from the beginning of the image.
        offset: u64,
        /// How it is compressed.
        format: Format,
    },
    /// An entry.
    Entry(Entry),
}

/// An entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path, as it stands there: whatever bytes, up to the first NUL.
    pub path: Vec<u8>,
    /// All else that its header says.
    pub header: Header,
    /// Where a symbolic link leads.
    pub target: Option<Vec<u8>>,
    /// The path of the entry that this one is a hard link to, which came before.
    pub link_to: Option<Vec<u8>>,
}

/// Reads an image and tells `on_part` what is in it, in order.
///
/// What the kernel reads is read, and what it calls an error is one; so are names and symbolic
/// links that are too long, which the kernel passes over, and what is cut off at the end. Decoders
/// need little more than 100 MiB.
pub fn read(
    input: impl BufRead,
    limits: Limits,
    on_part: &mut dyn FnMut(Part),
) -> Result<(), ReadError> {
    let mut stream = Stream::new(input, limits.bytes);
    let mut entries = Entries::new(limits.entries, on_part);
    let mut bytes_left = limits.bytes;
    let mut is_empty = true;
    loop {
        entries
            .read(&mut stream, true)
            .map_err(ReadError::outside)?;
        is_empty &= !entries.seen_any();
        let offset = stream.offset();
        let Some(byte) = stream.peek().map_err(ReadError::outside)? else {
            break;
        };
        let fault = |cause| ReadError::outside(Fault { offset, cause });
        if byte == b'0' {
            return Err(fault(Cause::Misaligned));
        }
        let (magic, length) = stream.magic().map_err(ReadError::outside)?;
        let magic = magic.get(..length).unwrap_or_default();
        let format = Format::detect(magic).ok_or_else(|| fault(Cause::Unknown))?;
        let source = magic.chain(&mut stream);
        let decoder = decoder(format, source).map_err(fault)?;
        entries.begin(offset, format);
        let mut inside = Stream::new(BufReader::with_capacity(64 * 1024, decoder), bytes_left);
        entries
            .read_to_end(&mut inside)
            .map_err(|fault| ReadError::inside(fault, format, offset))?;
        bytes_left -= inside.offset().min(bytes_left);
        is_empty = false;
    }
    if is_empty {
        let offset = stream.offset();
        let cause = Cause::Empty;
        return Err(ReadError::outside(Fault { offset, cause }));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Decompresses kernels. To be replaced by the crate `decompress` once it exists: its names are used here.

use std::io::{BufReader, Read};

use read_at::{Cursor, ReadAt};

use crate::Error;

/// The format of a compressed stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// gzip (RFC 1952).
    Gzip,
}

impl Format {
    /// Recognizes a format from its first bytes.
    pub(crate) fn detect(bytes: &[u8]) -> Option<Self> {
        bytes.starts_with(&[0x1f, 0x8b, 8]).then_some(Format::Gzip)
    }
}

/// Bytes that are read from a layer at once: requests over a network should not be small.
const PIECE: usize = 128 << 10;

/// Returns the decompressed content of `file`.
pub(crate) fn reader<'a>(
    format: Format,
    file: impl ReadAt + 'a,
) -> Result<Box<dyn Read + 'a>, Error> {
    let input = BufReader::with_capacity(PIECE, Cursor::new(file));
    match format {
        Format::Gzip => Ok(Box::new(flate2::bufread::GzDecoder::new(input))),
    }
}

/// The name of a format in messages, such as `gzip`.
pub(crate) fn name(format: Format) -> String {
    format!("{format:?}").to_lowercase()
}

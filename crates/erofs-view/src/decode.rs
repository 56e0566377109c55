//! Decompresses clusters.

use std::io::{self, Read};

use file_system::Error;
use flate2::bufread::DeflateDecoder;
use lzma_rust2::LzmaReader;

use crate::lz4;
use crate::zstd;

/// The maximum size in bytes of a cluster when compressed: `Z_EROFS_PCLUSTER_MAX_SIZE` in the kernel's
/// `fs/erofs/erofs_fs.h`.
pub(crate) const MAX_COMPRESSED: u32 = 1 << 20;
/// The maximum size in bytes of what a cluster decompresses to: `Z_EROFS_PCLUSTER_MAX_DSIZE`.
pub(crate) const MAX_DECOMPRESSED: u64 = 12 << 20;
/// The maximum size in bytes of an LZMA dictionary: `Z_EROFS_LZMA_MAX_DICT_SIZE`.
const MAX_LZMA_DICTIONARY: u32 = 8 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Lz4,
    /// LZMA without an end marker, its first byte replaced by the inverted properties.
    MicroLzma,
    Deflate,
    Zstd,
}

/// The algorithms by their numbers, with their names.
const ALGORITHMS: [(Algorithm, &str); 4] = [
    (Algorithm::Lz4, "LZ4"),
    (Algorithm::MicroLzma, "MicroLZMA"),
    (Algorithm::Deflate, "DEFLATE"),
    (Algorithm::Zstd, "Zstandard"),
];

impl Algorithm {
    /// Returns the algorithm with a number, if its bit in `available` is set.
    pub(crate) fn from_number(number: u8, available: u16) -> Option<Self> {
        let row = ALGORITHMS.get(usize::from(number))?;
        (available >> number & 1 != 0).then_some(row.0)
    }

    /// Returns the first `length` bytes that a cluster decompresses to.
    pub(crate) fn decompress(self, cluster: &[u8], length: usize) -> Result<Vec<u8>, Error> {
        // Padding precedes the data, or follows it with old LZ4, which never begins with a zero.
        let start = cluster.iter().position(|byte| *byte != 0);
        let input = start.and_then(|start| cluster.get(start..));
        let input = input.unwrap_or_default();
        let output = match self {
            Algorithm::Lz4 => lz4::decompress(input, length)
                .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData)),
            Algorithm::MicroLzma => decompress_lzma(input, length),
            Algorithm::Deflate => read_exact(DeflateDecoder::new(input), length),
            Algorithm::Zstd => zstd::decompress(input, length),
        };
        output.map_err(|error| {
            let name = ALGORITHMS.iter().find(|row| row.0 == self);
            let name = name.map_or("", |row| row.1);
            let size = cluster.len();
            Error::corrupt(format!(
                "cluster of {size} bytes: cannot decompress {length} bytes with {name}: {error}"
            ))
        })
    }
}

fn decompress_lzma(input: &[u8], length: usize) -> io::Result<Vec<u8>> {
    let (inverted, rest) = input.split_first().ok_or(io::ErrorKind::UnexpectedEof)?;
    let dictionary = u32::try_from(length).unwrap_or(u32::MAX);
    // The first byte of LZMA is always zero. The size is given as unknown, since the data may go on.
    let reader = LzmaReader::new_with_props(
        [0].chain(rest),
        u64::MAX,
        !inverted,
        dictionary.min(MAX_LZMA_DICTIONARY),
        None,
    )?;
    read_exact(reader, length)
}

fn read_exact(mut reader: impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut output = vec![0; length];
    reader.read_exact(&mut output)?;
    Ok(output)
}

#[cfg(test)]
mod tests;

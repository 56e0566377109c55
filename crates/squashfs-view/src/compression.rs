//! The compressions of blocks.

use std::io::Read;

use file_system::Error;
use flate2::{Decompress, FlushDecompress, Status};
use lzma_rust2::XzReader;

use crate::{lzo, zstd};

/// The memory limit of the xz decoder in KiB. The kernel allows dictionaries up to the block size, 1 MiB;
/// the rest is what the decoder needs beside it.
const XZ_MEMORY: u32 = 4 << 10;

/// A compression of blocks: `*_COMPRESSION` in the kernel's `fs/squashfs/squashfs_fs.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Lzo,
    Xz,
    Lz4,
    Zstd,
}

impl Compression {
    /// Returns the compression with this number in the superblock.
    pub(crate) fn from_number(number: u16) -> Result<Self, Error> {
        match number {
            1 => Ok(Compression::Gzip),
            2 => Err(Error::unsupported(
                "squashfs with lzma, which the kernel does not support either",
            )),
            3 => Ok(Compression::Lzo),
            4 => Ok(Compression::Xz),
            5 => Ok(Compression::Lz4),
            6 => Ok(Compression::Zstd),
            _ => Err(Error::unsupported(format!(
                "squashfs with compression {number}, expected 1 to 6"
            ))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Lzo => "lzo",
            Compression::Xz => "xz",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }

    /// Decompresses a block of at most `limit` bytes.
    pub(crate) fn decompress(self, input: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
        let mut output = vec![0; limit];
        let length = match self {
            Compression::Gzip => inflate(input, &mut output),
            Compression::Lzo => {
                lzo::decompress(input, &mut output).ok_or_else(|| "invalid data".to_owned())
            }
            Compression::Xz => read_xz(input, &mut output),
            Compression::Lz4 => {
                lz4_flex::block::decompress_into(input, &mut output).map_err(|e| e.to_string())
            }
            Compression::Zstd => zstd::decompress(input, &mut output),
        };
        let length = length.map_err(|error| {
            Error::corrupt(format!(
                "a block of {} bytes, compressed with {}: {error}",
                input.len(),
                self.name()
            ))
        })?;
        output.truncate(length);
        Ok(output)
    }
}

/// What a decoder's error becomes if the block decompresses to more than fits.
pub(crate) fn too_long(limit: usize) -> String {
    format!("it decompresses to more than {limit} bytes")
}

fn inflate(input: &[u8], output: &mut [u8]) -> Result<usize, String> {
    let mut decoder = Decompress::new(true);
    match decoder.decompress(input, output, FlushDecompress::Finish) {
        Ok(Status::StreamEnd) => Ok(usize::try_from(decoder.total_out()).unwrap_or(output.len())),
        Ok(_) if decoder.total_out() == output.len() as u64 => Err(too_long(output.len())),
        Ok(_) => Err("unexpected end".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn read_xz(input: &[u8], output: &mut [u8]) -> Result<usize, String> {
    read_to_end(XzReader::new_mem_limit(input, false, XZ_MEMORY), output)
}

/// Reads all that a decoder returns into `output`, and returns the number of bytes.
pub(crate) fn read_to_end(mut reader: impl Read, output: &mut [u8]) -> Result<usize, String> {
    let limit = output.len();
    let mut length = 0;
    loop {
        // At the end, a byte of room elsewhere: the decoder verifies the checksum in the read that returns 0.
        let mut extra = [0];
        let room = output.get_mut(length..).filter(|room| !room.is_empty());
        let has_room = room.is_some();
        match reader.read(room.unwrap_or(&mut extra)) {
            Ok(0) => return Ok(length),
            Ok(count) if has_room => length += count,
            Ok(_) => return Err(too_long(limit)),
            Err(error) => return Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;

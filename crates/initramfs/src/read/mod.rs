//! Reads images, which are untrusted input.

mod decoder;
mod entries;
mod error;
mod frame;
mod stream;
mod zstd_file;

use std::io::{BufRead, BufReader, Read};

use crate::{Format, Header, MAX_BOOTCONFIG_SIZE, bootconfig_size};
use decoder::decoder;
use entries::Entries;
use error::Fault;
pub use error::{Cause, ReadError};
use stream::Stream;
pub(crate) use zstd_file::{zstd_reader, zstd_size};

/// Limits for reading an image, so that a small file cannot take unbounded time or memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum number of entries.
    pub entries: u64,
    /// The maximum number of bytes in all paths and targets of symbolic links.
    pub paths: u64,
    /// The maximum number of bytes in all, decompressed.
    pub bytes: u64,
}

impl Default for Limits {
    /// A million entries with paths of 64 MiB, and 16 GiB, more than any device has memory for.
    fn default() -> Self {
        Limits {
            entries: 1_000_000,
            paths: 64 << 20,
            bytes: 16 << 30,
        }
    }
}

/// A part of an image, which [`read()`] reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The beginning of an archive, which contains the entries that follow.
    Archive {
        /// The offset in bytes from the beginning of the image.
        offset: u64,
        /// The compression, or plain cpio.
        format: Format,
    },
    /// An entry of the current archive.
    Entry(Entry),
    /// The bootconfig at the end of the image.
    Bootconfig {
        /// The offset in bytes from the beginning of the image.
        offset: u64,
        /// The size in bytes, with its footer.
        size: u64,
    },
}

/// An entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path as stored: any bytes, up to the first NUL.
    pub path: Vec<u8>,
    /// The header of the entry as stored.
    pub header: Header,
    /// The target of a symbolic link; `None` for other file types.
    pub target: Option<Vec<u8>>,
    /// The path of the earlier entry that this one is a hard link to; `None` if it is not one.
    pub link_to: Option<Vec<u8>>,
}

/// Reads an image and calls `on_part` for each of its parts, in order.
///
/// Accepts and rejects the same images as the kernel, except that names and symbolic links that are
/// too long, which the kernel skips, truncated images, and compressions that this crate does not
/// support are errors. Decompression needs memory for the window or dictionary of the archive: up to
/// twice 128 MiB.
pub fn read(
    input: impl BufRead,
    limits: Limits,
    on_part: &mut dyn FnMut(Part),
) -> Result<(), ReadError> {
    let mut stream = Stream::new(input, limits.bytes);
    let mut entries = Entries::new(limits, on_part);
    let mut bytes_left = limits.bytes;
    let mut is_empty = true;
    loop {
        entries
            .read(&mut stream, true)
            .map_err(ReadError::from_image_fault)?;
        is_empty &= !entries.has_header();
        let offset = stream.offset();
        let Some(byte) = stream.peek().map_err(ReadError::from_image_fault)? else {
            break;
        };
        let fault = |cause| ReadError::from_image_fault(Fault { offset, cause });
        if byte == b'0' {
            return Err(fault(Cause::Misaligned));
        }
        let (magic, length) = stream.read_magic().map_err(ReadError::from_image_fault)?;
        let magic = magic.get(..length).unwrap_or_default();
        let Some(format) = Format::detect(magic) else {
            let size = read_bootconfig(magic, &mut stream).map_err(ReadError::from_image_fault)?;
            let size = size.ok_or_else(|| fault(Cause::Unknown))?;
            entries.report(Part::Bootconfig { offset, size });
            break;
        };
        let source = magic.chain(&mut stream);
        let decoder = decoder(format, source).map_err(fault)?;
        entries.begin_archive(offset, format);
        let mut content = Stream::new(BufReader::with_capacity(64 * 1024, decoder), bytes_left);
        entries
            .read_to_end(&mut content)
            .map_err(|fault| ReadError::from_archive_fault(fault, format, offset))?;
        bytes_left -= content.offset().min(bytes_left);
        is_empty = false;
    }
    if is_empty {
        let offset = stream.offset();
        let cause = Cause::Empty;
        return Err(ReadError::from_image_fault(Fault { offset, cause }));
    }
    Ok(())
}

/// Reads the rest of the image after its bytes `start`, and returns the size of both in bytes if they
/// are a bootconfig.
fn read_bootconfig<R: BufRead>(start: &[u8], stream: &mut Stream<R>) -> Result<Option<u64>, Fault> {
    let mut bytes = start.to_vec();
    while let Some(byte) = stream.peek()? {
        if bytes.len() == MAX_BOOTCONFIG_SIZE {
            return Ok(None);
        }
        bytes.push(byte);
        stream.consume(1);
    }
    let size = bootconfig_size(&bytes).filter(|size| *size == bytes.len());
    Ok(size.map(|size| size as u64))
}

#[cfg(test)]
mod tests;

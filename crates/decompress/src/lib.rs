//! Decompresses streams of gzip, xz, zstd, lz4 and bzip2 within limits of memory.
//!
//! Streams are untrusted input: nothing panics, all checksums are verified, and the memory that a stream
//! needs is compared with a limit before it is allocated.
//!
//! ```
//! use std::io::Read;
//! use decompress::{Format, Limits, reader};
//!
//! let bytes = b"BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0";
//! let format = Format::detect(bytes).expect("a known format");
//! let mut content = Vec::new();
//! reader(format, &bytes[..], Limits::default())?.read_to_end(&mut content)?;
//! assert!(content.is_empty());
//! # Ok::<(), std::io::Error>(())
//! ```

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod blocks;
mod error;
mod format;
mod lz4;
mod lz4_legacy;
mod member;
mod members;
mod size;
mod source;
mod xz;
mod xz_index;
mod zstd;
mod zstd_guard;

use std::io::{BufRead, Read};

pub use blocks::Blocks;
pub use error::Error;
pub use format::Format;
pub use size::content_size;

/// Limits for decompression, so that a small stream cannot take unbounded memory. Formats that are not named need
/// at most 20 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of bytes for the dictionary of an xz stream and its decoder.
    pub xz: u64,
    /// The maximum size in bytes of the window of a zstd frame. The decoder needs up to three times as much.
    pub zstd_window: u64,
}

impl Limits {
    /// Limits for decoders that take at most this number of bytes.
    pub fn with_memory(bytes: u64) -> Self {
        Limits {
            xz: bytes,
            zstd_window: bytes / 3,
        }
    }
}

impl Default for Limits {
    /// 66 MiB: enough for `xz -9` and for `zstd -19`, but neither for `zstd --long` nor for `zstd --ultra -22`.
    fn default() -> Self {
        Limits::with_memory(66 << 20)
    }
}

/// Returns a reader of the decompressed content of all members of `source`, up to its end: gzip members,
/// xz and bzip2 streams, zstd and lz4 frames. Skippable frames are skipped.
///
/// Zeros may follow a gzip or lz4-legacy stream, and, in multiples of 4, an xz stream. Any other data after
/// the end is an error, unlike for the program gzip, which ignores it with a warning.
///
/// # Errors
/// An [`Error`] if `source` cannot be read, does not begin with a valid header of `format`, or needs more
/// memory than allowed. The reader returns others inside of an [`std::io::Error`]; `Error::from` brings them
/// back. After an error, it reads as ended.
pub fn reader<'a>(
    format: Format,
    source: impl BufRead + 'a,
    limits: Limits,
) -> Result<Box<dyn Read + 'a>, Error> {
    Ok(Box::new(members::Members::new(format, source, limits)?))
}

/// Returns a reader of the decompressed content of the one member that `source` begins with. It reads up to
/// the end of the member, and not a byte more.
///
/// # Errors
/// As [`reader`], but the reader's errors are those of the decoder for the format.
pub fn member_reader<'a>(
    format: Format,
    source: impl BufRead + 'a,
    limits: Limits,
) -> Result<Box<dyn Read + 'a>, Error> {
    let member = member::start(format, source::Source::new(source), limits)?;
    Ok(Box::new(member))
}

#[cfg(test)]
mod tests;

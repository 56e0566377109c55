//! The error of reading an image.

use std::fmt;
use std::io;

use crate::Format;

/// An error in an image, and its offset.
#[derive(Debug)]
pub struct ReadError {
    /// The offset in bytes from the beginning of the image; in a compressed archive, the offset of that
    /// archive.
    pub offset: u64,
    /// For a compressed archive, its compression and the offset in bytes in its decompressed content.
    pub inside: Option<(Format, u64)>,
    /// The cause.
    pub cause: Cause,
}

/// The cause of an error, and its offset in bytes in a `Stream`.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: u64,
    pub(super) cause: Cause,
}

/// The cause of an error in an image.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The image cannot be read or decompressed.
    #[error("cannot read further: {0}")]
    Io(io::Error),
    /// The image ends within an entry or a compressed archive.
    #[error("truncated; copy or download it again")]
    Truncated,
    /// The image has no entry: it is empty or contains only zeros.
    #[error("empty: no archive up to here")]
    Empty,
    /// The format is not recognized.
    #[error("neither a cpio header nor a known compression; check that it is an initramfs")]
    Unknown,
    /// A compression that this crate does not support.
    #[error(
        "{0} is not supported; decompress it first (none, gzip, lz4, xz and zstd are supported)"
    )]
    Unsupported(Format),
    /// A format that looks like one of the kernel's, but which no kernel reads.
    #[error("lz4 in the frame format, which no kernel reads; compress it with `lz4 -l`")]
    Lz4Frame,
    /// A gzip header with fields other than the name.
    #[error(
        "gzip with an extra field, comment or header checksum, which no kernel reads; compress it with `gzip`"
    )]
    GzipFields,
    /// An integrity check of xz; its name.
    #[error(
        "xz with the integrity check {0}, which no kernel supports; compress it with `xz --check=crc32`"
    )]
    XzCheck(&'static str),
    /// Filters of xz, or options of them.
    #[error(
        "xz with filters that the kernel does not support; it supports one for machine code, without options; compress it with `xz --check=crc32`"
    )]
    XzFilter,
    /// A zstd frame with a bit that is reserved.
    #[error("zstd with a reserved bit in its header; compress it again")]
    ZstdReserved,
    /// A zstd frame whose window exceeds the kernel's limit; its size in bytes.
    #[error(
        "zstd with a window of {0} bytes; the kernel's limit is 134217728 bytes; compress it without --long"
    )]
    ZstdWindow(u64),
    /// A file that is not compressed with zstd, contrary to its name.
    #[error("not zstd, contrary to its name")]
    NotZstd,
    /// Data after the end of a zstd file's frame.
    #[error("data after the first zstd frame; compress it again, with `zstd`")]
    ZstdTrailingData,
    /// A cpio header that is not at a multiple of 4 bytes.
    #[error("misaligned cpio header: not at a multiple of 4 bytes; pad with zeros")]
    Misaligned,
    /// A header of a cpio format that the kernel does not read.
    #[error("cpio in the old portable format (070707), which no kernel reads; use `cpio -H newc`")]
    OldFormat,
    /// Other bytes in place of a cpio header.
    #[error("not a cpio header (070701 or 070702 and 13 hexadecimal fields)")]
    BadHeader,
    /// A name without a terminating NUL.
    #[error("the name of this entry has no terminating NUL")]
    BadName,
    /// A name that exceeds the kernel's limit; its size in bytes.
    #[error("the name of this entry has {0} bytes; the kernel's limit is 4096 bytes")]
    LongName(u32),
    /// A symbolic link that exceeds the kernel's limit; its path, and the size of its target in bytes.
    #[error("the target of the symbolic link {0} has {1} bytes; the kernel's limit is 4096 bytes")]
    LongLink(String, u32),
    /// The sum of the content's bytes differs from the header.
    #[error("{path}: checksum mismatch: expected {expected:08x}, got {found:08x}")]
    Checksum {
        /// The path of the entry.
        path: String,
        /// The sum of the content's bytes.
        found: u32,
        /// The checksum in the header.
        expected: u32,
    },
    /// More entries than [`super::Limits`] allows.
    #[error("more than {0} entries; too many for an initramfs")]
    TooManyEntries(u64),
    /// Longer paths in all than [`super::Limits`] allows.
    #[error("paths of more than {0} bytes in all; too many for an initramfs")]
    TooLongPaths(u64),
    /// More bytes than [`super::Limits`] allows.
    #[error("more than {0} bytes, decompressed; too large for an initramfs")]
    TooManyBytes(u64),
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Cause::Truncated,
            _ => Cause::Io(error),
        }
    }
}

impl ReadError {
    /// Creates the error for a fault in the image itself.
    pub(super) fn from_image_fault(fault: Fault) -> Self {
        ReadError {
            offset: fault.offset,
            inside: None,
            cause: fault.cause,
        }
    }

    /// Creates the error for a fault in the decompressed content of the archive at `offset`.
    pub(super) fn from_archive_fault(fault: Fault, format: Format, offset: u64) -> Self {
        ReadError {
            offset,
            inside: Some((format, fault.offset)),
            cause: fault.cause,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadError { offset, cause, .. } = self;
        match self.inside {
            None => write!(f, "at byte {offset}: {cause}"),
            Some((format, inside)) => write!(
                f,
                "in the {format} archive at byte {offset}, at its byte {inside}: {cause}"
            ),
        }
    }
}

impl std::error::Error for ReadError {}

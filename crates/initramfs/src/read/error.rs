//! What can be wrong with an image.

use std::fmt;
use std::io;

use super::stream::Fault;
use crate::Format;

/// What is wrong with an image, and where.
#[derive(Debug)]
pub struct ReadError {
    /// Where, in bytes from the beginning of the image. If it is in a compressed archive, where
    /// that begins.
    pub offset: u64,
    /// The compression of the archive that it is in, and where, in bytes, once decompressed.
    pub inside: Option<(Format, u64)>,
    /// What.
    pub cause: Cause,
}

/// What can be wrong.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// It cannot be read, or not be decompressed.
    #[error("cannot read on: {0}")]
    Io(io::Error),
    /// It ends in the middle of something.
    #[error("cut off here; copy or download it again")]
    Truncated,
    /// There is nothing in it but zeros, if anything.
    #[error("empty: no archive up to here")]
    Empty,
    /// Nothing that is known begins here.
    #[error("neither a cpio header nor a known compression; is it an initramfs?")]
    Unknown,
    /// Something compressed that this crate cannot read.
    #[error("{0} is not supported; decompress it first (none, gzip, zstd and xz are supported)")]
    Unsupported(Format),
    /// A cpio header at no multiple of 4 bytes.
    #[error("a cpio header has to be at a multiple of 4 bytes; pad with zeros")]
    Misaligned,
    /// A header of a format of cpio that the kernel does not read.
    #[error("cpio in the old portable format (070707), which no kernel reads; use `cpio -H newc`")]
    OldFormat,
    /// No header where one should be.
    #[error("not a cpio header (070701 or 070702 and 13 hexadecimal fields)")]
    BadHeader,
    /// A name without the NUL at its end.
    #[error("the name of this entry has no NUL at its end")]
    BadName,
    /// A name that is longer than the kernel takes.
    #[error("the name of this entry has {0} bytes; the kernel takes 4096")]
    LongName(u32),
    /// A symbolic link that is longer than the kernel takes.
    #[error("the symbolic link {0} has {1} bytes; the kernel takes 4096")]
    LongLink(String, u32),
    /// The sum of the content's bytes is another than the header says.
    #[error("{path}: its checksum is {found:08x}, but {wanted:08x} was expected")]
    Checksum {
        /// The file.
        path: String,
        /// The sum.
        found: u32,
        /// What the header says.
        wanted: u32,
    },
    /// More entries than [`super::Limits`] allows.
    #[error("more than {0} entries; this is no initramfs to use")]
    TooManyEntries(u64),
    /// More bytes than [`super::Limits`] allows.
    #[error("more than {0} bytes, decompressed; this is no initramfs to use")]
    TooManyBytes(u64),
}

impl ReadError {
    pub(super) fn outside(fault: Fault) -> Self {
        ReadError {
            offset: fault.offset,
            inside: None,
            cause: fault.cause,
        }
    }

    pub(super) fn inside(fault: Fault, format: Format, offset: u64) -> Self {
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

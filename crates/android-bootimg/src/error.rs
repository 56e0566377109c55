//! The error type.

use std::io;

use crate::{Part, Version};

/// The reason why a boot image cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file does not begin with the magic number of a boot image; the field has its first bytes.
    #[error("not an Android boot image: expected \"ANDROID!\" at the beginning, found \"{}\"", .0.escape_ascii())]
    Magic(Vec<u8>),
    /// The file is a vendor_boot image.
    #[error(
        "a vendor_boot image, which has no kernel and is not supported; name the boot image that belongs to it"
    )]
    VendorBoot,
    /// The header has another version than 0 to 4. Images for old Qualcomm boot loaders have the size of a
    /// table of device trees in this field.
    #[error(
        "header version {0}: expected 0 to 4; images with a Qualcomm table of device trees are not supported"
    )]
    Version(u32),
    /// A structure of the image is invalid; the text names it, with expected and found values.
    #[error("damaged: {0}")]
    Corrupt(String),
    /// The page size is invalid.
    #[error("page size: expected {expected}, found {found} bytes")]
    PageSize {
        /// The valid sizes.
        expected: &'static str,
        /// The page size in bytes.
        found: u32,
    },
    /// A text of the header is longer than its field, or than a boot loader reads.
    #[error("{what}: {size} bytes, expected at most {limit}; shorten it")]
    TooLong {
        /// The name of the text.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A text of the header contains a NUL, at which boot loaders end it.
    #[error("{0}: contains a NUL byte; remove it")]
    Nul(&'static str),
    /// A field of the header that this version does not have, or requires.
    #[error("{what}: {problem} in header version {version}")]
    Field {
        /// The name of the field.
        what: &'static str,
        /// What is wrong.
        problem: &'static str,
        /// The header version.
        version: Version,
    },
    /// An address exceeds 32 bits.
    #[error("{what} address: base {base:#x} and offset {offset:#x} exceed 32 bits")]
    Address {
        /// The name of what is loaded there.
        what: &'static str,
        /// The base address.
        base: u32,
        /// The offset from it in bytes.
        offset: u32,
    },
    /// A part has 0 bytes, which boot loaders reject.
    #[error("{0}: 0 bytes, which boot loaders reject")]
    Empty(Part),
    /// Images of this version require the part.
    #[error("{part}: missing, but header version {version} requires it")]
    MissingPart {
        /// The part.
        part: Part,
        /// The header version.
        version: Version,
    },
    /// Images of this version cannot contain the part.
    #[error("{part}: not supported by header version {version}")]
    UnsupportedPart {
        /// The part.
        part: Part,
        /// The header version.
        version: Version,
    },
    /// A part, or the whole image, is too large.
    #[error("{what}: {size} bytes, expected at most {limit}")]
    TooLarge {
        /// The name of the part, or of the whole.
        what: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A packed kernel exceeds this limit in bytes.
    #[error("packed kernel: more than {0} bytes")]
    PackedKernel(u64),
    /// A device tree to append is not one; the text has expected and found values.
    #[error("device tree: {0}")]
    DeviceTree(String),
    /// A version of the operating system or a patch level is invalid.
    #[error("{what}: expected {expected}, found {found:?}")]
    OsVersion {
        /// The name of the value.
        what: &'static str,
        /// The valid form.
        expected: &'static str,
        /// The text.
        found: String,
    },
    /// A part or the image cannot be read.
    #[error("{what}: cannot read: {error}")]
    Read {
        /// The name of the part, or of the header.
        what: &'static str,
        /// The cause.
        error: io::Error,
    },
    /// The image cannot be written.
    #[error("cannot write the boot image: {0}")]
    Write(io::Error),
}

//! The error type.

use std::io;
use std::path::PathBuf;

/// The reason why the files to boot cannot be found or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image holds no kernel that can be used together with its modules.
    #[error(
        "no kernel with its modules found in {sources}: looked for /usr/lib/modules/*/vmlinuz, vmlinuz* \
         and Image* in /boot or a boot partition, boot entries in /loader/entries, and /EFI/Linux/*.efi; \
         {rejected}"
    )]
    NoKernel {
        /// The names of the file systems.
        sources: String,
        /// What was rejected and why, or the next step if nothing was found at all.
        rejected: String,
    },
    /// The image lacks the kernel release that was requested.
    #[error(
        "kernel release {release}: not found with its modules in {sources}; the image holds {found}, choose one of them"
    )]
    ReleaseNotFound {
        /// The release that was requested.
        release: String,
        /// The names of the file systems.
        sources: String,
        /// The releases that the image holds.
        found: String,
    },
    /// The image lacks a device tree of this name.
    #[error("device tree {name}: not found in {directory}{near}; name another with --dtb")]
    DtbNotFound {
        /// The name that was requested.
        name: String,
        /// The directory with the device trees, or words for its absence.
        directory: String,
        /// The most similar names.
        near: String,
    },
    /// Several device trees match a name.
    #[error("device tree {name}: several match in {directory}: {near}; use one of these names")]
    DtbAmbiguous {
        /// The name that was requested.
        name: String,
        /// The directory with the device trees.
        directory: String,
        /// The names that match, at most five.
        near: String,
    },
    /// A file that should be a kernel has none of the known forms.
    #[error(
        "not a Linux kernel: expected an arm64 or RISC-V Image, plain or compressed, an EFI zboot image, \
         a zImage, a bzImage, or a unified kernel image"
    )]
    NotAKernel,
    /// A structure of a file is invalid; the text names it, with expected and found values.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A value of a deviceinfo file is invalid.
    #[error("deviceinfo_{key}: expected a number, found {value:?}")]
    DeviceInfo {
        /// The name of the value, without `deviceinfo_`.
        key: String,
        /// The value.
        value: String,
    },
    /// The compression of a kernel is unknown, or its stream damaged.
    #[error("cannot decompress: {0}")]
    Decompress(String),
    /// A file system cannot be read.
    #[error("{name}: {error}")]
    FileSystem {
        /// The name of the file system.
        name: String,
        /// The cause.
        error: file_system::Error,
    },
    /// A file cannot be read.
    #[error("cannot read the file: {0}")]
    Read(io::Error),
    /// A file is larger than what is read of it.
    #[error("{}: more than {limit} bytes", path.display())]
    TooLarge {
        /// The path of the file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Read(error)
    }
}

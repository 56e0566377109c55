//! The error type.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use boot_files::Architecture;
use stage0_artifact::Target;

/// The reason why a device cannot be booted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image lacks something that is needed to boot, or it cannot be read.
    #[error(transparent)]
    BootFiles(#[from] boot_files::Error),
    /// A device tree or an overlay cannot be read or applied; its name, and the cause.
    #[error("{name}: {cause}")]
    DeviceTree {
        /// The name of the file.
        name: String,
        /// The cause.
        cause: String,
    },
    /// The boot image needs a device tree, and nothing names one.
    #[error(
        "device tree: neither a profile nor the image's deviceinfo names one; name it with --dtb"
    )]
    NoDeviceTree,
    /// The image's deviceinfo names several device trees.
    #[error("device tree: the image's deviceinfo names several: {}; choose one with --dtb", .0.join(", "))]
    SeveralDeviceTrees(Vec<String>),
    /// Nothing describes the boot image.
    #[error(
        "no profile, and the image has no deviceinfo that describes its boot image; choose a profile with --profile \
         (`fastboop profile list` lists them)"
    )]
    NoParameters,
    /// The image's deviceinfo describes no boot image that can be made.
    #[error("{0}; choose a profile with --profile")]
    Parameters(device_profiles::Error),
    /// A value of the profile does not fit the header of a boot image.
    #[error("{what} {value:#x}: more than 32 bits; correct the device's profile")]
    Address {
        /// The name of the value.
        what: &'static str,
        /// The value.
        value: u64,
    },
    /// A compression that boot images are not made with.
    #[error("{what} {name}: not supported; write {instead} in a profile of your own")]
    Compression {
        /// What is compressed.
        what: &'static str,
        /// The name of the compression.
        name: String,
        /// What is supported.
        instead: &'static str,
    },
    /// The file with the kernel cannot be read, or is not one.
    #[error("{}: {cause}", path.display())]
    KernelFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: boot_files::Error,
    },
    /// stage0 does not run on the kernel.
    #[error(
        "stage0 is for {stage0}, the kernel for {kernel}; name a stage0 for {kernel} with --stage0, or choose another image"
    )]
    Architecture {
        /// The architecture of the kernel.
        kernel: Architecture,
        /// The target of stage0.
        stage0: Target,
    },
    /// The kernel decompresses itself, and the profile wants it compressed.
    #[error(
        "kernel: {form}, which decompresses itself, does not fit the encoding {encoding}; use a kernel in the form of an Image, \
         or a profile with another encoding"
    )]
    Encoding {
        /// The form of the kernel.
        form: String,
        /// The encoding in the profile.
        encoding: String,
    },
    /// Something is larger than the boot loader accepts.
    #[error("{what}: {size} bytes, expected at most {limit} ({source_of_limit}); {hint}")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
        /// Who sets the limit.
        source_of_limit: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// The packed kernel is larger than the boot loader accepts.
    #[error(
        "kernel: more than {limit} bytes as {encoding}, which the profile limits; use a smaller kernel with --kernel"
    )]
    PackedKernel {
        /// The limit in bytes.
        limit: u64,
        /// The form.
        encoding: String,
    },
    /// The command line contains characters that a kernel cannot receive.
    #[error("command line: contains control characters: {0:?}; remove them")]
    CommandLine(String),
    /// Modules are requested, and the image has none for the kernel.
    #[error(
        "the image has no modules for the kernel {0}; leave out --module, or use a kernel that belongs to the image"
    )]
    NoModules(String),
    /// The initramfs cannot be made.
    #[error(transparent)]
    Initramfs(#[from] fastboop_stage0_generator::Error),
    /// The boot image cannot be made.
    #[error(transparent)]
    BootImage(#[from] android_bootimg::Error),
    /// A temporary file cannot be written.
    #[error("cannot write a temporary file: {0}; free space, or set TMPDIR to another directory")]
    Temporary(io::Error),
    /// The boot loader refuses to boot the image.
    #[error("boot: {0}")]
    Refused(fastboot::Refusal),
    /// The image cannot be sent to the boot loader.
    #[error(transparent)]
    Fastboot(#[from] fastboot::Error),
}

/// What an error means for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The image cannot be booted on this device.
    Image,
    /// The boot loader refuses to boot it.
    Refused,
    /// The connection to the device failed.
    Transfer,
    /// The request or the machine is at fault.
    Other,
}

impl Error {
    pub(crate) fn device_tree(name: impl Into<String>, cause: impl Display) -> Self {
        Error::DeviceTree {
            name: name.into(),
            cause: cause.to_string(),
        }
    }

    /// What the error means for the user.
    pub fn kind(&self) -> ErrorKind {
        use fastboop_stage0_generator::Error as Generator;
        match self {
            Error::Initramfs(Generator::Image(..) | Generator::Index(_)) => ErrorKind::Image,
            Error::Initramfs(_) | Error::Temporary(_) | Error::CommandLine(_) => ErrorKind::Other,
            Error::BootImage(android_bootimg::Error::Write(_)) => ErrorKind::Other,
            Error::Refused(_) => ErrorKind::Refused,
            Error::Fastboot(error) => fastboot_kind(error),
            _ => ErrorKind::Image,
        }
    }
}

/// What an error of the protocol means for the user.
fn fastboot_kind(error: &fastboot::Error) -> ErrorKind {
    match error {
        fastboot::Error::Refused { .. } => ErrorKind::Refused,
        fastboot::Error::TooLarge { .. } | fastboot::Error::Empty => ErrorKind::Image,
        fastboot::Error::Image { .. } => ErrorKind::Other,
        _ => ErrorKind::Transfer,
    }
}

//! The error type of this crate.

use std::io;
use std::path::PathBuf;

use kernel_modules::{IndexError, UnknownModule};
use stage0_settings::SettingError;

/// The error for an initramfs that cannot be generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The embedded file is not a stage0 artifact: the build system did not check it.
    #[error("the embedded stage0 is invalid: {0}")]
    Embedded(stage0_artifact::InspectError),
    /// The file that replaces the embedded stage0 cannot be read.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// The file that replaces the embedded stage0 is not a stage0 artifact.
    #[error("{}: {error}", path.display())]
    Stage0 {
        /// The path of the file.
        path: PathBuf,
        /// The cause.
        error: stage0_artifact::InspectError,
    },
    /// A file cannot be added to the initramfs.
    #[error(transparent)]
    Tree(#[from] initramfs::TreeError),
    /// The initramfs cannot be written.
    #[error(transparent)]
    Write(#[from] initramfs::WriteError),
    /// The setting is unknown, or its value is invalid.
    #[error("{0}; docs/stage0.md lists all settings")]
    Setting(SettingError),
    /// The directory contains no kernel release with a `modules.dep`.
    #[error("{}: no kernel modules: no <release>/modules.dep, which depmod writes; name the directory that contains <release>, such as /lib/modules", .0.display())]
    NoRelease(PathBuf),
    /// The directory contains several kernel releases, and none was requested.
    #[error("{directory}: modules of several kernels; choose one with --kernel-release: {releases}", directory = .0.display(), releases = .1.join(", "))]
    SeveralReleases(PathBuf, Vec<String>),
    /// The directory does not contain the requested kernel release: the directory, the requested release,
    /// and the releases in the directory.
    #[error("{directory}: no kernel release {expected}; available: {releases}", directory = .0.display(), expected = .1, releases = .2.join(", "))]
    OtherReleases(PathBuf, String, Vec<String>),
    /// The module indexes cannot be read.
    #[error("cannot read the module indexes: {0}")]
    Index(IndexError),
    /// The file at this path in an image cannot be read.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Image(PathBuf, file_system::Error),
    /// The requested module, or one that it depends on, does not exist.
    #[error("{}: {error}", .directory.display())]
    UnknownModule {
        /// The module directory of the kernel release.
        directory: PathBuf,
        /// The cause, with the name of the module.
        error: UnknownModule,
    },
    /// The name of a file of modprobe.d(5) does not end with `.conf`.
    #[error("{}: not the name of a modprobe.d file; rename it to <name>.conf", .0.display())]
    ConfigName(PathBuf),
    /// The path of a file in the initramfs ends with a slash.
    #[error("{}: the destination of a file; add the file's name", .0.display())]
    DirectoryDestination(PathBuf),
    /// A setting is added twice; its key.
    #[error("setting {0}: given twice; remove one of the two")]
    DuplicateSetting(String),
    /// The file or directory at this path cannot be read.
    #[error("{path}: cannot read it: {error}", path = .0.display(), error = .1)]
    Read(PathBuf, io::Error),
    /// The file at this path has a type that cannot be added, such as a socket.
    #[error("{}: not a regular file, directory or symbolic link; exclude it", .0.display())]
    Special(PathBuf),
    /// The file to append to has another size than when its files were read.
    #[error("{}: changed while it was read; start again when it is complete", .0.display())]
    Changed(PathBuf),
    /// The file to append to is not an initramfs.
    #[error("{}: not an initramfs: neither cpio nor a known compression; check the path", .0.display())]
    NotAnInitramfs(PathBuf),
    /// The file to append to is not a valid initramfs.
    #[error("{}: {error}", .path.display())]
    Base {
        /// The path of the file.
        path: PathBuf,
        /// The cause.
        error: initramfs::ReadError,
    },
    /// The file to append to ends with a bootconfig, behind which the kernel reads nothing.
    #[error("{}: ends with a bootconfig, which must stay at the end; remove it with `bootconfig -d`, append, and add it to the result with `bootconfig -a`", .0.display())]
    Bootconfig(PathBuf),
    /// `SOURCE_DATE_EPOCH` has this value, which is not a time that fits into a cpio archive.
    #[error(
        "SOURCE_DATE_EPOCH: invalid value {0:?}: expected seconds since 1970-01-01 UTC, at most 4294967295; correct or unset it"
    )]
    Epoch(String),
}

impl Error {
    /// The error of writing the output; `None` for other errors.
    pub fn output_error(&self) -> Option<&io::Error> {
        match self {
            Error::Write(initramfs::WriteError::Output(error)) => Some(error),
            _ => None,
        }
    }
}

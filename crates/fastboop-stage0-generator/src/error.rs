//! The error of this crate.

use std::io;
use std::path::PathBuf;

use kernel_modules::{IndexError, UnknownModule};
use stage0_settings::SettingError;

/// Why an initramfs could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The build system embedded something unchecked.
    #[error("the embedded stage0 is broken: {0}")]
    Embedded(stage0_artifact::InspectError),
    /// A file that was named cannot be read.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// The file that was named is not a stage0.
    #[error("{}: {error}", path.display())]
    Stage0 {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: stage0_artifact::InspectError,
    },
    /// Something cannot be put in.
    #[error(transparent)]
    Tree(#[from] initramfs::TreeError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] initramfs::WriteError),
    /// stage0 has no such setting.
    #[error("{0}; docs/stage0.md lists all settings")]
    Setting(SettingError),
    /// The module directory has no release with indexes.
    #[error("{}: no kernel's modules in it (<release>/modules.dep, which depmod writes); name the directory above the release, such as /lib/modules", .0.display())]
    NoRelease(PathBuf),
    /// The module directory has more than one release.
    #[error("{directory}: modules of several kernels; choose one with --kernel-release: {releases}", directory = .0.display(), releases = .1.join(", "))]
    SeveralReleases(PathBuf, Vec<String>),
    /// The module directory has other releases.
    #[error("{directory}: no kernel release {expected}; there is: {releases}", directory = .0.display(), expected = .1, releases = .2.join(", "))]
    OtherReleases(PathBuf, String, Vec<String>),
    /// The module indexes cannot be read.
    #[error("cannot read the module indexes: {0}")]
    Index(IndexError),
    /// There is no such module.
    #[error("{}: {error}", .directory.display())]
    UnknownModule {
        /// The modules of the release.
        directory: PathBuf,
        /// The requested module.
        error: UnknownModule,
    },
    /// A file or directory cannot be read.
    #[error("{path}: cannot read it: {error}", path = .0.display(), error = .1)]
    Read(PathBuf, io::Error),
    /// A file is of a kind that is not put in.
    #[error("{}: neither a file, nor a directory, nor a symbolic link; leave it out", .0.display())]
    Special(PathBuf),
    /// An image that should be appended to is none.
    #[error("{}: not an initramfs (neither cpio nor a known compression), so nothing is appended to it; check the path", .0.display())]
    NotAnInitramfs(PathBuf),
    /// `SOURCE_DATE_EPOCH` is not a time that cpio can hold.
    #[error(
        "SOURCE_DATE_EPOCH is {0:?}, not seconds after 1970 up to 4294967295; set it right or unset it"
    )]
    Epoch(String),
}

impl Error {
    /// The error of the output, if writing to it failed.
    pub fn output_error(&self) -> Option<&io::Error> {
        match self {
            Error::Write(initramfs::WriteError::Output(error)) => Some(error),
            _ => None,
        }
    }
}

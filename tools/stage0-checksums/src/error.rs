//! Everything that can go wrong, as the line that is printed.

use std::io;
use std::path::PathBuf;

use fastboop_files::{FileName, Sha256Digest};

/// One thing that is wrong. Paths of files in a release are printed in quotes and escaped, because
/// their names come from outside.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One file is read or written as a whole: a list, a sidecar, an artifact.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// An artifact or a sidecar is not one.
    #[error(transparent)]
    Artifact(#[from] stage0_artifact::Error),
    /// The directory cannot be listed.
    #[error("{0:?}: cannot list the directory: {1}; check the path")]
    List(PathBuf, #[source] io::Error),
    /// There is nothing in it that could be listed.
    #[error("{0:?}: no files in this directory; put the release's files there first")]
    NoFiles(PathBuf),
    /// A file that is listed is not there.
    #[error("{0:?}: listed, but there is no such file; download it, or write the list again")]
    Missing(PathBuf),
    /// A link: what it leads to can be anywhere and change at any time.
    #[error(
        "{0:?}: a symbolic link, but a release is made of regular files; put the file itself there"
    )]
    Link(PathBuf),
    /// A directory.
    #[error("{0:?}: a directory, but a release has none; move its files up, or the directory away")]
    Directory(PathBuf),
    /// A pipe, a socket or a device.
    #[error("{0:?}: not a regular file, so it cannot be released; move it away")]
    Special(PathBuf),
    /// A file cannot be read.
    #[error("{0:?}: cannot read it: {1}; check its permissions and the disk")]
    Read(PathBuf, #[source] io::Error),
    /// A file is not the one that was listed.
    #[error(
        "{path:?}: its sha256 is {found}, but {wanted} is listed; \
         download it again, or write the list again"
    )]
    OtherDigest {
        /// The file.
        path: PathBuf,
        /// The digest of its bytes.
        found: Sha256Digest,
        /// The digest in the list.
        wanted: Sha256Digest,
    },
    /// A file that has to be in the release is not in the list.
    #[error(
        "{list:?}: does not list {name}, which is required; add the file and write the list again"
    )]
    NotListed {
        /// The list.
        list: PathBuf,
        /// The file that is required.
        name: FileName,
    },
    /// Standard output is closed or full.
    #[error("cannot write to standard output: {0}; nothing else failed")]
    Output(#[source] io::Error),
}

//! The error type.

/// The reason why an image has no root file system that can be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file system has the files of a Linux system; the file systems, and those that cannot be read.
    #[error(
        "no root file system: none has /usr/lib/os-release, /etc/os-release, /lib/modules or /ostree/deploy; found {0}"
    )]
    NoRoot(String),
    /// Several file systems have the files of a Linux system; their names.
    #[error("several root file systems: {0}; choose one with --partition")]
    SeveralRoots(String),
    /// The chosen partition is missing, or its file system cannot be read; the choice, and the file systems.
    #[error("no file system in the partition with {0}; found {1}")]
    NoPartition(String, String),
    /// Several partitions match the choice; the choice, and the file systems.
    #[error("several partitions with {0}: {1}; choose one by its UUID")]
    SeveralPartitions(String, String),
    /// No OSTree deployment has a checksum that begins like this; the deployments.
    #[error("no deployment {0}; found {1}")]
    NoDeployment(String, String),
    /// Several OSTree deployments match, and no entry of the boot menu decides; the deployments.
    #[error("several deployments: {0}; choose one with --deployment and its checksum")]
    SeveralDeployments(String),
    /// The file system with this name cannot be read.
    #[error("{0}: {1}")]
    FileSystem(String, file_system::Error),
}

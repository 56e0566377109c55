//! The error type.

use std::fmt::Display;

/// The reason why a device cannot be booted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image lacks something that is needed to boot, or it cannot be read.
    #[error("{0}")]
    BootFiles(#[from] boot_files::Error),
    /// A device tree or an overlay cannot be read or applied; its name, and the cause.
    #[error("{name}: {cause}")]
    DeviceTree {
        /// The name of the file.
        name: String,
        /// The cause.
        cause: String,
    },
}

impl Error {
    pub(crate) fn device_tree(name: String, cause: impl Display) -> Self {
        let cause = cause.to_string();
        Error::DeviceTree { name, cause }
    }
}

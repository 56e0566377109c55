//! Firmware: the directories in which the kernel searches it (`drivers/base/firmware_loader/main.c`).

use std::path::Path;

use file_system::join;

use crate::Error;
use crate::source::{Location, Source};

/// Suffixes of names in the order in which the kernel tries them.
const SUFFIXES: [(&str, Option<FirmwareCompression>); 3] = [
    ("", None),
    (".zst", Some(FirmwareCompression::Zstd)),
    (".xz", Some(FirmwareCompression::Xz)),
];

/// How a firmware file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirmwareCompression {
    /// Zstandard.
    Zstd,
    /// xz.
    Xz,
}

/// A firmware file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwareFile {
    /// The file.
    pub location: Location,
    /// Its compression; `None` if it is not compressed.
    pub compression: Option<FirmwareCompression>,
}

/// The directories with firmware, in the order in which the kernel searches them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Firmware {
    /// The directories that exist.
    pub directories: Vec<Location>,
}

impl Firmware {
    /// Finds the directories for a kernel release in the root file system, which has this index.
    pub(crate) fn new(source: &Source, index: usize, release: &str) -> Result<Self, Error> {
        let mut directories = Vec::new();
        for parent in ["lib/firmware", "usr/lib/firmware"].map(Path::new) {
            let updates = parent.join("updates");
            let release = Path::new(release);
            for path in [
                &join(&updates, release),
                &updates,
                &join(parent, release),
                parent,
            ] {
                let directory = source.directory(path)?;
                let location = directory.map(|path| Location {
                    source: index,
                    path,
                });
                let is_new = |location: &Location| !directories.contains(location);
                directories.extend(location.filter(is_new));
            }
        }
        Ok(Firmware { directories })
    }

    /// Returns the file that the kernel loads for the name that a driver requests, such as
    /// `qcom/sdm845/adsp.mbn`; `None` if it is missing.
    ///
    /// # Errors
    /// [`Error::FileSystem`].
    pub fn find(&self, sources: &[Source], name: &str) -> Result<Option<FirmwareFile>, Error> {
        for (suffix, compression) in SUFFIXES {
            for directory in &self.directories {
                let Some(source) = sources.get(directory.source) else {
                    continue;
                };
                let path = join(&directory.path, Path::new(&format!("{name}{suffix}")));
                if let Some(path) = source.file(&path)? {
                    let source = directory.source;
                    return Ok(Some(FirmwareFile {
                        location: Location { source, path },
                        compression,
                    }));
                }
            }
        }
        Ok(None)
    }
}

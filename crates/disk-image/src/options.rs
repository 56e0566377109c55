//! Options for reading images, and the progress of unpacking.

use std::path::PathBuf;

use crate::Cause;

/// Options for reading images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The directory for decompressed images; `None` for the default: `fastboop/images` in
    /// `$XDG_CACHE_HOME` or `~/.cache`. It is created when it is needed, and should be on a disk.
    pub cache: Option<PathBuf>,
    /// The space in bytes that the files of the cache may take after an image was unpacked. Those that were
    /// not used for the longest time are removed; never the one that was just unpacked.
    pub cache_limit: u64,
    /// The maximum number of bytes that the layers that are decompressed into the cache may have in all, and of a
    /// layer that is decompressed block by block.
    pub max_size: u64,
    /// The limits for decompression.
    pub limits: decompress::Limits,
}

impl Default for Options {
    /// The default cache, of 32 GiB at most; 256 GiB decompressed; the default limits of decompression.
    fn default() -> Self {
        Options {
            cache: None,
            cache_limit: 32 << 30,
            max_size: 256 << 30,
            limits: decompress::Limits::default(),
        }
    }
}

impl Options {
    pub(crate) fn cache_directory(&self) -> Result<PathBuf, Cause> {
        if let Some(directory) = &self.cache {
            return Ok(directory.clone());
        }
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        // The XDG base directory specification: relative paths are ignored.
        let base = variable("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let home = || Some(variable("HOME")?.join(".cache"));
        let base = base.or_else(home).ok_or(Cause::NoCache)?;
        Ok(base.join("fastboop/images"))
    }
}

/// The progress of unpacking a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Another process unpacks the same layer, whose name this is.
    Waiting(&'a str),
    /// The layer is being unpacked.
    Unpacking {
        /// The name of the layer.
        name: &'a str,
        /// The number of compressed bytes read so far.
        read: u64,
        /// The number of compressed bytes in all.
        total: u64,
    },
}

//! A layer of an image.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use read_at::{FileAt, Shared};
use sha2::{Digest, Sha256};

use crate::{Cause, Error, MAX_DEPTH};

/// A layer of an image, which can be read at any position: the file, its decompressed content, that of a
/// sparse image, or a partition.
#[derive(Clone)]
pub struct View {
    name: String,
    content: Shared,
    origin: Option<Origin>,
    depth: usize,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("View");
        let size = self.content.size();
        fields
            .field("name", &self.name)
            .field("size", &size)
            .finish_non_exhaustive()
    }
}

impl View {
    /// Opens the file or block device at `path`.
    ///
    /// # Errors
    /// If it cannot be opened, or is neither.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        let open = || {
            let before = Identity::read(path)?;
            let file = FileAt::open(path)?;
            Ok((before, file, Identity::read(path)?))
        };
        let (before, file, after) = open().map_err(|error| Cause::Io(error).into_error(&name))?;
        if before != after {
            return Err(Cause::Changed.into_error(&name));
        }
        let mut view = View::new(&name, Arc::new(file));
        view.origin = before.map(|identity| Origin {
            path: path.to_owned(),
            identity,
            layers: String::new(),
        });
        Ok(view)
    }

    /// Creates a layer of any content, with a name for messages. If it has to be decompressed, the result
    /// is kept only as long as it is used, since nothing shows later whether the content is the same.
    pub fn new(name: &str, content: Shared) -> Self {
        View {
            name: name.to_owned(),
            content,
            origin: None,
            depth: 0,
        }
    }

    /// The content.
    pub fn content(&self) -> &Shared {
        &self.content
    }

    /// The file's name and the layers in it, for messages, such as `image.img: partition 2 "root"`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Creates the layer inside of this one that `step` describes: decompression does not appear in its
    /// name, since it is in the file's name already.
    pub(crate) fn inner(&self, step: &str, in_name: bool, content: Shared) -> Result<Self, Error> {
        if self.depth >= MAX_DEPTH {
            return Err(Cause::TooDeep.into_error(&self.name));
        }
        let mut view = self.clone();
        view.content = content;
        view.depth += 1;
        if in_name {
            view.name = format!("{}: {step}", self.name);
        }
        if let Some(origin) = &mut view.origin {
            origin.layers = format!("{}/{step}", origin.layers);
        }
        Ok(view)
    }

    /// Where the content comes from; `None` if it cannot be recognized later.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

/// Where the content of a layer comes from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    path: PathBuf,
    identity: Identity,
    /// The layers between the file and this one.
    layers: String,
}

impl Origin {
    /// The name of the layer in the cache: 64 hexadecimal digits.
    pub(crate) fn key(&self) -> String {
        let Identity {
            device,
            inode,
            size,
            modified,
            changed,
        } = &self.identity;
        let text = format!(
            "1 {device} {inode} {size} {modified:?} {changed:?} {}",
            self.layers
        );
        hex::encode(Sha256::digest(text))
    }

    /// Whether the file is still the same.
    pub(crate) fn is_current(&self) -> bool {
        matches!(Identity::read(&self.path), Ok(Some(identity)) if identity == self.identity)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// What distinguishes a state of a regular file from others.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// Seconds and nanoseconds. Programs cannot set it.
    changed: (i64, i64),
}

impl Identity {
    /// `None` for a block device, whose times do not change with its content.
    fn read(path: &Path) -> std::io::Result<Option<Self>> {
        let metadata = path.metadata()?;
        Ok(metadata.is_file().then(|| Identity::new(&metadata)))
    }

    fn new(metadata: &Metadata) -> Self {
        Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_change_with_the_file_and_the_layer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        std::fs::write(&path, "content").unwrap();
        let view = View::open(&path).unwrap();
        let key = |view: &View| view.origin().unwrap().key();
        assert_eq!(key(&view), key(&View::open(&path).unwrap()));
        let inner = view
            .inner("partition 1", true, view.content().clone())
            .unwrap();
        assert_ne!(key(&view), key(&inner));
        assert_eq!(inner.name(), "image: partition 1");
        // The same size and time of modification.
        let time = path.metadata().unwrap().modified().unwrap();
        // Until the clock of the file system has moved on.
        while view.origin().unwrap().is_current() {
            std::fs::write(&path, "CONTENT").unwrap();
        }
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(time).unwrap();
        assert!(!view.origin().unwrap().is_current());
        assert_ne!(key(&view), key(&View::open(&path).unwrap()));
    }

    #[test]
    fn depth_is_limited() {
        let mut view = View::new("image", Arc::new(b"content".to_vec()));
        for _ in 0..MAX_DEPTH {
            view = view.inner("x", false, view.content().clone()).unwrap();
        }
        let error = view.inner("x", false, view.content().clone()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "image: more than 16 layers inside of each other"
        );
    }
}

//! Goes through the layers of images.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Weak};

use decompress::Format;
use read_at::{ReadAt, Shared, Window};

use crate::cache::{Cache, Job};
use crate::in_place::InPlace;
use crate::partition::{Partition, PartitionChoice};
use crate::sparse::Sparse;
use crate::{Cause, Error, Kind, Options, Progress, View};

/// Reads the layers of images, with options, a callback for progress, and a list of warnings.
pub struct Images<'a> {
    options: Options,
    progress: Box<dyn FnMut(Progress<'_>) + 'a>,
    warnings: Vec<String>,
    /// The number of bytes that may still be decompressed.
    left: u64,
    /// The number of chunks that further sparse images may have.
    chunks_left: u32,
    /// The compressed layer that is read in place, as long as it is used.
    in_place: Weak<InPlace>,
}

/// The maximum number of chunks of all sparse images, which take 16 MiB of memory.
const MAX_CHUNKS: u32 = 1 << 20;

impl fmt::Debug for Images<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Images");
        fields
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<'a> Images<'a> {
    /// Creates a reader. `progress` is called often while a layer is decompressed, every 256 KiB.
    pub fn new(options: Options, progress: impl FnMut(Progress<'_>) + 'a) -> Self {
        Images {
            left: options.max_size,
            options,
            progress: Box::new(progress),
            warnings: Vec::new(),
            chunks_left: MAX_CHUNKS,
            in_place: Weak::new(),
        }
    }

    /// The warnings so far, each with the name of the layer in front.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(crate) fn warn(&mut self, view: &View, warning: &str) {
        let warning = format!("{}: {warning}", view.name());
        // A layer may be looked at more than once.
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Determines what `view` contains.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged.
    pub fn kind(&mut self, view: &View) -> Result<Kind, Error> {
        let mut warnings = Vec::new();
        let kind = Kind::detect(&**view.content(), &mut |warning| warnings.push(warning));
        for warning in warnings {
            self.warn(view, &warning);
        }
        let kind = kind.map_err(|cause| cause.into_error(view.name()))?;
        if let Kind::FileSystem(superblock) = &kind {
            if let Some(warning) = superblock.warning {
                self.warn(view, warning);
            }
        }
        Ok(kind)
    }

    /// Opens the file or block device at `path`, and goes through its compression and sparse images: what
    /// [`Images::kind`] then returns is neither.
    ///
    /// # Errors
    /// If it cannot be opened or decompressed, is damaged, or exceeds a limit.
    pub fn open(&mut self, path: &Path) -> Result<View, Error> {
        let view = View::open(path)?;
        self.unpack(view)
    }

    /// Goes through the compression and sparse images of `view`, if any.
    ///
    /// # Errors
    /// As [`Images::open`].
    pub fn unpack(&mut self, view: View) -> Result<View, Error> {
        let mut view = view;
        loop {
            let kind = self.kind(&view)?;
            match self.peel(&view, &kind)? {
                Some(inner) => view = inner,
                None => return Ok(view),
            }
        }
    }

    /// Returns the only layer in `view`, which contains `kind`; `None` if it has none or several.
    pub(crate) fn peel(&mut self, view: &View, kind: &Kind) -> Result<Option<View>, Error> {
        let content = view.content().clone();
        let inner = match kind {
            Kind::Compressed(format) => {
                let content = self.decompress(view, *format);
                let content = content.map_err(|cause| cause.into_error(view.name()))?;
                view.inner(format.name(), false, content)?
            }
            Kind::Sparse => {
                let name = "Android sparse image";
                let inner = view.inner(name, true, content.clone())?;
                let sparse = Sparse::new(content, self.chunks_left);
                let sparse = sparse.map_err(|cause| cause.into_error(inner.name()))?;
                self.chunks_left = self.chunks_left.saturating_sub(sparse.chunks());
                view.inner(name, true, Arc::new(sparse))?
            }
            _ => return Ok(None),
        };
        Ok(Some(inner))
    }

    /// Returns the decompressed content of `view`: read in place if it has an index of blocks that are small enough,
    /// otherwise a file in the cache.
    fn decompress(&mut self, view: &View, format: Format) -> Result<Shared, Cause> {
        if let Some(blocks) = self.read_in_place(view, format) {
            return Ok(blocks);
        }
        let mut job = Job {
            view,
            format,
            options: &self.options,
            left: &mut self.left,
            progress: &mut *self.progress,
        };
        Ok(Arc::new(job.unpack_into_cache()?))
    }

    /// At most one layer is read in place at a time, which limits the memory; none that is in the cache.
    fn read_in_place(&mut self, view: &View, format: Format) -> Option<Shared> {
        if self.in_place.strong_count() > 0 || Cache::contains(view, &self.options) {
            return None;
        }
        let layer = InPlace::open(view, format, &self.options)?;
        if layer.size() > self.left {
            return None;
        }
        let layer = Arc::new(layer);
        self.in_place = Arc::downgrade(&layer);
        Some(layer)
    }

    /// Returns a partition of the table in `view`, and goes through its compression and sparse images.
    ///
    /// # Errors
    /// If `view` contains no partition table, or the choice matches none or several partitions; otherwise as
    /// [`Images::open`].
    pub fn partition(&mut self, view: &View, choice: &PartitionChoice) -> Result<View, Error> {
        let Kind::Table(table) = self.kind(view)? else {
            let cause = Cause::Corrupt("not a partition table".to_owned());
            return Err(cause.into_error(view.name()));
        };
        let partition = table
            .find(choice)
            .map_err(|cause| cause.into_error(view.name()))?;
        let part = partition_view(view, partition)?;
        self.unpack(part)
    }
}

/// Returns the content of a partition of `view`.
pub(crate) fn partition_view(view: &View, partition: &Partition) -> Result<View, Error> {
    let window = Window::new(view.content().clone(), partition.start, partition.size);
    let window = window.map_err(|error| Cause::Io(error).into_error(view.name()))?;
    view.inner(&partition.to_string(), true, Arc::new(window))
}

//! A compressed layer that is read without unpacking it first.

use std::io;
use std::sync::OnceLock;

use decompress::{Blocks, Format};
use read_at::{FileAt, ReadAt, Shared};

use crate::cache::Job;
use crate::{Options, View};

/// The content of a compressed layer, of which only the blocks that are read are decompressed.
///
/// Reads that go back and forth decompress the same blocks again. Once that was as much as unpacking the layer, it is
/// unpacked into the cache after all, so that no order of reads takes much longer than that.
#[derive(Debug)]
pub(crate) struct InPlace {
    blocks: Blocks<Shared>,
    view: View,
    format: Format,
    options: Options,
    /// `None` if unpacking failed, for example for lack of space: the blocks can be read all the same.
    unpacked: OnceLock<Option<FileAt>>,
}

impl InPlace {
    /// Opens the content of `view`; `None` if it lacks an index of blocks that are small enough.
    pub(crate) fn open(view: &View, format: Format, options: &Options) -> Option<Self> {
        let blocks = Blocks::open(format, view.content().clone(), options.limits)?;
        Some(InPlace {
            blocks,
            view: view.clone(),
            format,
            options: options.clone(),
            unpacked: OnceLock::new(),
        })
    }

    fn unpack(&self) -> Option<FileAt> {
        let mut job = Job {
            view: &self.view,
            format: self.format,
            options: &self.options,
            left: &mut self.options.max_size.clone(),
            progress: &mut |_| (),
        };
        let file = job.unpack_into_cache().ok()?;
        (file.size() == self.size()).then_some(file)
    }
}

impl ReadAt for InPlace {
    fn size(&self) -> u64 {
        self.blocks.size()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        if self.blocks.decompressed() > self.size() {
            if let Some(file) = self.unpacked.get_or_init(|| self.unpack()) {
                return file.read_exact_at(bytes, offset);
            }
        }
        self.blocks.read_exact_at(bytes, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::xz;

    /// An image of 40 blocks, of which about 28 can be kept, and options with its directory as the cache.
    fn setup(directory: &tempfile::TempDir) -> (Vec<u8>, View, Options) {
        let content: Vec<u8> = (0..40 << 12).map(|at: u32| (at >> 12) as u8).collect();
        let path = directory.path().join("image");
        std::fs::write(&path, xz(&content)).unwrap();
        let options = Options {
            cache: Some(directory.path().join("cache")),
            limits: decompress::Limits::with_memory(120 << 10),
            ..Options::default()
        };
        (content, View::open(&path).unwrap(), options)
    }

    fn read(layer: &InPlace) -> Vec<u8> {
        let mut content = vec![0; layer.size() as usize];
        layer.read_exact_at(&mut content, 0).unwrap();
        content
    }

    #[test]
    fn is_unpacked_once_blocks_are_decompressed_again() {
        let directory = tempfile::tempdir().unwrap();
        let (content, view, options) = setup(&directory);
        let layer = InPlace::open(&view, Format::Xz, &options).unwrap();
        assert!(read(&layer) == content);
        assert!(layer.unpacked.get().is_none());
        assert!(!directory.path().join("cache").exists());
        for _ in 0..3 {
            assert!(read(&layer) == content);
        }
        assert!(layer.unpacked.get().unwrap().is_some());
        let limit = layer.blocks.size() * 2;
        assert!(layer.blocks.decompressed() <= limit);
    }

    #[test]
    fn is_read_in_place_if_it_cannot_be_unpacked() {
        let directory = tempfile::tempdir().unwrap();
        let (content, view, options) = setup(&directory);
        std::fs::write(directory.path().join("cache"), "").unwrap();
        let layer = InPlace::open(&view, Format::Xz, &options).unwrap();
        for _ in 0..4 {
            assert!(read(&layer) == content);
        }
        assert!(layer.unpacked.get().unwrap().is_none());
    }
}

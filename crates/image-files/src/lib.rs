//! Opens the file systems of a disk image, and finds the root among them.
//!
//! [`disk_image`] finds the layers of an image; this crate opens what is in them:
//!
//! ```no_run
//! use std::path::Path;
//! use disk_image::{Images, Options};
//! use image_files::ImageFiles;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layers = Images::new(Options::default(), |_| ()).layers(Path::new("image.img.xz"))?;
//! let files = ImageFiles::open(&layers);
//! let root = files.root(None)?;
//! println!("{}: {} files in /", root.name, root.fs.read_dir(Path::new(""))?.len());
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod deployment;
mod error;
mod root;
mod system;
mod volume;

use disk_image::{Kind, Layer, PartitionChoice};

pub use error::Error;
pub use system::{Choice, System};
pub use volume::Volume;

/// The file systems of an image.
pub struct ImageFiles {
    /// The file systems that can be read, in the order of their layers.
    pub volumes: Vec<Volume>,
    /// The layers with others, and why they cannot be read.
    pub unreadable: Vec<(String, file_system::Error)>,
}

impl ImageFiles {
    /// Opens all file systems in `layers`. Formats that are not supported are among
    /// [`ImageFiles::unreadable`].
    pub fn open(layers: &Layer) -> Self {
        let mut files = ImageFiles {
            volumes: Vec::new(),
            unreadable: Vec::new(),
        };
        files.add(layers, &[]);
        files
    }

    /// Calls itself for each layer inside, of which there are at most [`disk_image::MAX_DEPTH`].
    fn add<'a>(&mut self, layer: &'a Layer, outer: &[&'a disk_image::Partition]) {
        let mut partitions = outer.to_vec();
        partitions.extend(&layer.partition);
        if matches!(layer.kind, Kind::FileSystem(_) | Kind::Other(_)) {
            match root_files::open(layer.view.content().clone()) {
                Ok(fs) => self.volumes.push(Volume::new(layer, &partitions, fs)),
                Err(error) => self.unreadable.push((layer.view.name().to_owned(), error)),
            }
        }
        for inner in &layer.children {
            self.add(inner, &partitions);
        }
    }

    /// Returns the root file system: the one in the partition that `choice` describes, or the only one with
    /// the files of a Linux system, or the only one.
    ///
    /// # Errors
    /// [`Error::NoRoot`] and [`Error::SeveralRoots`], with the file systems to choose from.
    pub fn root(&self, choice: Option<&PartitionChoice>) -> Result<&Volume, Error> {
        root::find(self, choice)
    }
}

//! The root file system in an image.

use std::path::Path;

use anyhow::{Context, ensure};
use cli_main::WithExitCode;
use image_files::Volume;
use usb_root_host::RootImage;

use crate::exit;
use crate::image::ImageOptions;

/// The file systems that stage0 mounts (`docs/stage0.md`).
const MOUNTED: [&str; 3] = ["erofs", "ext4", "squashfs"];

/// What is served: the root file system of an image, as `fastboop boot` chooses it.
pub struct Root {
    /// The file system, such as `partition 2 "root" (ext4)`.
    pub file_system: String,
    /// Its kind, such as `ext4`.
    pub kind: &'static str,
    /// Its content.
    pub image: RootImage,
}

impl Root {
    /// Opens the image, and decompresses it if it has to be.
    pub fn open(path: &Path, options: &ImageOptions) -> anyhow::Result<Self> {
        let name = || path.display().to_string();
        let image = options.open(path).with_exit_code(exit::IMAGE)?;
        let volume = image.files.root(options.choice().partition.as_ref());
        let volume = volume.with_context(name).with_exit_code(exit::IMAGE)?;
        Self::new(volume)
            .with_context(name)
            .with_exit_code(exit::IMAGE)
    }

    /// The root of an image that is open.
    pub fn new(volume: &Volume) -> anyhow::Result<Self> {
        let kind = volume.fs.kind();
        ensure!(
            MOUNTED.contains(&kind),
            "{}: stage0 mounts {}, not {kind}; choose another partition with --partition",
            volume.name,
            MOUNTED.join(", ")
        );
        Ok(Root {
            file_system: volume.name.clone(),
            kind,
            image: RootImage::new(volume.view.name(), volume.view.content().clone())?,
        })
    }
}

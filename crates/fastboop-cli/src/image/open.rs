//! Opens images, with progress where they have to be decompressed.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;
use disk_image::{Images, Layer, Limits, Options, PartitionChoice, Progress as Step};
use image_files::{Choice, ImageFiles};

use crate::progress::Progress;

/// How an image is read. Flattened into arguments with an `image`.
#[derive(Debug, Args)]
pub struct ImageOptions {
    /// The partition with the root file system: its number, name, PARTLABEL=NAME or PARTUUID=UUID; by default, the only one that has one
    #[arg(long, value_name = "PARTITION", value_parser = parse_partition, requires = "image")]
    partition: Option<PartitionChoice>,
    /// The OSTree deployment to show as the root, by the beginning of its checksum; by default, the one that the boot menu starts
    #[arg(long, value_name = "CHECKSUM", requires = "image")]
    deployment: Option<String>,
    /// The directory for decompressed images; by default ~/.cache/fastboop/images
    #[arg(long, value_name = "DIR", requires = "image")]
    cache_dir: Option<PathBuf>,
    /// The memory for decompressing an image, in MiB; only images that were compressed with unusual options need more
    #[arg(long, value_name = "MIB", default_value_t = 66, value_parser = clap::value_parser!(u64).range(1..=4096), requires = "image")]
    max_memory: u64,
}

fn parse_partition(text: &str) -> Result<PartitionChoice, String> {
    Ok(PartitionChoice::parse(text))
}

/// An image with its layers and file systems.
pub struct OpenImage {
    /// The layers.
    pub layers: Layer,
    /// The file systems in them.
    pub files: ImageFiles,
}

impl ImageOptions {
    /// Opens the image at `path`, and prints the warnings about it.
    pub fn open(&self, path: &Path) -> anyhow::Result<OpenImage> {
        let options = Options {
            cache: self.cache_dir.clone(),
            limits: Limits::with_memory(self.max_memory << 20),
            ..Options::default()
        };
        let mut bar = None;
        let mut images = Images::new(options, |step| match step {
            Step::Waiting(name) => cli_main::note(format!(
                "{name}: waiting for another process, which decompresses it"
            )),
            Step::Unpacking { read, total, .. } => {
                bar.get_or_insert_with(|| Progress::start(total)).set(read);
            }
        });
        let layers = images.layers(path);
        let warnings = images.warnings().to_vec();
        drop(images);
        drop(bar);
        for warning in warnings {
            cli_main::warning(warning);
        }
        let layers = layers.map_err(|error| {
            let hint = if error.needs_memory() {
                "; allow more with --max-memory"
            } else {
                ""
            };
            anyhow!("{error}{hint}")
        })?;
        let files = ImageFiles::open(&layers);
        Ok(OpenImage { layers, files })
    }

    /// Which root of the image to show.
    pub fn choice(&self) -> Choice {
        Choice {
            partition: self.partition.clone(),
            deployment: self.deployment.clone(),
        }
    }
}

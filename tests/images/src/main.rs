//! Prints a listing of a directory or of a file system in an image.

use std::path::PathBuf;

use clap::Parser;
use disk_image::{Images, Options, PartitionChoice};
use image_files::ImageFiles;
use images_tests::{Detail, Directory, list};

/// Lists every file of a directory or of a file system in an image, with the digest of its content.
#[derive(Debug, Parser)]
struct Arguments {
    /// The directory or image
    path: PathBuf,
    /// The partition; by default, the one with the root
    #[arg(long)]
    partition: Option<String>,
    /// How much to list
    #[arg(long, value_enum, default_value_t = Detail::Attributes)]
    detail: Detail,
    /// The directory for decompressed images
    #[arg(long)]
    cache_dir: Option<PathBuf>,
}

fn main() -> std::process::ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let lines = if arguments.path.is_dir() {
        list(&Directory::new(&arguments.path), arguments.detail)?
    } else {
        let options = Options {
            cache: arguments.cache_dir,
            ..Options::default()
        };
        let layers = Images::new(options, |_| ()).layers(&arguments.path)?;
        let files = ImageFiles::open(&layers);
        let choice = arguments.partition.as_deref().map(PartitionChoice::parse);
        list(&*files.root(choice.as_ref())?.fs, arguments.detail)?
    };
    cli_main::print(lines.join("\n") + "\n")
}

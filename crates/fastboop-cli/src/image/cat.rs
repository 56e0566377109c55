//! `fastboop image cat`: writes the content of a file in an image.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use cli_main::Stdout;
use file_system::resolve;
use image_files::System;

use super::ImageOptions;
use crate::terminal;

/// The arguments of `fastboop image cat`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop image cat debian.img /etc/os-release
  fastboop image cat postmarketos.img.xz --partition 1 /vmlinuz >vmlinuz")]
pub struct Arguments {
    /// The image: a disk, a partition or a file system, also compressed or an Android sparse image
    image: PathBuf,
    /// The path of the file in the image; symbolic links are followed inside of it
    path: PathBuf,
    #[command(flatten)]
    options: ImageOptions,
}

/// The number of bytes that are read at once.
const PIECE: usize = 1 << 20;

/// Writes the file to standard output.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let image = arguments.options.open(&arguments.image)?;
    let system = System::open(&image.files, &arguments.options.choice());
    let system = system.with_context(|| arguments.image.display().to_string())?;
    let root = system.root();
    let name = || {
        format!(
            "{}: {}",
            arguments.image.display(),
            arguments.path.display()
        )
    };
    let path = resolve(root, &arguments.path).with_context(name)?;
    let file = root.open(&path).with_context(name)?;
    let mut piece = vec![0; PIECE];
    let mut offset = 0;
    let mut output = Stdout::new();
    loop {
        let count = file.read_up_to_at(&mut piece, offset).with_context(name)?;
        let bytes = piece.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            return output.flush().context("cannot write to standard output");
        }
        if offset == 0 && bytes.iter().any(|byte| is_binary(*byte)) {
            terminal::reject_terminal_stdout()?;
        }
        output
            .write_all(bytes)
            .context("cannot write to standard output")?;
        offset += count as u64;
    }
}

/// Whether a terminal would interpret the byte as a command.
fn is_binary(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace()
}

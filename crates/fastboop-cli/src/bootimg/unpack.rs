//! `fastboop bootimg unpack`: writes the parts of an Android boot image to files.

use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use android_bootimg::{BootImage, Part};
use anyhow::{Context, bail};
use clap::Args;
use fastboop_files::file::{AtomicFile, check_output};
use read_at::{Cursor, ReadAt};

/// The arguments of `fastboop bootimg unpack`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop bootimg unpack boot.img -o boot
  fastboop bootimg unpack boot.img -o boot --force    replace files of an earlier run

Writes those of kernel, ramdisk, second, recovery_dtbo, dtb and signature that the image has, and the kernel
command line as cmdline, with a newline at its end.")]
pub struct Arguments {
    /// The boot image: a file or a partition
    file: PathBuf,
    /// The directory to write the files to; it is created if it does not exist
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

/// The name of the file with the command line.
const CMDLINE: &str = "cmdline";

/// The number of bytes that are read at once.
const PIECE: usize = 1 << 20;

/// Writes the files. None appears before the content of all is written.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = || arguments.file.display().to_string();
    let file = super::open(&arguments.file)?;
    let image = BootImage::parse(&file).with_context(name)?;
    let directory = arguments.output.as_path();
    check_directory(&image, arguments)?;
    create_directory(directory)?;
    let mut files = Vec::new();
    let cmdline = [&image.header().cmdline[..], b"\n"].concat();
    for range in image.parts() {
        if let Some(content) = image.part(range.part) {
            files.push(write(directory, range.part.name(), &content)?);
        }
    }
    files.push(write(directory, CMDLINE, &cmdline)?);
    for (file, note) in files {
        file.commit()?;
        cli_main::note(note);
    }
    Ok(())
}

/// Fails if a file exists that would be replaced, or that could be taken for one of this image.
fn check_directory(image: &BootImage, arguments: &Arguments) -> anyhow::Result<()> {
    for name in Part::ALL.map(Part::name).into_iter().chain([CMDLINE]) {
        let path = arguments.output.join(name);
        check_output(&path, &arguments.file)?;
        // Of a symbolic link itself, even if it leads nowhere.
        if fs::symlink_metadata(&path).is_err() {
            continue;
        }
        if !arguments.force {
            bail!(
                "{}: already exists; name another directory, or replace it with --force",
                path.display()
            );
        }
        if name != CMDLINE && !image.parts().any(|range| range.part.name() == name) {
            cli_main::warning(format_args!(
                "{}: not of this image, which has no such part",
                path.display()
            ));
        }
    }
    Ok(())
}

fn create_directory(directory: &Path) -> anyhow::Result<()> {
    match fs::create_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => {
            result.with_context(|| format!("{}: cannot create the directory", directory.display()))
        }
    }
}

/// Writes a file that is not visible yet, and returns it with the note that it was written.
fn write(
    directory: &Path,
    name: &str,
    content: &dyn ReadAt,
) -> anyhow::Result<(AtomicFile, String)> {
    let path = directory.join(name);
    let mut file = AtomicFile::create(&path, false)?;
    let mut content_reader = BufReader::with_capacity(PIECE, Cursor::new(content));
    io::copy(&mut content_reader, &mut file)
        .with_context(|| format!("{}: cannot write it", path.display()))?;
    let note = format!("wrote {}: {} bytes", path.display(), content.size());
    Ok((file, note))
}

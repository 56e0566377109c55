//! `fastboop image ls`: lists the files in an image.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use cli_main::{Stdout, escape};
use file_system::{Entry, FileSystem, FileType, resolve, walk};
use image_files::System;
use serde::Serialize;

use super::ImageOptions;
use crate::mode::format_mode;

/// The arguments of `fastboop image ls`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop image ls debian.img /boot
  fastboop image ls debian.img --recursive /usr/lib/modules
  fastboop image ls debian.img --json /etc | jq -r '.files[].path'")]
pub struct Arguments {
    /// The image: a disk, a partition or a file system, also compressed or an Android sparse image
    image: PathBuf,
    /// The path of a file or directory in the image
    #[arg(default_value = "/")]
    path: PathBuf,
    /// List the files in all directories below, too
    #[arg(short, long)]
    recursive: bool,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: ImageOptions,
}

const WRITE_ERROR: &str = "cannot write to standard output";

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Default, Serialize)]
struct Listing {
    files: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    /// File type and permissions in the format of ls(1).
    mode: String,
    uid: u32,
    gid: u32,
    /// The size of the content in bytes.
    size: u64,
    /// The modification time in seconds since 1970-01-01 UTC.
    mtime: i64,
    /// The path in the image, with bytes that are not UTF-8 replaced.
    path: String,
    /// The target of a symbolic link.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// Major and minor number of a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<(u32, u32)>,
}

/// Prints the list. Text is printed while it is read, JSON as a whole.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let image = arguments.options.open(&arguments.image)?;
    let system = System::open(&image.files, &arguments.options.choice());
    let system = system.with_context(|| arguments.image.display().to_string())?;
    let fs = system.root();
    let name = || {
        format!(
            "{}: {}",
            arguments.image.display(),
            arguments.path.display()
        )
    };
    let path = resolve(fs, &arguments.path).with_context(name)?;
    let mut listing = Listing::default();
    let mut output = BufWriter::new(Stdout::new());
    let mut add = |path: &Path| -> anyhow::Result<()> {
        let row = Row::read(fs, path)?;
        if arguments.json {
            listing.files.push(row);
            return Ok(());
        }
        output.write_all(row.text().as_bytes()).context(WRITE_ERROR)
    };
    if fs.metadata(&path)?.file_type != FileType::Directory {
        add(&path)?;
    } else if arguments.recursive {
        walk(fs, &path, &mut |path: &Path, _: &Entry| add(path)).with_context(name)?;
    } else {
        for entry in fs.read_dir(&path).with_context(name)? {
            add(&path.join(entry.name))?;
        }
    }
    if arguments.json {
        let text = serde_json::to_string_pretty(&listing)? + "\n";
        output.write_all(text.as_bytes()).context(WRITE_ERROR)?;
    }
    output.flush().context(WRITE_ERROR)
}

impl Row {
    fn read(fs: &dyn FileSystem, path: &Path) -> anyhow::Result<Self> {
        let metadata = fs.metadata(path)?;
        let is_link = metadata.file_type == FileType::Symlink;
        let target = is_link.then(|| fs.read_link(path)).transpose()?;
        Ok(Row {
            mode: format_mode(metadata.file_type.letter(), metadata.permissions.into()),
            uid: metadata.uid,
            gid: metadata.gid,
            size: metadata.size,
            mtime: metadata.modified,
            path: format!("/{}", path.display()),
            target: target.map(|target| target.to_string_lossy().into_owned()),
            device: metadata.device,
        })
    }

    fn text(&self) -> String {
        let size = match self.device {
            Some((major, minor)) => format!("{major}, {minor}"),
            None => self.size.to_string(),
        };
        let (uid, gid) = (self.uid, self.gid);
        let mut text = format!(
            "{} {uid:>5} {gid:>5} {size:>10} {}",
            self.mode,
            escape(&self.path)
        );
        if let Some(target) = &self.target {
            text += &format!(" -> {}", escape(target));
        }
        text + "\n"
    }
}

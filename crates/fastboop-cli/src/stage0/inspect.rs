//! `fastboop stage0 inspect`: lists the files in an initramfs.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use cli_main::escape;
use initramfs::{Entry, FileType, Limits, Part};
use serde::Serialize;

use crate::mode::format_mode;

/// The arguments of `fastboop stage0 inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop stage0 inspect /boot/initrd.img
  fastboop stage0 inspect initramfs.img --json | jq -r '.archives[].entries[].path'

Supports cpio archives, plain or compressed with gzip, lz4, xz or zstd, and several in one file.")]
pub struct Arguments {
    /// The initramfs, or - for standard input
    file: PathBuf,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Default, Serialize)]
struct Image {
    archives: Vec<Archive>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bootconfig: Option<Bootconfig>,
}

/// The bootconfig at the end of the image.
#[derive(Debug, Serialize)]
struct Bootconfig {
    /// The offset in bytes.
    offset: u64,
    /// The size in bytes, with its footer.
    size: u64,
}

#[derive(Debug, Serialize)]
struct Archive {
    /// The offset in bytes from the beginning of the image.
    offset: u64,
    /// The name of the compression, or `cpio` if the archive is not compressed.
    format: &'static str,
    entries: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    /// File type and permissions in the format of ls(1).
    mode: String,
    uid: u32,
    gid: u32,
    /// The size of the content in bytes.
    size: u32,
    /// The modification time in seconds since 1970-01-01 UTC.
    mtime: u32,
    /// The path, with bytes that are not UTF-8 replaced.
    path: String,
    /// The target of a symbolic link.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// The path of the earlier entry that this one is a hard link to.
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_link_to: Option<String>,
    /// Major and minor number of a device node.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<(u32, u32)>,
}

/// Prints the list. If the image is invalid, prints the entries before the error, but no JSON.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut image = Image::default();
    let path = arguments.file.display();
    let input = open(&arguments.file).with_context(|| format!("{path}: cannot read it"))?;
    let result = initramfs::read(input, Limits::default(), &mut |part| image.add(part))
        .with_context(|| path.to_string());
    if !arguments.json {
        cli_main::print(image.text())?;
        return result;
    }
    result?;
    let text = serde_json::to_string_pretty(&image)? + "\n";
    cli_main::print(text)
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

impl Image {
    fn add(&mut self, part: Part) {
        match part {
            Part::Archive { offset, format } => self.archives.push(Archive {
                offset,
                format: format.name(),
                entries: Vec::new(),
            }),
            Part::Bootconfig { offset, size } => {
                self.bootconfig = Some(Bootconfig { offset, size });
            }
            Part::Entry(entry) => {
                if let Some(archive) = self.archives.last_mut() {
                    archive.entries.push(Row::new(entry));
                }
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for archive in &self.archives {
            let Archive {
                offset,
                format,
                entries,
            } = archive;
            text += &format!("{format} at byte {offset}: {} entries\n", entries.len());
            for row in entries {
                text += &row.text();
            }
        }
        if let Some(Bootconfig { offset, size }) = &self.bootconfig {
            text += &format!("bootconfig at byte {offset}: {size} bytes\n");
        }
        text
    }
}

impl Row {
    fn new(entry: Entry) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let header = entry.header;
        let kind = header.file_type();
        let is_device = matches!(kind, FileType::CharacterDevice | FileType::BlockDevice);
        Row {
            mode: format_mode(kind.letter(), header.mode),
            uid: header.uid,
            gid: header.gid,
            size: header.size,
            mtime: header.mtime,
            path: text(entry.path),
            target: entry.target.map(text),
            hard_link_to: entry.link_to.map(text),
            device: is_device.then_some(header.node),
        }
    }

    fn text(&self) -> String {
        let size = match self.device {
            Some((major, minor)) => format!("{major}, {minor}"),
            None => self.size.to_string(),
        };
        let mut text = format!("{} {size:>10} {}", self.mode, escape(&self.path));
        if let Some(target) = &self.target {
            text += &format!(" -> {}", escape(target));
        }
        if let Some(first) = &self.hard_link_to {
            text += &format!(" = {}", escape(first));
        }
        text + "\n"
    }
}

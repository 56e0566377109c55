//! `fastboop stage0 inspect`: what is in an initramfs.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use initramfs::{Entry, FileType, Limits, Part};
use serde::Serialize;

/// What `fastboop stage0 inspect` takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop stage0 inspect /boot/initrd.img
  fastboop stage0 inspect initramfs.img --json | jq -r '.archives[].entries[].path'

Any initramfs: plain cpio, gzip, xz, zstd, and several in a row, as distributions put microcode in front.")]
pub struct Arguments {
    /// The initramfs, or - for standard input
    file: PathBuf,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// What is printed. The names are an interface: programs read the JSON.
#[derive(Debug, Default, Serialize)]
struct Image {
    archives: Vec<Archive>,
}

#[derive(Debug, Serialize)]
struct Archive {
    /// Where it begins, in bytes.
    offset: u64,
    /// `cpio`, or what it is compressed with.
    format: &'static str,
    entries: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    /// As ls(1) shows it.
    mode: String,
    uid: u32,
    gid: u32,
    /// In bytes.
    size: u32,
    mtime: u32,
    /// Bytes that are not UTF-8 are replaced.
    path: String,
    /// Where a symbolic link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// What a hard link is the same file as.
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_link_to: Option<String>,
    /// Major and minor number of a device node.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<(u32, u32)>,
}

/// Prints the list. What comes before an error is printed too, unless it is JSON.
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
            mode: mode(kind, header.mode),
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

/// Without control characters: what a terminal would obey, or what would look like another line.
fn escape(text: &str) -> String {
    let mut printable = String::new();
    for character in text.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// As ls(1) shows a mode.
fn mode(kind: FileType, mode: u32) -> String {
    let mut text = String::from(kind.letter());
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_look_as_in_ls() {
        for (bits, kind, expected) in [
            (0o755, FileType::Directory, "drwxr-xr-x"),
            (0o4755, FileType::Regular, "-rwsr-xr-x"),
            (0o7000, FileType::Unknown, "?--S--S--T"),
            (0o1777, FileType::Directory, "drwxrwxrwt"),
            (0o600, FileType::CharacterDevice, "crw-------"),
        ] {
            assert_eq!(mode(kind, bits), expected);
        }
    }

    #[test]
    fn escapes_control_characters() {
        assert_eq!(escape("a\x1b[2Jb\nä"), "a\\u{1b}[2Jb\\nä");
    }
}

//! A listing of every file with its metadata and the digest of its content.

use std::fmt::Write;
use std::path::Path;

use file_system::{Entry, Error, FileSystem, FileType, ReadAt, walk};
use sha2::{Digest, Sha256};

/// Which metadata a listing contains. Not every format has all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Detail {
    /// Types, sizes, contents and targets: what FAT has.
    Content,
    /// Also permissions, owners, times and the numbers of devices.
    Metadata,
    /// Also extended attributes.
    Attributes,
    /// Paths and sizes, with contents read but without digests: to measure how long reading takes.
    Read,
}

/// The number of bytes that are read at once: no power of two, so that reads begin and end inside of blocks.
const PIECE: usize = 100_003;

/// Returns a line for each file, sorted by path within its directory.
pub fn list(fs: &dyn FileSystem, detail: Detail) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    walk(fs, Path::new(""), &mut |path, entry| {
        lines.push(line(fs, path, entry, detail)?);
        Ok::<_, Error>(())
    })?;
    Ok(lines)
}

fn line(fs: &dyn FileSystem, path: &Path, entry: &Entry, detail: Detail) -> Result<String, Error> {
    let metadata = fs.metadata(path)?;
    if metadata.file_type != entry.file_type {
        let what = format!(
            "{} in its directory, {}",
            entry.file_type, metadata.file_type
        );
        return Err(Error::Corrupt(format!("{}: {what}", path.display())));
    }
    let mut line = format!("{} {}", metadata.file_type.letter(), path.display());
    if !matches!(detail, Detail::Content | Detail::Read) {
        let (mode, time) = (metadata.permissions, metadata.modified);
        let _ = write!(
            line,
            " {mode:04o} {}:{} @{time}",
            metadata.uid, metadata.gid
        );
    }
    match metadata.file_type {
        FileType::Regular => {
            let digest = digest(&*fs.open(path)?, detail)?;
            let _ = write!(line, " {} {digest}", metadata.size);
        }
        FileType::Symlink => {
            let _ = write!(line, " -> {}", fs.read_link(path)?.display_bytes());
        }
        FileType::CharacterDevice | FileType::BlockDevice => {
            let (major, minor) = metadata.device.unwrap_or_default();
            let _ = write!(line, " {major}:{minor}");
        }
        _ => {}
    }
    if detail == Detail::Attributes {
        for (name, value) in fs.attributes(path)? {
            let _ = write!(line, " {}={}", name.display_bytes(), hex::encode(value));
        }
    }
    Ok(line)
}

/// Reads a whole file and returns its SHA-256.
fn digest(file: &dyn ReadAt, detail: Detail) -> Result<String, Error> {
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut offset = 0;
    loop {
        let count = file.read_up_to_at(&mut piece, offset)?;
        if count == 0 {
            return Ok(hex::encode(digest.finalize()));
        }
        if detail != Detail::Read {
            digest.update(piece.get(..count).unwrap_or_default());
        }
        offset += count as u64;
    }
}

/// `OsStr::display` needs Rust 1.87.
trait DisplayBytes {
    fn display_bytes(&self) -> std::borrow::Cow<'_, str>;
}

impl DisplayBytes for std::ffi::OsString {
    fn display_bytes(&self) -> std::borrow::Cow<'_, str> {
        self.to_string_lossy()
    }
}

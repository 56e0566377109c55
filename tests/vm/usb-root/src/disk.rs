//! Block devices, read as a whole.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use nix::fcntl::OFlag;
use sha2::{Digest, Sha256};

use crate::aligned::Aligned;

/// How much is read at a time, in bytes.
const PIECE: usize = 1 << 20;

/// Opens a file for reads that bypass the page cache.
pub fn open_direct(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlag::O_DIRECT.bits());
    options
        .open(path)
        .with_context(|| path.display().to_string())
}

/// The size of a file or a block device, in bytes.
pub fn size(file: &mut File) -> anyhow::Result<u64> {
    let size = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    Ok(size)
}

/// Calls `use_piece` with all of a file in pieces, the last of which may be shorter; returns the SHA-256 digest in hexadecimal.
pub fn digest(file: &mut File, mut use_piece: impl FnMut(&[u8])) -> anyhow::Result<String> {
    let mut left = size(file)?;
    let mut buffer = Aligned::new(PIECE);
    let mut hash = Sha256::new();
    while left != 0 {
        let length = PIECE.min(usize::try_from(left).unwrap_or(PIECE));
        let piece = &mut buffer.bytes()[..length];
        file.read_exact(piece)?;
        hash.update(&*piece);
        use_piece(piece);
        left -= piece.len() as u64;
    }
    Ok(hex::encode(hash.finalize()))
}

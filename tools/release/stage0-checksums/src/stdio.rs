//! `-`, the path of standard input or standard output.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fastboop_files::file;

/// Whether `path` is `-`. The path of a file with that name is `./-`.
pub fn is_stdio(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads standard input, with the limit of [`file::read`].
pub fn read() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .take(file::MAX_SIZE + 1)
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    ensure!(
        bytes.len() as u64 <= file::MAX_SIZE,
        "standard input: larger than {} bytes; check the command before the pipe",
        file::MAX_SIZE
    );
    Ok(bytes)
}

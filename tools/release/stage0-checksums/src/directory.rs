//! The directory of a release: its files and their digests. The names are untrusted input, so paths
//! are printed quoted and escaped.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fastboop_files::{FileName, Sha256Digest};
use sha2::{Digest, Sha256};

/// The directory that contains the file at `path`.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The names of all entries of `directory`, except for the file at `except`, sorted.
pub fn names(directory: &Path, except: &Path) -> Result<Vec<FileName>> {
    let context = || format!("{directory:?}: cannot list the directory");
    // Resolved, as `dist/SHA256SUMS` and `./dist/../dist/SHA256SUMS` are the same file. If its
    // directory is missing, writing the file fails later.
    let has_except = match fs::canonicalize(parent(except)) {
        Ok(parent) => parent == fs::canonicalize(directory).with_context(context)?,
        Err(_) => false,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).with_context(context)? {
        let name = entry.with_context(context)?.file_name();
        if !has_except || Some(name.as_os_str()) != except.file_name() {
            names.push(FileName::new(name).with_context(context)?);
        }
    }
    names.sort();
    Ok(names)
}

/// The digest of the regular file at `path`. A symbolic link is not followed: its target can be
/// anywhere and change at any time.
pub fn digest(path: &Path) -> Result<Sha256Digest> {
    // Checked before it is opened, as opening a named pipe blocks until its other end is opened.
    let kind = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("{path:?}: listed, but missing; download it, or regenerate the list")
        }
        metadata => metadata.with_context(|| format!("{path:?}: cannot read"))?,
    };
    ensure!(
        !kind.is_symlink(),
        "{path:?}: a symbolic link; replace it with the file itself"
    );
    ensure!(
        !kind.is_dir(),
        "{path:?}: a directory, but a release is flat; move its files up or remove it"
    );
    ensure!(kind.is_file(), "{path:?}: not a regular file; remove it");
    File::open(path)
        .and_then(hash)
        .with_context(|| format!("{path:?}: cannot read"))
}

fn hash(mut file: File) -> io::Result<Sha256Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.into()),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

//! Digests of files, as fast as the machine allows.
//!
//! Many files are spread over all cores. A single file cannot be: SHA-256 goes from its first byte to
//! its last. But reading it costs time too, even from the page cache, so for a large file another
//! thread reads ahead while this one hashes. Memory stays the same however large the file is.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use fastboop_files::{FileName, Sha256Digest};
use fastboop_progress::Progress;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::{directory, parallel};

/// Bytes in one read: few system calls, and still inside the second-level cache.
const BUFFER: usize = 256 * 1024;

/// Buffers in flight: one is hashed, one is filled, and one makes up for either being late.
const BUFFERS: usize = 3;

/// The size in bytes from which reading ahead pays for its thread.
const LARGE: u64 = 4 * 1024 * 1024;

/// The digests of the files called `names` in `directory`, in that order.
pub fn files(directory: &Path, names: &[FileName]) -> Vec<Result<Sha256Digest, Error>> {
    let size = |name| fs::symlink_metadata(directory.join(name)).map_or(0, |found| found.len());
    let progress = Progress::start(names.iter().map(size).sum());
    parallel::map(names, |buffer, name| {
        let (mut file, path) = directory::open(directory.join(name))?;
        hash(&mut file, buffer, &progress).map_err(|error| Error::Read(path, error))
    })
}

fn hash(file: &mut File, buffer: &mut Vec<u8>, progress: &Progress) -> io::Result<Sha256Digest> {
    if file.metadata()?.len() >= LARGE {
        return read_ahead(file, progress);
    }
    buffer.resize(BUFFER, 0);
    let mut hasher = Sha256::new();
    loop {
        let length = read(file, buffer)?;
        if length == 0 {
            return Ok(hasher.into());
        }
        hasher.update(&buffer[..length]);
        progress.add(length as u64);
    }
}

/// Hashes here what another thread reads. Buffers go round: full ones come, empty ones go back.
fn read_ahead(file: &mut File, progress: &Progress) -> io::Result<Sha256Digest> {
    let (send_full, full) = sync_channel(BUFFERS);
    let (send_empty, empty) = sync_channel(BUFFERS);
    for _ in 0..BUFFERS {
        // There is room for all of them, and the receiver is here.
        let _ = send_empty.send(vec![0; BUFFER]);
    }
    thread::scope(|scope| {
        thread::Builder::new().spawn_scoped(scope, || fill(file, empty, send_full))?;
        let mut hasher = Sha256::new();
        for piece in full {
            let (buffer, length): (Vec<u8>, usize) = piece?;
            hasher.update(&buffer[..length]);
            progress.add(length as u64);
            // The reader is gone when it has read the last of the file.
            let _ = send_empty.send(buffer);
        }
        Ok(hasher.into())
    })
}

type Piece = io::Result<(Vec<u8>, usize)>;

/// Reads `file` to its end. Stops early when nobody takes the pieces any more.
fn fill(file: &mut File, empty: Receiver<Vec<u8>>, full: SyncSender<Piece>) {
    for mut buffer in empty {
        let piece = match read(file, &mut buffer) {
            Ok(0) => return,
            Ok(length) => Ok((buffer, length)),
            Err(error) => Err(error),
        };
        let failed = piece.is_err();
        if full.send(piece).is_err() || failed {
            return;
        }
    }
}

/// One read; a signal in between is none of the caller's business.
fn read(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    /// Sizes on both sides of everything that is decided by size.
    #[test]
    fn every_size_has_the_right_digest() {
        let dir = tempfile::tempdir().unwrap();
        let large = LARGE as usize;
        let sizes = [
            0,
            1,
            BUFFER - 1,
            BUFFER,
            BUFFER + 1,
            large - 1,
            large,
            large + 1,
            large + BUFFERS * BUFFER + 1,
        ];
        let mut names = Vec::new();
        let mut expected = Vec::new();
        for size in sizes {
            let bytes: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
            fs::write(dir.path().join(size.to_string()), &bytes).unwrap();
            names.push(FileName::new(size.to_string()).unwrap());
            expected.push(Sha256Digest::of(&bytes));
        }
        let found: Result<Vec<_>, _> = files(dir.path(), &names).into_iter().collect();
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn an_error_in_the_middle_ends_the_reading() {
        // Reading a directory fails, whoever asks.
        let dir = tempfile::tempdir().unwrap();
        let mut file = File::open(dir.path()).unwrap();
        let progress = Progress::start(0);
        assert!(read_ahead(&mut file, &progress).is_err());
    }

    #[test]
    fn every_failure_is_told_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("b"), "b").unwrap();
        let names = [&b"a"[..], b"b", b"\xff"]
            .map(|name| FileName::new(std::ffi::OsStr::from_bytes(name)).unwrap());
        let found = files(dir.path(), &names);
        assert!(matches!(found[0], Err(Error::Missing(_))));
        assert!(found[1].is_ok());
        assert!(matches!(found[2], Err(Error::Missing(_))));
    }
}

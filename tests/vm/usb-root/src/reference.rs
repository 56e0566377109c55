//! What the blocks of a device contain.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use anyhow::{Context, ensure};

use crate::disk;
use crate::pattern::BLOCK;

/// A hash of each block of a device, from a first read whose SHA-256 digest was right.
pub struct Reference(Vec<u64>);

impl Reference {
    /// Reads all of a device, which has to have the digest `expected`.
    pub fn read(path: &Path, expected: &str) -> anyhow::Result<Self> {
        let mut file = disk::open_direct(path)?;
        let mut hashes = Vec::new();
        let digest = disk::digest(&mut file, |piece| {
            hashes.extend(piece.chunks_exact(BLOCK).map(hash));
        });
        let digest = digest.with_context(|| format!("{}: direct", path.display()))?;
        let name = path.display();
        ensure!(
            digest == expected,
            "{name}: direct: SHA-256 mismatch: expected {expected}, got {digest}"
        );
        Ok(Reference(hashes))
    }

    /// The number of blocks.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Fails if `bytes` are not the blocks from the one with the number `first` on.
    pub fn check(&self, first: u64, bytes: &[u8]) -> anyhow::Result<()> {
        for (number, block) in (first..).zip(bytes.chunks_exact(BLOCK)) {
            let expected = usize::try_from(number).ok().and_then(|at| self.0.get(at));
            ensure!(expected == Some(&hash(block)), "block {number}: wrong data");
        }
        Ok(())
    }
}

fn hash(block: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(block);
    hasher.finish()
}

/// Reads all of a device through the page cache, from which it is removed before.
pub fn check_buffered(path: &Path, expected: &str) -> anyhow::Result<()> {
    let name = path.display();
    let mut file = File::open(path).with_context(|| name.to_string())?;
    forget(&file)?;
    let digest = disk::digest(&mut file, |_| {}).with_context(|| format!("{name}: buffered"))?;
    ensure!(
        digest == expected,
        "{name}: buffered: SHA-256 mismatch: expected {expected}, got {digest}"
    );
    Ok(())
}

/// Removes a file from the page cache.
pub fn forget(file: &File) -> anyhow::Result<()> {
    let advice = nix::fcntl::PosixFadviseAdvice::POSIX_FADV_DONTNEED;
    Ok(nix::fcntl::posix_fadvise(file, 0, 0, advice)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern;

    #[test]
    fn finds_the_wrong_block() {
        let blocks = [pattern::block(0), pattern::block(1), pattern::block(2)];
        let reference = Reference(blocks.iter().map(|block| hash(block)).collect());
        reference.check(1, &blocks[1..].concat()).unwrap();
        let error = reference.check(0, &blocks[1..].concat()).unwrap_err();
        assert_eq!(error.to_string(), "block 0: wrong data");
        let error = reference.check(2, &blocks[1..].concat()).unwrap_err();
        assert_eq!(error.to_string(), "block 2: wrong data");
    }
}

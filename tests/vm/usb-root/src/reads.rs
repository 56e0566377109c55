//! The kinds of reads of a load.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};

use crate::aligned::Aligned;
use crate::disk::open_direct;
use crate::pattern::{self, BLOCK};
use crate::reference::{Reference, forget};

/// Reads that can be repeated for ever.
pub trait Reads: Send {
    /// Reads once, and checks what was read. Returns the number of bytes.
    fn read(&mut self) -> anyhow::Result<usize>;
}

/// Direct reads of a device, of random or of equal size.
pub struct Direct {
    file: File,
    reference: Arc<Reference>,
    buffer: Aligned,
    order: Order,
}

/// Which blocks come next.
enum Order {
    /// A random number of blocks, at a random place.
    Random { state: u64 },
    /// As many as possible, one after another.
    Sequential { next: u64 },
}

/// The longest direct reads, in blocks.
const LONGEST: u64 = 64;

impl Direct {
    pub fn random(device: &Path, reference: &Arc<Reference>) -> anyhow::Result<Self> {
        Self::new(device, reference, Order::Random { state: 1 })
    }

    pub fn sequential(device: &Path, reference: &Arc<Reference>) -> anyhow::Result<Self> {
        Self::new(device, reference, Order::Sequential { next: 0 })
    }

    fn new(device: &Path, reference: &Arc<Reference>, order: Order) -> anyhow::Result<Self> {
        let longest = usize::try_from(LONGEST)? * BLOCK;
        Ok(Direct {
            file: open_direct(device)?,
            reference: reference.clone(),
            buffer: Aligned::new(longest),
            order,
        })
    }

    /// The first block and the number of blocks of the next read.
    fn next(&mut self) -> (u64, u64) {
        let all = self.reference.len();
        match &mut self.order {
            Order::Random { state } => {
                let count = 1 + pattern::next(state) % LONGEST.min(all);
                (pattern::next(state) % (all - count + 1), count)
            }
            Order::Sequential { next } => {
                let first = *next;
                let count = LONGEST.min(all - first);
                *next = (first + count) % all;
                (first, count)
            }
        }
    }
}

impl Reads for Direct {
    fn read(&mut self) -> anyhow::Result<usize> {
        let (first, count) = self.next();
        let length = usize::try_from(count)? * BLOCK;
        let bytes = &mut self.buffer.bytes()[..length];
        let read = self.file.read_exact_at(bytes, first * BLOCK as u64);
        read.with_context(|| format!("direct read of {count} blocks from {first} on"))?;
        self.reference.check(first, bytes).context("direct read")?;
        Ok(bytes.len())
    }
}

/// Reads of a file of [`pattern`] through the file system and the page cache.
pub struct Buffered {
    path: PathBuf,
    file: Option<(File, u64)>,
}

impl Buffered {
    pub fn new(path: &Path) -> Self {
        Buffered {
            path: path.to_owned(),
            file: None,
        }
    }
}

impl Reads for Buffered {
    /// Reads 16 blocks, and starts over at the end of the file.
    fn read(&mut self) -> anyhow::Result<usize> {
        let name = self.path.display().to_string();
        let (mut file, mut number) = match self.file.take() {
            Some(open) => open,
            None => (File::open(&self.path).with_context(|| name.clone())?, 0),
        };
        if number == 0 {
            forget(&file)?;
        }
        let mut bytes = [0; 16 * BLOCK];
        let length = file.read(&mut bytes);
        let length = length.with_context(|| format!("{name}: block {number}"))?;
        ensure!(length % BLOCK == 0, "{name}: a read of {length} bytes");
        for block in bytes[..length].chunks_exact(BLOCK) {
            let is_right = block == pattern::block(number);
            ensure!(is_right, "{name}: block {number}: wrong data");
            number += 1;
        }
        if length != 0 {
            self.file = Some((file, number));
        }
        Ok(length)
    }
}

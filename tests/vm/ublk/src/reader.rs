//! Reads of the block device, which compare what they get.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::{Context, bail};
use rustix::fs::{Advice, Mode, OFlags, fadvise, open};

use crate::pattern::{self, SIZE};

/// The alignment that direct reads need.
const ALIGNMENT: usize = 4096;

/// All of them.
pub const READERS: [Reader; 6] = [
    Reader {
        size: 4096,
        is_direct: true,
    },
    Reader {
        size: 12288,
        is_direct: true,
    },
    Reader {
        size: 1 << 20,
        is_direct: true,
    },
    Reader {
        size: 4096,
        is_direct: false,
    },
    Reader {
        size: 65536,
        is_direct: false,
    },
    Reader {
        size: 1 << 20,
        is_direct: false,
    },
];

/// A way to read.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// In bytes, a multiple of `ALIGNMENT`.
    pub size: usize,
    /// Past the page cache.
    pub is_direct: bool,
}

impl Reader {
    fn open(self, path: &str) -> anyhow::Result<File> {
        let direct = if self.is_direct {
            OFlags::DIRECT
        } else {
            OFlags::empty()
        };
        let fd = open(
            path,
            OFlags::RDONLY | OFlags::CLOEXEC | direct,
            Mode::empty(),
        )
        .with_context(|| path.to_owned())?;
        Ok(fd.into())
    }

    /// Reads at one position, in bytes.
    fn read(self, file: &File, buffer: &mut Vec<u8>, offset: u64) -> anyhow::Result<()> {
        let length = self.size.min(usize::try_from(SIZE - offset)?);
        buffer.resize(self.size + ALIGNMENT, 0);
        let start = buffer.as_ptr().align_offset(ALIGNMENT);
        let data = buffer
            .get_mut(start..start + length)
            .context("buffer: too small")?;
        data.fill(0xaa);
        if !self.is_direct {
            // From the device, not from the page cache.
            fadvise(
                file,
                offset,
                std::num::NonZeroU64::new(length as u64),
                Advice::DontNeed,
            )?;
        }
        file.read_exact_at(data, offset)
            .with_context(|| format!("{self:?} at {offset}"))?;
        match pattern::first_difference(data, offset) {
            Some(position) => bail!("{self:?} at {offset}: wrong data at {position}"),
            None => Ok(()),
        }
    }

    /// Reads the whole device once.
    pub fn read_all(self, path: &str) -> anyhow::Result<()> {
        let file = self.open(path)?;
        let mut buffer = Vec::new();
        (0..SIZE)
            .step_by(self.size)
            .try_for_each(|offset| self.read(&file, &mut buffer, offset))
    }

    /// Reads at scattered positions until the load ends.
    fn read_scattered(self, path: &str, seed: u64, load: &State) -> anyhow::Result<()> {
        let file = self.open(path)?;
        let mut buffer = Vec::new();
        let mut state = seed;
        while !load.is_ending.load(Ordering::Relaxed) {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let block = (state >> 33) % (SIZE / ALIGNMENT as u64);
            self.read(&file, &mut buffer, block * ALIGNMENT as u64)?;
            load.reads.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Threads that read at the same time, one for each way.
pub struct Load {
    state: Arc<State>,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
}

#[derive(Default)]
struct State {
    is_ending: AtomicBool,
    reads: AtomicUsize,
}

impl Load {
    /// Starts to read.
    pub fn start(path: &str) -> Self {
        let state = Arc::new(State::default());
        let threads = (1..).zip(READERS).map(|(seed, reader)| {
            let (path, state) = (path.to_owned(), Arc::clone(&state));
            thread::spawn(move || reader.read_scattered(&path, seed, &state))
        });
        Self {
            threads: threads.collect(),
            state,
        }
    }

    /// How many reads have ended.
    pub fn reads(&self) -> usize {
        self.state.reads.load(Ordering::Relaxed)
    }

    /// Ends after some more reads, or after an error, which it returns.
    pub fn finish(self, more: usize) -> anyhow::Result<()> {
        let enough = self.reads() + more;
        while self.reads() < enough && !self.threads.iter().any(JoinHandle::is_finished) {
            thread::yield_now();
        }
        self.state.is_ending.store(true, Ordering::Relaxed);
        self.threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("reader: panicked")))
    }
}

//! Decompresses a layer into a file of the cache.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::rc::Rc;

use decompress::Format;
use read_at::{Cursor, FileAt, ReadAt};
use rustix::fs::fstatvfs;
use sha2::{Digest, Sha256};

use super::Cache;
use crate::{Cause, Options, Progress, View};

/// The number of bytes that are decompressed at once; a multiple of [`BLOCK`].
const PIECE: usize = 256 << 10;
/// Blocks of zeros of this size are not written.
const BLOCK: usize = 4096;
/// The size in bytes of the buffer for the compressed content.
const INPUT_BUFFER: usize = 128 << 10;
/// The free space is checked again after this number of bytes is written.
const CHECK_INTERVAL: u64 = 64 << 20;
/// The space in bytes that must be free for the rest of the system when the free space is checked.
const RESERVE: u64 = 16 << 20;

/// A layer to decompress.
pub(crate) struct Job<'a> {
    pub(crate) view: &'a View,
    pub(crate) format: Format,
    pub(crate) options: &'a Options,
    /// The maximum number of bytes; reduced by those unpacked.
    pub(crate) left: &'a mut u64,
    pub(crate) progress: &'a mut dyn FnMut(Progress<'_>),
}

impl Job<'_> {
    /// Returns the content from the cache, where it is unpacked unless it is there.
    pub(crate) fn unpack_into_cache(&mut self) -> Result<FileAt, Cause> {
        let directory = self.options.cache_directory()?;
        Cache::open(directory, self.options.cache_limit)?.get(self)
    }

    pub(super) fn key(&self) -> Option<String> {
        Some(self.view.origin()?.key())
    }

    pub(super) fn wait(&mut self) {
        (self.progress)(Progress::Waiting(self.view.name()));
    }

    /// Decompresses into `file`, which is empty, and returns the description for the cache.
    pub(super) fn unpack(&mut self, cache: &Cache, file: &File) -> Result<String, Cause> {
        let total = self.view.content().size();
        let mut output = Output::new(cache, file, total);
        output.check_space()?;
        let read = Rc::new(Cell::new(0));
        let source = Counted {
            inner: BufReader::with_capacity(INPUT_BUFFER, Cursor::new(self.view.content().clone())),
            read: Rc::clone(&read),
        };
        let error = |error| Cause::Decompress(self.format, error);
        let mut reader =
            decompress::reader(self.format, source, self.options.limits).map_err(error)?;
        let mut piece = vec![0; PIECE];
        loop {
            let name = self.view.name();
            let read = read.get();
            (self.progress)(Progress::Unpacking { name, read, total });
            let count = read_full(&mut reader, &mut piece).map_err(|e| error(e.into()))?;
            let bytes = piece.get(..count).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            output.needed = total.saturating_sub(read);
            let left = self.left.checked_sub(count as u64);
            *self.left = left.ok_or(Cause::TooLarge(self.options.max_size))?;
            output.write(bytes)?;
        }
        if self
            .view
            .origin()
            .is_some_and(|origin| !origin.is_current())
        {
            return Err(Cause::Changed);
        }
        let (size, digest) = output.finish()?;
        Ok(self.description(size, &digest))
    }

    /// In the format of sha256sum, which ignores the comments.
    fn description(&self, size: u64, digest: &str) -> String {
        let path = self
            .view
            .origin()
            .map(|origin| origin.path().display().to_string());
        let path = path.unwrap_or_default().replace(['\n', '\r'], "?");
        let key = self.key().unwrap_or_default();
        format!("# from: {path}\n# size: {size}\n{digest}  {key}.image\n")
    }
}

/// Fills `bytes`, or less at the end.
fn read_full(reader: &mut dyn Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while let Some(rest) = bytes.get_mut(count..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// A file that is written without its blocks of zeros.
struct Output<'a> {
    cache: &'a Cache,
    file: &'a File,
    size: u64,
    digest: Sha256,
    /// The number of bytes that are still needed, at least: that of the compressed bytes, since the content
    /// without its zeros is hardly ever smaller.
    needed: u64,
    /// The number of bytes written since the free space was checked.
    unchecked: u64,
}

impl<'a> Output<'a> {
    fn new(cache: &'a Cache, file: &'a File, needed: u64) -> Self {
        Output {
            cache,
            file,
            size: 0,
            digest: Sha256::new(),
            needed,
            unchecked: 0,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Cause> {
        self.digest.update(bytes);
        let mut rest = bytes;
        while !rest.is_empty() {
            let is_zero = |block: &&[u8]| block.iter().all(|byte| *byte == 0);
            let first_is_zero = rest
                .chunks(BLOCK)
                .next()
                .is_some_and(|block| is_zero(&block));
            let run = rest
                .chunks(BLOCK)
                .take_while(|block| is_zero(block) == first_is_zero);
            let (run, others) = rest.split_at(run.map(<[u8]>::len).sum());
            if !first_is_zero {
                self.write_run(run)?;
            }
            self.size += run.len() as u64;
            rest = others;
        }
        if self.unchecked >= CHECK_INTERVAL {
            self.unchecked = 0;
            self.check_space()?;
        }
        Ok(())
    }

    fn write_run(&mut self, run: &[u8]) -> Result<(), Cause> {
        self.unchecked += run.len() as u64;
        let written = self.file.write_all_at(run, self.size);
        written.map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => self.space(),
            _ => self.cache.error(error),
        })
    }

    fn free(&self) -> Result<u64, Cause> {
        let found = fstatvfs(self.file).map_err(|error| self.cache.error(error.into()))?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }

    fn space(&self) -> Cause {
        Cause::Space {
            directory: self.cache.directory.clone(),
            needed: self.needed.saturating_add(RESERVE),
            free: self.free().unwrap_or_default(),
        }
    }

    fn check_space(&self) -> Result<(), Cause> {
        if self.free()? < self.needed.saturating_add(RESERVE) {
            return Err(self.space());
        }
        Ok(())
    }

    /// Returns the size and the digest.
    fn finish(self) -> Result<(u64, String), Cause> {
        let set = self.file.set_len(self.size);
        set.map_err(|error| self.cache.error(error))?;
        Ok((self.size, hex::encode(self.digest.finalize())))
    }
}

/// A reader that counts the bytes read.
struct Counted<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.read.set(self.read.get() + count as u64);
        self.inner.consume(count);
    }
}

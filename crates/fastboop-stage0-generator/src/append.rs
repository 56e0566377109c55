//! Copies the existing image that an archive is appended to.

use std::io::{self, Read, Write};
use std::path::Path;

use ::initramfs::{WriteError, pad};
use fastboop_files::file;

use crate::error::Error;

/// Copies the image at `path` unchanged, which has `size` bytes, followed by the padding that an appended
/// archive requires.
pub(crate) fn append<W: Write>(
    path: &Path,
    size: u64,
    output: &mut Counter<W>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    let read_error = |error| Error::Read(path.to_owned(), error);
    let (file, metadata) = file::open(path)?;
    let mut file = file.take(size);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result.map_err(read_error)?,
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        write(output, bytes)?;
        progress(bytes.len() as u64);
    }
    if metadata.len() != size || output.count() != size {
        return Err(Error::Changed(path.to_owned()));
    }
    let padding = pad(output.count());
    write(output, padding)
}

fn write(output: &mut impl Write, bytes: &[u8]) -> Result<(), Error> {
    let written = output.write_all(bytes);
    written.map_err(|error| Error::Write(WriteError::Output(error)))
}

/// A writer that counts the bytes written.
pub(crate) struct Counter<W> {
    inner: W,
    count: u64,
}

impl<W> Counter<W> {
    pub(crate) fn new(inner: W) -> Self {
        Counter { inner, count: 0 }
    }

    /// The number of bytes written so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

impl<W: Write> Write for Counter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

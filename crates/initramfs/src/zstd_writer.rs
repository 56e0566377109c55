//! A writer that compresses with zstd.

use std::io::{self, Write};

use rusty_zstd::{Compressor, Flush};

/// The compression level, of -7 to 22. Higher ones are much slower and save little.
const LEVEL: i32 = 9;

/// Compresses what is written to it into one frame with a checksum.
///
/// The window is 8 MiB at this level, within the kernel's limit of 128 MiB
/// (`lib/decompress_unzstd.c`).
pub(crate) struct ZstdWriter<W> {
    inner: W,
    compressor: Compressor,
    buffer: Vec<u8>,
}

impl<W: Write> ZstdWriter<W> {
    pub(crate) fn new(inner: W) -> io::Result<Self> {
        Ok(ZstdWriter {
            inner,
            compressor: Compressor::new(LEVEL).map_err(io::Error::other)?,
            buffer: vec![0; rusty_zstd::compress_stream_out_size()],
        })
    }

    /// Ends the frame and returns the inner writer.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        while !self.step(&[], Flush::End)?.done {}
        Ok(self.inner)
    }

    fn step(&mut self, input: &[u8], flush: Flush) -> io::Result<rusty_zstd::StreamStatus> {
        let status = self
            .compressor
            .stream(input, &mut self.buffer, flush)
            .map_err(io::Error::other)?;
        if let Some(produced) = self.buffer.get(..status.output_produced) {
            self.inner.write_all(produced)?;
        }
        Ok(status)
    }
}

impl<W: Write> Write for ZstdWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let status = self.step(bytes, Flush::Continue)?;
            // Without progress, pending output filled the buffer: try again.
            if status.input_consumed > 0 || bytes.is_empty() {
                return Ok(status.input_consumed);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

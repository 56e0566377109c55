//! Compression, with settings that every kernel built with that compression can read.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use flate2::GzBuilder;
use flate2::write::GzEncoder;
use lzma_rust2::{CheckType, XzOptions, XzWriter};

use crate::zstd_writer::ZstdWriter;

/// The compression of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    None,
    /// gzip, level 6.
    Gzip,
    /// zstd, level 9.
    Zstd,
    /// xz, preset 6, with CRC32, the only checksum that the kernel supports.
    Xz,
}

impl Compression {
    /// All variants, in the order in which they are declared.
    pub const ALL: [Compression; 4] = [
        Compression::None,
        Compression::Gzip,
        Compression::Zstd,
        Compression::Xz,
    ];

    /// The name on the command line, such as `gzip`.
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Xz => "xz",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Compression {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|compression| compression.name() == name)
            .ok_or_else(|| format!("not one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// Three times as fast as level 9, with output less than 1% larger.
const GZIP_LEVEL: u32 = 6;
const XZ_PRESET: u32 = 6;
/// The OS field of the gzip header: 255 is "unknown" (RFC 1952).
const GZIP_SYSTEM: u8 = 255;

/// A writer that compresses. The same input always gives the same output.
pub struct Compressor<W: Write>(Inner<W>);

enum Inner<W: Write> {
    None(W),
    Gzip(GzEncoder<W>),
    // Boxed, as they are much larger than the others.
    Zstd(Box<ZstdWriter<W>>),
    Xz(Box<XzWriter<W>>),
}

impl<W: Write> Compressor<W> {
    /// Creates a compressor that writes to `inner`. It makes many small writes, so `inner` should be
    /// buffered.
    pub fn new(inner: W, compression: Compression) -> io::Result<Self> {
        Ok(Compressor(match compression {
            Compression::None => Inner::None(inner),
            // Without a file name and a time, so that the output is reproducible.
            Compression::Gzip => Inner::Gzip(
                GzBuilder::new()
                    .operating_system(GZIP_SYSTEM)
                    .write(inner, flate2::Compression::new(GZIP_LEVEL)),
            ),
            Compression::Zstd => Inner::Zstd(Box::new(ZstdWriter::new(inner)?)),
            Compression::Xz => {
                let mut options = XzOptions::with_preset(XZ_PRESET);
                // The kernel supports only CRC32 or none: Documentation/staging/xz.rst.
                options.set_check_sum_type(CheckType::Crc32);
                Inner::Xz(Box::new(XzWriter::new(inner, options)?))
            }
        }))
    }

    /// Ends the compressed stream and returns the inner writer.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Inner::None(inner) => Ok(inner),
            Inner::Gzip(encoder) => encoder.finish(),
            Inner::Zstd(encoder) => encoder.finish(),
            Inner::Xz(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::None(inner) => inner.write(bytes),
            Inner::Gzip(encoder) => encoder.write(bytes),
            Inner::Zstd(encoder) => encoder.write(bytes),
            Inner::Xz(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Inner::None(inner) => inner.flush(),
            Inner::Gzip(encoder) => encoder.flush(),
            Inner::Zstd(encoder) => encoder.flush(),
            Inner::Xz(encoder) => encoder.flush(),
        }
    }
}

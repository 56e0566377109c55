//! The formats of archives in an image.

use std::fmt;

/// The format of an archive in an image: plain cpio, or its compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// An archive that is not compressed.
    Cpio,
    /// gzip (RFC 1952).
    Gzip,
    /// The .xz file format.
    Xz,
    /// zstd (RFC 8878).
    Zstd,
    /// The legacy frame of the program lz4, which the kernel reads.
    Lz4Legacy,
    /// The frame format of the program lz4, which no kernel reads.
    Lz4,
    /// bzip2. The kernel reads it; this crate does not.
    Bzip2,
    /// The .lzma file format, older than .xz. The kernel reads it; this crate does not.
    Lzma,
    /// The format of the program lzop. The kernel reads it; this crate does not.
    Lzo,
}

/// The magic numbers, from the kernel's `lib/decompress.c` and `init/initramfs.c`, and lz4's.
const MAGICS: [(&[u8], Format); 10] = [
    (b"070701", Format::Cpio),
    (b"070702", Format::Cpio),
    (b"\x1f\x8b", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"\x02\x21\x4c\x18", Format::Lz4Legacy),
    (b"\x04\x22\x4d\x18", Format::Lz4),
    (b"BZh", Format::Bzip2),
    (b"\x5d\0\0", Format::Lzma),
    (b"\x89LZO", Format::Lzo),
];

impl Format {
    /// The number of bytes that [`Format::detect`] needs.
    pub const MAGIC_SIZE: usize = 6;

    /// Detects the format from the first [`Format::MAGIC_SIZE`] bytes of an archive.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        MAGICS
            .iter()
            .find(|(magic, _)| bytes.starts_with(magic))
            .map(|(_, format)| *format)
    }

    /// The name for messages and output, such as `gzip`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Cpio => "cpio",
            Format::Gzip => "gzip",
            Format::Xz => "xz",
            Format::Zstd => "zstd",
            Format::Lz4Legacy => "lz4-legacy",
            Format::Lz4 => "lz4",
            Format::Bzip2 => "bzip2",
            Format::Lzma => "lzma",
            Format::Lzo => "lzo",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_formats_by_magic_numbers() {
        for (magic, format) in MAGICS {
            assert!(magic.len() <= Format::MAGIC_SIZE);
            assert_eq!(Format::detect(magic), Some(format));
            assert_eq!(Format::detect(&magic[..magic.len() - 1]), None);
        }
        assert_eq!(Format::detect(b""), None);
        assert_eq!(Format::detect(b"\x7fELF\x02\x01"), None);
    }
}

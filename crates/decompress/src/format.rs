//! The formats of compressed streams.

use std::fmt;

/// The format of a compressed stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// gzip (RFC 1952).
    Gzip,
    /// The .xz file format.
    Xz,
    /// zstd (RFC 8878).
    Zstd,
    /// The frame format of the program lz4.
    Lz4,
    /// The legacy format of the program lz4, which the kernel reads.
    Lz4Legacy,
    /// bzip2.
    Bzip2,
}

/// The magic numbers: RFC 1952 section 2.3.1 (with the only method, deflate), "The .xz File Format"
/// section 2.1.1.1, RFC 8878 section 3.1.1, lz4's `lz4_Frame_format.md`, and bzip2's header.
const MAGICS: [(&[u8], Format); 6] = [
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"\x04\x22\x4d\x18", Format::Lz4),
    (b"\x02\x21\x4c\x18", Format::Lz4Legacy),
    (b"BZh", Format::Bzip2),
];

/// The number of bytes in front of the content of a skippable frame.
pub(crate) const SKIPPABLE_HEADER: usize = 8;

/// Returns the size in bytes, with its header, of the skippable frame of zstd or lz4 that `bytes` begin
/// with (RFC 8878, section 3.1.2).
pub(crate) fn skippable_size(bytes: &[u8]) -> Option<u64> {
    let header: [u8; SKIPPABLE_HEADER] = bytes.first_chunk().copied()?;
    let [a, b, c, d, size @ ..] = header;
    let is_skippable = u32::from_le_bytes([a, b, c, d]) & !0xf == 0x184d_2a50;
    is_skippable.then(|| u64::from(u32::from_le_bytes(size)) + SKIPPABLE_HEADER as u64)
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 6] = [
        Format::Gzip,
        Format::Xz,
        Format::Zstd,
        Format::Lz4,
        Format::Lz4Legacy,
        Format::Bzip2,
    ];

    /// The number of bytes that [`Format::detect`] needs. More are needed to look behind skippable
    /// frames, with which for example the output of pzstd begins.
    pub const MAGIC_SIZE: usize = 6;

    /// Detects the format from the first bytes of a stream; `None` if it is another.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes;
        while let Some(size) = skippable_size(bytes) {
            bytes = usize::try_from(size).ok().and_then(|at| bytes.get(at..))?;
        }
        MAGICS
            .iter()
            .find(|(magic, _)| bytes.starts_with(magic))
            .map(|(_, format)| *format)
    }

    /// Whether skippable frames may stand between the others.
    pub(crate) fn has_skippable_frames(self) -> bool {
        matches!(self, Format::Zstd | Format::Lz4)
    }

    /// The name for messages and output, such as `gzip`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Gzip => "gzip",
            Format::Xz => "xz",
            Format::Zstd => "zstd",
            Format::Lz4 => "lz4",
            Format::Lz4Legacy => "lz4-legacy",
            Format::Bzip2 => "bzip2",
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
            assert!(Format::ALL.contains(&format));
        }
        assert_eq!(Format::detect(b""), None);
        assert_eq!(Format::detect(b"\x1f\x8b\x07"), None);
    }

    #[test]
    fn detects_formats_behind_skippable_frames() {
        let skippable = b"\x5f\x2a\x4d\x18\x03\0\0\0abc";
        for (magic, format) in MAGICS {
            let bytes = [&skippable[..], skippable, magic].concat();
            assert_eq!(Format::detect(&bytes), Some(format));
        }
        assert_eq!(Format::detect(skippable), None);
        assert_eq!(Format::detect(&skippable[..10]), None);
        assert_eq!(Format::detect(b"\x50\x2a\x4d\x18\xff\xff\xff\xff"), None);
    }
}

//! Writes the fields of an ELF file.

use crate::ElfFile;

/// A buffer for fields in the class and byte order of `file`.
pub(crate) struct Bytes<'a> {
    pub(crate) file: &'a ElfFile,
    pub(crate) bytes: Vec<u8>,
}

impl Bytes<'_> {
    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes.extend(if self.file.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        });
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes.extend(if self.file.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        });
    }

    /// An address, offset or size: eight bytes in a 64-bit file, four in a 32-bit one.
    pub(crate) fn word(&mut self, value: u64) {
        if !self.file.is_64 {
            self.u32(value as u32);
        } else if self.file.big_endian {
            self.bytes.extend(value.to_be_bytes());
        } else {
            self.bytes.extend(value.to_le_bytes());
        }
    }

    pub(crate) fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    /// Appends `content`; returns its place.
    pub(crate) fn append(&mut self, content: &[u8]) -> Place {
        self.align();
        let offset = self.bytes.len();
        self.bytes.extend(content);
        Place {
            offset: offset as u64,
            size: content.len() as u64,
        }
    }

    /// Appends what `write` writes; returns its place.
    pub(crate) fn append_with(&mut self, write: impl FnOnce(&mut Self)) -> Place {
        self.align();
        let offset = self.bytes.len() as u64;
        write(self);
        Place {
            offset,
            size: self.bytes.len() as u64 - offset,
        }
    }

    pub(crate) fn program_header(&mut self, segment: &Segment) {
        self.u32(segment.kind);
        if self.file.is_64 {
            self.u32(segment.flags);
        }
        self.word(segment.place.offset);
        self.word(segment.address);
        self.word(segment.address);
        self.word(segment.place.size);
        self.word(segment.place.size);
        if !self.file.is_64 {
            self.u32(segment.flags);
        }
        self.word(segment.align);
    }

    pub(crate) fn section_header(&mut self, name: u32, kind: u32, place: Place) {
        self.u32(name);
        self.u32(kind);
        self.word(0);
        self.word(0);
        self.word(place.offset);
        self.word(place.size);
        self.u32(0);
        self.u32(0);
        self.word(0);
        self.word(0);
    }
}

/// A range of bytes in the file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// The fields of a program header.
pub(crate) struct Segment {
    pub(crate) kind: u32,
    pub(crate) flags: u32,
    pub(crate) place: Place,
    pub(crate) address: u64,
    pub(crate) align: u64,
}

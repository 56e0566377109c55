//! A buffer for the bytes of an ELF file.

use crate::ElfFile;

/// A buffer that appends fields in the class and byte order of `file`.
pub(crate) struct Buffer<'a> {
    pub(crate) file: &'a ElfFile,
    pub(crate) bytes: Vec<u8>,
}

impl Buffer<'_> {
    pub(crate) fn push_u16(&mut self, value: u16) {
        self.bytes.extend(if self.file.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        });
    }

    pub(crate) fn push_u32(&mut self, value: u32) {
        self.bytes.extend(if self.file.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        });
    }

    /// Appends an address, offset or size: 8 bytes in a 64-bit file, 4 bytes in a 32-bit one.
    pub(crate) fn push_word(&mut self, value: u64) {
        if !self.file.is_64 {
            self.push_u32(value as u32);
        } else if self.file.big_endian {
            self.bytes.extend(value.to_be_bytes());
        } else {
            self.bytes.extend(value.to_le_bytes());
        }
    }

    /// Appends zeros up to the next multiple of 8 bytes.
    pub(crate) fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    /// Appends `content` and returns its range.
    pub(crate) fn append(&mut self, content: &[u8]) -> Range {
        self.align();
        let offset = self.bytes.len();
        self.bytes.extend(content);
        Range {
            offset: offset as u64,
            size: content.len() as u64,
        }
    }

    /// Appends what `write` appends, and returns its range.
    pub(crate) fn append_with(&mut self, write: impl FnOnce(&mut Self)) -> Range {
        self.align();
        let offset = self.bytes.len() as u64;
        write(self);
        Range {
            offset,
            size: self.bytes.len() as u64 - offset,
        }
    }

    pub(crate) fn push_program_header(&mut self, segment: &Segment) {
        self.push_u32(segment.kind);
        if self.file.is_64 {
            self.push_u32(segment.flags);
        }
        self.push_word(segment.range.offset);
        self.push_word(segment.address);
        self.push_word(segment.address);
        self.push_word(segment.range.size);
        self.push_word(segment.range.size);
        if !self.file.is_64 {
            self.push_u32(segment.flags);
        }
        self.push_word(segment.align);
    }

    pub(crate) fn push_section_header(&mut self, name: u32, kind: u32, range: Range) {
        self.push_u32(name);
        self.push_u32(kind);
        self.push_word(0);
        self.push_word(0);
        self.push_word(range.offset);
        self.push_word(range.size);
        self.push_u32(0);
        self.push_u32(0);
        self.push_word(0);
        self.push_word(0);
    }
}

/// A range of bytes in the file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Range {
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// The fields of a program header.
pub(crate) struct Segment {
    pub(crate) kind: u32,
    pub(crate) flags: u32,
    pub(crate) range: Range,
    pub(crate) address: u64,
    pub(crate) align: u64,
}

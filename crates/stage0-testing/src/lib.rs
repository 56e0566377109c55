//! Minimal ELF files for tests, made field by field; and an HTTP server: [`server`].
//!
//! Nothing here can run; the files hold exactly the headers that fastboop's checks read. Start from one of the
//! constructors, which make a good static program, break one field, and call [`ElfFile::build`]:
//!
//! ```
//! use stage0_testing::ElfFile;
//!
//! let dynamic = ElfFile { needed: vec!["libc.so.6"], ..ElfFile::aarch64() }.build();
//! assert_eq!(&dynamic[..4], b"\x7fELF");
//! ```
//!
//! It knows nothing of `stage0-artifact`, so that crate can use it for its own tests. Figures are from the System V ABI,
//! chapter 4 and 5 (`elf(5)` has them too).

pub mod server;

/// Where the first byte of a file with fixed addresses is loaded.
const BASE: u64 = 0x10000;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const PT_NOTE: u32 = 4;

const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_STRSZ: u64 = 10;
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DF_1_PIE: u64 = 0x0800_0000;

/// `e_type` of a program with fixed addresses.
pub const ET_EXEC: u16 = 2;
/// `e_type` of shared libraries and of position-independent programs.
pub const ET_DYN: u16 = 3;
/// `e_type` of an object file.
pub const ET_REL: u16 = 1;

/// What to put into an ELF file.
#[derive(Debug, Clone)]
pub struct ElfFile {
    /// ELFCLASS64 instead of ELFCLASS32.
    pub is_64: bool,
    /// ELFDATA2MSB instead of ELFDATA2LSB.
    pub big_endian: bool,
    /// `e_machine`.
    pub machine: u16,
    /// `e_type`.
    pub kind: u16,
    /// `e_entry`.
    pub entry: u64,
    /// The path in PT_INTERP; without one there is no such segment.
    pub interp: Option<&'static str>,
    /// The libraries in DT_NEEDED.
    pub needed: Vec<&'static str>,
    /// Set DF_1_PIE in DT_FLAGS_1.
    pub pie: bool,
    /// Contents of PT_NOTE segments, one segment each; see [`note`].
    pub notes: Vec<Vec<u8>>,
    /// Bytes of section headers at the end of the file, all zero, as whole headers.
    pub sections: u16,
}

impl ElfFile {
    fn new(is_64: bool, machine: u16) -> Self {
        ElfFile {
            is_64,
            big_endian: false,
            machine,
            kind: ET_EXEC,
            entry: BASE + 0x40,
            interp: None,
            needed: Vec::new(),
            pie: false,
            notes: Vec::new(),
            sections: 1,
        }
    }

    /// A static program for x86-64.
    pub fn x86_64() -> Self {
        Self::new(true, 62)
    }

    /// A static program for AArch64.
    pub fn aarch64() -> Self {
        Self::new(true, 183)
    }

    /// A static program for 32-bit Arm.
    pub fn armv7() -> Self {
        Self::new(false, 40)
    }

    /// A static program for 64-bit RISC-V.
    pub fn riscv64() -> Self {
        Self::new(true, 243)
    }

    /// The same program, position independent.
    #[must_use]
    pub fn static_pie(self) -> Self {
        ElfFile {
            kind: ET_DYN,
            pie: true,
            entry: 0x40,
            ..self
        }
    }

    /// The file's bytes: header, program headers, their contents, section headers.
    pub fn build(&self) -> Vec<u8> {
        let has_dynamic = self.pie || !self.needed.is_empty();
        let count =
            1 + usize::from(self.interp.is_some()) + usize::from(has_dynamic) + self.notes.len();
        let (header, program_header, section_header) = if self.is_64 {
            (64, 56, 64)
        } else {
            (52, 32, 40)
        };
        let base = if self.kind == ET_EXEC { BASE } else { 0 };

        let mut body = Bytes {
            file: self,
            bytes: vec![0; header + count * program_header],
        };
        let mut segments = Vec::new();
        if let Some(path) = self.interp {
            let at = body.append(&[path.as_bytes(), b"\0"].concat());
            segments.push((PT_INTERP, at));
        }
        if has_dynamic {
            let at = body.append_dynamic(base);
            segments.push((PT_DYNAMIC, at));
        }
        for note in &self.notes {
            let at = body.append(note);
            segments.push((PT_NOTE, at));
        }
        body.align();
        let section_headers = body.bytes.len();
        segments.insert(0, (PT_LOAD, (0, section_headers)));
        body.bytes.resize(
            section_headers + usize::from(self.sections) * section_header,
            0,
        );

        let mut head = Bytes {
            file: self,
            bytes: b"\x7fELF".to_vec(),
        };
        head.bytes.extend([
            if self.is_64 { 2 } else { 1 },
            if self.big_endian { 2 } else { 1 },
            1,
        ]);
        head.bytes.resize(16, 0);
        head.u16(self.kind);
        head.u16(self.machine);
        head.u32(1);
        head.word(self.entry);
        head.word(header as u64);
        head.word(if self.sections == 0 {
            0
        } else {
            section_headers as u64
        });
        head.u32(0);
        head.u16(header as u16);
        head.u16(program_header as u16);
        head.u16(count as u16);
        head.u16(section_header as u16);
        head.u16(self.sections);
        head.u16(0);
        for (kind, (offset, size)) in segments {
            head.program_header(kind, offset as u64, base, size as u64);
        }
        body.bytes[..head.bytes.len()].copy_from_slice(&head.bytes);
        body.bytes
    }
}

/// One ELF note as it lies in a PT_NOTE segment: `owner` with its NUL, `kind`, `content`, both padded to four bytes.
/// Little endian.
pub fn note(owner: &str, kind: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in [owner.len() as u32 + 1, content.len() as u32, kind] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(owner.as_bytes());
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The note that a stage0 carries, with `json` as its content.
pub fn metadata_note(json: &str) -> Vec<u8> {
    note("FDO", 0xcafe_1a7e, &[json.as_bytes(), b"\0"].concat())
}

/// Bytes under construction, in the class and byte order of `file`.
struct Bytes<'a> {
    file: &'a ElfFile,
    bytes: Vec<u8>,
}

impl Bytes<'_> {
    fn u16(&mut self, value: u16) {
        self.bytes.extend(if self.file.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        });
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend(if self.file.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        });
    }

    /// An address, offset or size: eight bytes in a 64-bit file, four in a 32-bit one.
    fn word(&mut self, value: u64) {
        if !self.file.is_64 {
            self.u32(value as u32);
        } else if self.file.big_endian {
            self.bytes.extend(value.to_be_bytes());
        } else {
            self.bytes.extend(value.to_le_bytes());
        }
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    /// Appends `content`; returns its offset and size.
    fn append(&mut self, content: &[u8]) -> (usize, usize) {
        self.align();
        let at = self.bytes.len();
        self.bytes.extend(content);
        (at, content.len())
    }

    /// Appends the string table and the dynamic section; returns the latter's offset and size.
    fn append_dynamic(&mut self, base: u64) -> (usize, usize) {
        let mut strings = vec![0];
        let mut entries = Vec::new();
        for name in &self.file.needed {
            entries.push((DT_NEEDED, strings.len() as u64));
            strings.extend(name.as_bytes());
            strings.push(0);
        }
        let (strings_at, strings_size) = self.append(&strings);
        entries.push((DT_STRTAB, base + strings_at as u64));
        entries.push((DT_STRSZ, strings_size as u64));
        if self.file.pie {
            entries.push((DT_FLAGS_1, DF_1_PIE));
        }
        entries.push((DT_NULL, 0));

        self.align();
        let at = self.bytes.len();
        for (tag, value) in entries {
            self.word(tag);
            self.word(value);
        }
        (at, self.bytes.len() - at)
    }

    fn program_header(&mut self, kind: u32, offset: u64, base: u64, size: u64) {
        const READ_EXECUTE: u32 = 5;
        self.u32(kind);
        if self.file.is_64 {
            self.u32(READ_EXECUTE);
        }
        self.word(offset);
        self.word(base + offset);
        self.word(base + offset);
        self.word(size);
        self.word(size);
        if !self.file.is_64 {
            self.u32(READ_EXECUTE);
        }
        self.word(if kind == PT_NOTE { 4 } else { 8 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_what_was_asked_for() {
        let file = ElfFile {
            interp: Some("/lib/ld.so"),
            needed: vec!["libc.so.6"],
            notes: vec![metadata_note("{}")],
            ..ElfFile::armv7()
        }
        .build();
        assert_eq!(&file[..7], b"\x7fELF\x01\x01\x01");
        assert_eq!(file[18..20], [40, 0]);
        assert_eq!(file[44..46], [4, 0], "load, interp, dynamic, note");
        for text in ["/lib/ld.so\0", "libc.so.6\0", "FDO\0"] {
            assert!(
                file.windows(text.len()).any(|part| part == text.as_bytes()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn big_endian_is_big_endian() {
        let file = ElfFile {
            big_endian: true,
            ..ElfFile::aarch64()
        }
        .build();
        assert_eq!(file[18..20], [0, 183]);
    }
}

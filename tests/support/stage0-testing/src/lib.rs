//! Builds minimal ELF files for tests.
//!
//! The files cannot be executed; they contain only the headers that fastboop's checks read. Start with one of the
//! constructors, which return a valid static program, change a field, and call [`ElfFile::build`]:
//!
//! ```
//! use stage0_testing::ElfFile;
//!
//! let dynamic = ElfFile { needed: vec!["libc.so.6"], ..ElfFile::aarch64() }.build();
//! assert_eq!(&dynamic[..4], b"\x7fELF");
//! ```
//!
//! This crate does not depend on `stage0-artifact`, whose tests use it. Source of the format: System V ABI, chapters 4
//! and 5; see also elf(5).

mod buffer;
mod note;

use buffer::{Buffer, Range, Segment};
pub use note::{metadata_note, note};

/// The load address of the first byte of a file with fixed addresses.
const BASE: u64 = 0x10000;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const PT_NOTE: u32 = 4;
const PT_GNU_STACK: u32 = 0x6474_e551;
const PT_GNU_RELRO: u32 = 0x6474_e552;

const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DT_GNU_HASH: u64 = 0x6fff_fef5;
const DF_1_PIE: u64 = 0x0800_0000;

/// `e_type` of a program with fixed addresses.
pub const ET_EXEC: u16 = 2;
/// `e_type` of shared libraries and of position-independent programs.
pub const ET_DYN: u16 = 3;
/// `e_type` of an object file.
pub const ET_REL: u16 = 1;

/// `p_flags`: the segment is executable.
pub const PF_X: u32 = 1;
/// `p_flags`: the segment is writable.
pub const PF_W: u32 = 2;
/// `p_flags`: the segment is readable.
pub const PF_R: u32 = 4;

/// `sh_type` of program-defined contents, for example debug information.
pub const SHT_PROGBITS: u32 = 1;
/// `sh_type` of a symbol table.
pub const SHT_SYMTAB: u32 = 2;
/// `sh_type` of a string table.
pub const SHT_STRTAB: u32 = 3;

/// The hash table from which readers take the number of dynamic symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolHash {
    /// DT_HASH, which contains the number.
    SysV,
    /// DT_GNU_HASH, for a file without defined symbols.
    Gnu,
    /// No hash table.
    Absent,
}

/// The contents of an ELF file.
#[derive(Debug, Clone)]
pub struct ElfFile {
    /// The class: ELFCLASS64 instead of ELFCLASS32.
    pub is_64: bool,
    /// The byte order: ELFDATA2MSB instead of ELFDATA2LSB.
    pub big_endian: bool,
    /// `e_machine`: the instruction set architecture, an `EM_*` number.
    pub machine: u16,
    /// `e_type`: [`ET_EXEC`], [`ET_DYN`] or [`ET_REL`].
    pub kind: u16,
    /// `e_flags`: flags specific to `machine`.
    pub flags: u32,
    /// `e_entry`: the address of the entry point.
    pub entry: u64,
    /// The path in PT_INTERP; `None` omits the segment.
    pub interp: Option<&'static str>,
    /// The libraries in DT_NEEDED.
    pub needed: Vec<&'static str>,
    /// Names of undefined dynamic symbols.
    pub undefined: Vec<&'static str>,
    /// The hash table of the dynamic symbols.
    pub symbol_hash: SymbolHash,
    /// Whether to set DF_1_PIE in DT_FLAGS_1.
    pub pie: bool,
    /// Contents of the PT_NOTE segments, one segment for each; see [`note()`].
    pub notes: Vec<Vec<u8>>,
    /// `p_flags` of the first PT_LOAD, which contains all other segments.
    pub text_flags: u32,
    /// The content of the second PT_LOAD, which is writable.
    pub data: Vec<u8>,
    /// The address of `data` in memory relative to its offset in the file and the base address, in bytes.
    pub data_shift: i64,
    /// `p_align` of both PT_LOAD segments.
    pub align: u64,
    /// Whether to mark `data` as read-only after relocation (PT_GNU_RELRO).
    pub relro: bool,
    /// `p_flags` of PT_GNU_STACK; `None` omits the segment.
    pub stack_flags: Option<u32>,
    /// Names and `sh_type` of the sections, which are empty except for `.shstrtab`. If there are none, the section
    /// header table is omitted.
    pub sections: Vec<(&'static str, u32)>,
}

impl ElfFile {
    fn new(is_64: bool, machine: u16) -> Self {
        ElfFile {
            is_64,
            big_endian: false,
            machine,
            kind: ET_EXEC,
            flags: 0,
            entry: BASE + 0x40,
            interp: None,
            needed: Vec::new(),
            undefined: Vec::new(),
            symbol_hash: SymbolHash::SysV,
            pie: false,
            notes: Vec::new(),
            text_flags: PF_R | PF_X,
            data: b"data".to_vec(),
            data_shift: 0x10000,
            align: 0x10000,
            relro: true,
            stack_flags: Some(PF_R | PF_W),
            sections: vec![(".shstrtab", SHT_STRTAB)],
        }
    }

    /// Returns a static program for x86-64.
    pub fn x86_64() -> Self {
        Self::new(true, 62)
    }

    /// Returns a static program for AArch64.
    pub fn aarch64() -> Self {
        Self::new(true, 183)
    }

    /// Returns a static program for 32-bit Arm, EABI 5, hard float.
    pub fn armv7() -> Self {
        ElfFile {
            flags: 0x0500_0400,
            ..Self::new(false, 40)
        }
    }

    /// Returns a static program for 64-bit RISC-V.
    pub fn riscv64() -> Self {
        Self::new(true, 243)
    }

    /// Returns the same program as a static position-independent executable.
    #[must_use]
    pub fn static_pie(self) -> Self {
        ElfFile {
            kind: ET_DYN,
            pie: true,
            entry: 0x40,
            ..self
        }
    }

    /// Returns the same program with the metadata note of stage0 version 1.2.3 for the target `triple`.
    #[must_use]
    pub fn stage0(self, triple: &str) -> Self {
        let json = format!(
            r#"{{"type":"fastboop","name":"fastboop-stage0","version":"1.2.3","target":"{triple}"}}"#
        );
        ElfFile {
            notes: vec![metadata_note(&json)],
            ..self
        }
    }

    /// Returns the file's bytes: header, program headers, segment contents, section headers.
    pub fn build(&self) -> Vec<u8> {
        let (header, program_header, section_header) = if self.is_64 {
            (64, 56, 64)
        } else {
            (52, 32, 40)
        };
        let count = self.segment_count();
        let mut body = self.buffer(vec![0; header + count * program_header]);
        let segments = self.append_segments(&mut body);
        let names = body.append(&self.section_names());
        body.align();
        let section_headers = body.bytes.len() as u64;
        let sections = self.append_sections(&mut body, names);

        let mut head = self.buffer(b"\x7fELF".to_vec());
        head.bytes.extend([
            if self.is_64 { 2 } else { 1 },
            if self.big_endian { 2 } else { 1 },
            1,
        ]);
        head.bytes.resize(16, 0);
        head.push_u16(self.kind);
        head.push_u16(self.machine);
        head.push_u32(1);
        head.push_word(self.entry);
        head.push_word(header as u64);
        head.push_word(if sections == 0 { 0 } else { section_headers });
        head.push_u32(self.flags);
        head.push_u16(header as u16);
        head.push_u16(program_header as u16);
        head.push_u16(count as u16);
        head.push_u16(section_header);
        head.push_u16(sections);
        let is_names = |section: &(&str, u32)| section.0 == ".shstrtab";
        let names_index = self.sections.iter().position(is_names);
        head.push_u16(names_index.map_or(0, |index| index as u16 + 1));
        for segment in &segments {
            head.push_program_header(segment);
        }
        body.bytes[..head.bytes.len()].copy_from_slice(&head.bytes);
        body.bytes
    }

    fn buffer(&self, bytes: Vec<u8>) -> Buffer<'_> {
        Buffer { file: self, bytes }
    }

    fn has_dynamic(&self) -> bool {
        self.pie || !self.needed.is_empty() || !self.undefined.is_empty()
    }

    /// The number of segments: two PT_LOAD, and the optional ones.
    fn segment_count(&self) -> usize {
        2 + self.notes.len()
            + [
                self.interp.is_some(),
                self.has_dynamic(),
                self.relro,
                self.stack_flags.is_some(),
            ]
            .into_iter()
            .filter(|is_present| *is_present)
            .count()
    }

    fn append_segments(&self, body: &mut Buffer<'_>) -> Vec<Segment> {
        let base = if self.kind == ET_EXEC { BASE } else { 0 };
        let read_only = |kind, range: Range, align| Segment {
            kind,
            flags: PF_R,
            range,
            address: base + range.offset,
            align,
        };
        let mut segments = Vec::new();
        if let Some(path) = self.interp {
            let range = body.append(&[path.as_bytes(), b"\0"].concat());
            segments.push(read_only(PT_INTERP, range, 1));
        }
        if self.has_dynamic() {
            let range = self.append_dynamic(body, base);
            segments.push(read_only(PT_DYNAMIC, range, 8));
        }
        for note in &self.notes {
            let range = body.append(note);
            segments.push(read_only(PT_NOTE, range, 4));
        }
        body.align();
        let text = Range {
            offset: 0,
            size: body.bytes.len() as u64,
        };
        segments.insert(
            0,
            Segment {
                flags: self.text_flags,
                ..read_only(PT_LOAD, text, self.align)
            },
        );

        let data = body.append(&self.data);
        let address = (base + data.offset).wrapping_add_signed(self.data_shift);
        let writable = |kind, align| Segment {
            kind,
            flags: PF_R | PF_W,
            range: data,
            address,
            align,
        };
        segments.push(writable(PT_LOAD, self.align));
        if self.relro {
            segments.push(writable(PT_GNU_RELRO, 1));
        }
        if let Some(flags) = self.stack_flags {
            segments.push(Segment {
                kind: PT_GNU_STACK,
                flags,
                range: Range::default(),
                address: 0,
                align: 0,
            });
        }
        segments
    }

    /// Appends strings, symbols, their hash table and the dynamic section. Returns the range of the dynamic section.
    fn append_dynamic(&self, body: &mut Buffer<'_>, base: u64) -> Range {
        let mut strings = vec![0];
        let mut add_string = |text: &str| {
            let offset = strings.len();
            strings.extend(text.as_bytes());
            strings.push(0);
            offset as u64
        };
        let mut entries: Vec<_> = self
            .needed
            .iter()
            .map(|name| (DT_NEEDED, add_string(name)))
            .collect();
        let symbols: Vec<_> = self.undefined.iter().map(|name| add_string(name)).collect();
        let strings = body.append(&strings);
        entries.push((DT_STRTAB, base + strings.offset));
        entries.push((DT_STRSZ, strings.size));
        if !symbols.is_empty() {
            entries.extend(self.append_symbols(body, base, &symbols));
        }
        if self.pie {
            entries.push((DT_FLAGS_1, DF_1_PIE));
        }
        entries.push((DT_NULL, 0));
        body.append_with(|body| {
            for (tag, value) in entries {
                body.push_word(tag);
                body.push_word(value);
            }
        })
    }

    /// Appends a table of undefined symbols with names at these offsets of the string table. Returns the entries for
    /// the dynamic section.
    fn append_symbols(&self, body: &mut Buffer<'_>, base: u64, names: &[u64]) -> Vec<(u64, u64)> {
        const GLOBAL_FUNCTION: u8 = 0x12;
        let size = if self.is_64 { 24 } else { 16 };
        // The first symbol is reserved and consists of zeros.
        let mut table = self.buffer(vec![0; size]);
        for name in names {
            let end = table.bytes.len() + size;
            table.push_u32(*name as u32);
            // `st_info` is the second field of 64-bit symbols, but follows value and size in 32-bit ones.
            if !self.is_64 {
                table.push_word(0);
                table.push_word(0);
            }
            table.bytes.push(GLOBAL_FUNCTION);
            table.bytes.resize(end, 0);
        }
        let table = body.append(&table.bytes);
        let count = names.len() as u32 + 1;
        let mut entries = vec![(DT_SYMTAB, base + table.offset)];
        match self.symbol_hash {
            SymbolHash::SysV => {
                let range = body.append_with(|body| {
                    // nbucket = 1, nchain = `count`, the bucket, the chains.
                    for value in [1, count, 1].into_iter().chain(0..count) {
                        body.push_u32(value);
                    }
                });
                entries.push((DT_HASH, base + range.offset));
            }
            SymbolHash::Gnu => {
                let range = body.append_with(|body| {
                    // nbuckets = 1, symoffset, bloom_size = 1, bloom_shift; the Bloom filter, the bucket.
                    for value in [1, count, 1, 0] {
                        body.push_u32(value);
                    }
                    body.push_word(0);
                    body.push_u32(0);
                });
                entries.push((DT_GNU_HASH, base + range.offset));
            }
            SymbolHash::Absent => {}
        }
        entries
    }

    /// Returns the content of `.shstrtab`.
    fn section_names(&self) -> Vec<u8> {
        let names = self.sections.iter().map(|(name, _)| format!("{name}\0"));
        [vec![0], names.collect::<String>().into_bytes()].concat()
    }

    /// Appends the section header table, whose first entry is empty. Returns the number of entries.
    fn append_sections(&self, body: &mut Buffer<'_>, names: Range) -> u16 {
        if self.sections.is_empty() {
            return 0;
        }
        body.push_section_header(0, 0, Range::default());
        let mut name_offset = 1;
        for (name, kind) in &self.sections {
            let range = if *name == ".shstrtab" {
                names
            } else {
                Range::default()
            };
            body.push_section_header(name_offset, *kind, range);
            name_offset += name.len() as u32 + 1;
        }
        self.sections.len() as u16 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_the_requested_segments() {
        let file = ElfFile {
            interp: Some("/lib/ld.so"),
            needed: vec!["libc.so.6"],
            undefined: vec!["puts"],
            notes: vec![metadata_note("{}")],
            ..ElfFile::armv7()
        }
        .build();
        assert_eq!(&file[..7], b"\x7fELF\x01\x01\x01");
        assert_eq!(file[18..20], [40, 0]);
        let segments = "two load, interp, dynamic, note, relro, stack";
        assert_eq!(file[44..46], [7, 0], "{segments}");
        for text in ["/lib/ld.so\0", "libc.so.6\0", "puts\0", "FDO\0", "data"] {
            assert!(
                file.windows(text.len()).any(|part| part == text.as_bytes()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn writes_big_endian_fields() {
        let file = ElfFile {
            big_endian: true,
            ..ElfFile::aarch64()
        }
        .build();
        assert_eq!(file[18..20], [0, 183]);
    }
}

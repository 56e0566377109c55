//! An ELF file cut into parts with names.

use std::collections::HashMap;
use std::ops::Range;

use goblin::elf::section_header::SHT_NOBITS;
use goblin::elf::{Elf, SectionHeader};

/// A part of a file.
#[derive(Debug)]
pub struct Part<'a> {
    name: String,
    offset: usize,
    bytes: &'a [u8],
    /// Where it is in memory, if it is.
    address: Option<u64>,
}

/// All parts of a file, in no particular order, and its symbols.
pub struct Parts<'a> {
    parts: Vec<Part<'a>>,
    elf: Elf<'a>,
}

impl<'a> Parts<'a> {
    /// `None` for what is no ELF file, or too damaged to be read as one.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let elf = Elf::parse(bytes).ok()?;
        let mut places = headers(&elf);
        match elf.section_headers.is_empty() {
            true => places.extend(segments(&elf)),
            false => places.extend(sections(&elf)),
        }
        let mut parts = places
            .into_iter()
            .map(|place| place.cut(bytes))
            .collect::<Vec<_>>();
        parts.extend(between(&parts, bytes));
        number(&mut parts);
        Some(Parts { parts, elf })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter()
    }

    /// The symbol that covers an address, and the offset in it.
    pub fn symbol(&self, address: u64) -> Option<String> {
        let elf = &self.elf;
        let named =
            |table: &goblin::strtab::Strtab<'_>, index| table.get_at(index).map(str::to_owned);
        let all = elf.syms.iter().map(|symbol| (symbol, &elf.strtab));
        let dynamic = elf.dynsyms.iter().map(|symbol| (symbol, &elf.dynstrtab));
        let (symbol, table) = all.chain(dynamic).find(|(symbol, _)| {
            let end = symbol.st_value.saturating_add(symbol.st_size);
            symbol.st_shndx != 0 && (symbol.st_value..end).contains(&address)
        })?;
        let name = named(table, symbol.st_name).filter(|name| !name.is_empty())?;
        Some(format!("{name}+{:#x}", address - symbol.st_value))
    }
}

impl<'a> Part<'a> {
    /// Its name; no two parts of a file share one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is in it.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where it is in the file.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Where a byte of it is in memory.
    pub fn address(&self, offset: usize) -> Option<u64> {
        self.address?.checked_add(offset as u64)
    }

    fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.bytes.len()
    }
}

/// What headers say of a part.
struct Said {
    name: String,
    offset: u64,
    size: u64,
    address: Option<u64>,
}

impl Said {
    /// The part, as much of it as the file has.
    fn cut(self, bytes: &[u8]) -> Part<'_> {
        let clipped = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        let start = clipped(self.offset);
        let end = clipped(self.offset.saturating_add(self.size));
        Part {
            name: self.name,
            offset: start,
            bytes: bytes.get(start..end).unwrap_or_default(),
            address: self.address,
        }
    }
}

fn headers(elf: &Elf<'_>) -> Vec<Said> {
    let header = &elf.header;
    let table = |name: &str, offset, count: usize, size| Said {
        name: name.to_owned(),
        offset,
        size: count as u64 * u64::from(size),
        address: None,
    };
    vec![
        table("ELF header", 0, 1, header.e_ehsize),
        table(
            "program headers",
            header.e_phoff,
            elf.program_headers.len(),
            header.e_phentsize,
        ),
        table(
            "section headers",
            header.e_shoff,
            elf.section_headers.len(),
            header.e_shentsize,
        ),
    ]
}

fn sections(elf: &Elf<'_>) -> Vec<Said> {
    let in_file = |section: &&SectionHeader| section.sh_type != SHT_NOBITS && section.sh_size > 0;
    let sections = elf.section_headers.iter().filter(in_file);
    sections
        .map(|section| Said {
            name: elf
                .shdr_strtab
                .get_at(section.sh_name)
                .unwrap_or("section without a name")
                .to_owned(),
            offset: section.sh_offset,
            size: section.sh_size,
            address: section.is_alloc().then_some(section.sh_addr),
        })
        .collect()
}

/// Where there are no sections.
fn segments(elf: &Elf<'_>) -> Vec<Said> {
    let segments = elf
        .program_headers
        .iter()
        .filter(|segment| segment.p_filesz > 0);
    segments
        .map(|segment| Said {
            name: format!(
                "segment {}",
                goblin::elf::program_header::pt_to_str(segment.p_type)
            ),
            offset: segment.p_offset,
            size: segment.p_filesz,
            address: Some(segment.p_vaddr),
        })
        .collect()
}

/// What is in no part: padding, and what no header tells of. One part for all of it would hide where it is.
fn between<'a>(parts: &[Part<'a>], bytes: &'a [u8]) -> Vec<Part<'a>> {
    let mut ranges = parts.iter().map(Part::range).collect::<Vec<_>>();
    ranges.sort_by_key(|range| range.start);
    ranges.push(bytes.len()..bytes.len());
    let mut gaps = Vec::new();
    let mut end = 0;
    for range in ranges {
        if let Some(gap) = bytes.get(end..range.start).filter(|gap| !gap.is_empty()) {
            gaps.push(Part {
                name: "padding".to_owned(),
                offset: end,
                bytes: gap,
                address: None,
            });
        }
        end = end.max(range.end);
    }
    gaps
}

/// Gives parts of the same name numbers, but for the first.
fn number(parts: &mut [Part<'_>]) {
    let mut seen = HashMap::new();
    for part in parts {
        let count = seen.entry(part.name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            part.name = format!("{} #{count}", part.name);
        }
    }
}

//! The sections of a PE file: Microsoft's "PE Format", chapters "COFF File Header" and "Section Table".

use std::io;

use block_probe::bytes::{array_at, u16_at, u32_at};
use read_at::{ReadAt, Window};

/// The offset of the PE header is at this offset of the MS-DOS header.
const PE_OFFSET: usize = 0x3c;
/// The signature `PE\0\0` and the COFF header.
const HEADER: usize = 24;
const SECTION: usize = 40;
/// The limit of the Windows loader; also of what a hostile file makes us read.
const MAX_SECTIONS: u16 = 96;

/// A section: a part of the file with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// At most eight bytes.
    pub(crate) name: String,
    /// The offset in the file in bytes.
    pub(crate) start: u64,
    /// The size in bytes without the padding in the file.
    pub(crate) size: u64,
}

impl Section {
    pub(crate) fn open<'a>(&self, file: &'a dyn ReadAt) -> io::Result<Window<&'a dyn ReadAt>> {
        Window::new(file, self.start, self.size)
    }
}

/// Returns the sections of a PE file that lie in it; `None` if it is not one.
pub(crate) fn sections(file: &dyn ReadAt) -> io::Result<Option<Vec<Section>>> {
    let mut dos_header = [0; PE_OFFSET + 4];
    let length = file.read_up_to_at(&mut dos_header, 0)?;
    let pe_offset = u32_at(&dos_header, PE_OFFSET).unwrap_or_default();
    if length < dos_header.len() || !dos_header.starts_with(b"MZ") {
        return Ok(None);
    }
    let mut header = [0; HEADER];
    if file.read_up_to_at(&mut header, pe_offset.into())? < HEADER || !header.starts_with(b"PE\0\0")
    {
        return Ok(None);
    }
    let count = u16_at(&header, 6).unwrap_or_default().min(MAX_SECTIONS);
    let optional_size = u16_at(&header, 20).unwrap_or_default();
    let table_offset = u64::from(pe_offset) + HEADER as u64 + u64::from(optional_size);
    let mut table = vec![0; usize::from(count) * SECTION];
    let length = file.read_up_to_at(&mut table, table_offset)?;
    table.truncate(length);
    let sections = table.chunks_exact(SECTION).filter_map(section);
    let is_inside = |section: &Section| section.start + section.size <= file.size();
    Ok(Some(sections.filter(is_inside).collect()))
}

fn section(bytes: &[u8]) -> Option<Section> {
    let name: [u8; 8] = array_at(bytes, 0)?;
    let name = name.split(|byte| *byte == 0).next()?;
    let (virtual_size, raw_size) = (u32_at(bytes, 8)?, u32_at(bytes, 16)?);
    Some(Section {
        name: String::from_utf8_lossy(name).into_owned(),
        start: u32_at(bytes, 20)?.into(),
        // The file is padded to its alignment, the size in memory is not.
        size: virtual_size.min(raw_size).into(),
    })
}

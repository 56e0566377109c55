//! ELF notes, as they lie in a PT_NOTE segment.

/// One ELF note: `owner` with its NUL, `kind`, `content`, both padded to four bytes. Little endian.
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

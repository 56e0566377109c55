//! ELF notes, the content of a PT_NOTE segment.

/// Returns a little-endian ELF note of the type `kind`: `owner` with a NUL, and `content`, both padded to 4 bytes.
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

/// Returns a package metadata note, like the one in stage0, with `json` as its content.
pub fn metadata_note(json: &str) -> Vec<u8> {
    note("FDO", 0xcafe_1a7e, &[json.as_bytes(), b"\0"].concat())
}

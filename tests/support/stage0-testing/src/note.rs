//! ELF notes.

/// Returns a little-endian ELF note: the owner with a trailing NUL, the type `kind`, and the content. Owner and
/// content are padded to multiples of 4 bytes.
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

/// Returns the package metadata note of a stage0, with `json` as its content.
pub fn metadata_note(json: &str) -> Vec<u8> {
    note("FDO", 0xcafe_1a7e, &[json.as_bytes(), b"\0"].concat())
}

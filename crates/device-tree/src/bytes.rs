//! Big-endian numbers in bytes.

/// Returns the `N` bytes at `offset`; `None` beyond the end.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.get(..N)?.try_into().ok()
}

pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    array_at(bytes, offset).map(u32::from_be_bytes)
}

/// Returns the text at `offset` without the NUL that ends it.
pub(crate) fn text_at(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let rest = bytes.get(offset..)?;
    rest.get(..rest.iter().position(|byte| *byte == 0)?)
}

/// Rounds up to the alignment of the structure block.
pub(crate) fn align(offset: usize) -> usize {
    offset.next_multiple_of(4)
}

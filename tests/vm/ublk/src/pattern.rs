//! The data of the test device: each word depends on its position, so that no block is in the place of another unnoticed.

/// In bytes; not a multiple of any size that is read.
pub const SIZE: u64 = (8 << 20) + 3 * 4096;

/// The word at a position in words of 8 bytes (the finalizer of SplitMix64).
fn word(index: u64) -> u64 {
    let mixed = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// Fills `data` with the device's content from `offset`, in bytes.
pub fn fill(data: &mut [u8], offset: u64) {
    for (index, bytes) in (offset / 8..).zip(data.chunks_exact_mut(8)) {
        bytes.copy_from_slice(&word(index).to_le_bytes());
    }
}

/// Where `data` first differs from the device's content from `offset`, in bytes from the device's start.
pub fn first_difference(data: &[u8], offset: u64) -> Option<u64> {
    let mut words = (offset / 8..).zip(data.chunks_exact(8));
    words
        .find(|(index, bytes)| *bytes != word(*index).to_le_bytes())
        .map(|(index, _)| index * 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_wrong_byte() {
        let mut data = [0; 4096];
        fill(&mut data, 8192);
        assert_eq!(first_difference(&data, 8192), None);
        assert_eq!(first_difference(&data, 4096), Some(4096));
        data[17] ^= 1;
        assert_eq!(first_difference(&data, 8192), Some(8192 + 16));
    }
}

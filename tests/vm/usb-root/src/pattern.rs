//! Data in which no two blocks are equal, so that a block in the wrong place is noticed, and which does not compress.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// The block, in bytes.
pub const BLOCK: usize = 4096;

/// The content of the block with that number.
pub fn block(number: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut state = number.wrapping_mul(BLOCK as u64);
    for word in block.chunks_exact_mut(8) {
        word.copy_from_slice(&next(&mut state).to_le_bytes());
    }
    block
}

/// The next number of the generator SplitMix64.
pub fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Writes a file of that many blocks.
pub fn write(path: &Path, blocks: u64) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..blocks {
        file.write_all(&block(number))?;
    }
    Ok(file.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_differ() {
        assert_ne!(block(0), block(1));
        assert_ne!(block(1)[..8], block(1)[8..16]);
    }

    #[test]
    fn writes_blocks_in_order() {
        let path = std::env::temp_dir().join(format!("usb-root-pattern-{}", std::process::id()));
        write(&path, 2).unwrap();
        let written = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(written, [block(0), block(1)].concat());
    }
}

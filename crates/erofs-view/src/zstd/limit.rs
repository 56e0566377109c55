//! Adds up what the sequences of a frame decompress to, before the decoder runs: ruzstd does not limit
//! the size of a compressed block, of which 64 KiB can decompress to gigabytes.

use super::fse::{Bits, Table};

/// The maximum size in bytes of a decompressed block: `Block_Maximum_Size` of RFC 8878.
const MAX_BLOCK: u64 = 128 << 10;

/// The tables for lengths of literals, offsets and lengths of matches, which a block can use again.
type Tables = [Option<Table>; 3];

/// For lengths of literals and of matches by their codes: the bits that follow, and the codes above which
/// the lengths are not consecutive any more. RFC 8878, section 3.1.1.3.2.1.1.
const LITERALS_BITS: [u8; 20] = [
    1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
const MATCH_BITS: [u8; 21] = [
    1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];

/// Predefined distributions with the logarithms of their tables' sizes. RFC 8878, section 3.1.1.3.2.2.
const LITERALS: (u32, &[i16]) = (
    6,
    &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1,
        1, 1, -1, -1, -1, -1,
    ],
);
const OFFSETS: (u32, &[i16]) = (
    5,
    &[
        1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
    ],
);
const MATCHES: (u32, &[i16]) = (
    6,
    &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
);

/// Returns whether all blocks in `blocks`, the content of a frame, have at most 128 KiB decompressed;
/// `None` if they are invalid.
pub(super) fn has_valid_sizes(mut blocks: &[u8]) -> Option<bool> {
    let mut tables = [None, None, None];
    loop {
        let (header, rest) = blocks.split_at_checked(3)?;
        let header = little_endian(header);
        let size = (header >> 3) as usize;
        let size_in_frame = if (header >> 1) & 3 == 1 { 1 } else { size };
        let (block, rest) = rest.split_at_checked(size_in_frame)?;
        let is_compressed = (header >> 1) & 3 == 2;
        if is_compressed && block_size(block, &mut tables)? > MAX_BLOCK {
            return Some(false);
        }
        if header & 1 != 0 {
            return Some(true);
        }
        blocks = rest;
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    let byte = |value, byte: &u8| (value << 8) | u64::from(*byte);
    bytes.iter().rev().fold(0, byte)
}

/// Returns the size of a compressed block when it is decompressed.
fn block_size(block: &[u8], tables: &mut Tables) -> Option<u64> {
    let (literals, sequences) = skip_literals(block)?;
    let (count, mut rest) = match sequences {
        [0, rest @ ..] => (0, rest),
        [255, low, high, rest @ ..] => (little_endian(&[*low, *high]) + 0x7f00, rest),
        [high @ 128..=254, low, rest @ ..] => (little_endian(&[*low, high - 128]), rest),
        [count @ 1..=127, rest @ ..] => (u64::from(*count), rest),
        _ => return None,
    };
    if count == 0 {
        return Some(literals);
    }
    let (modes, after) = rest.split_first()?;
    rest = after;
    for (index, predefined) in [LITERALS, OFFSETS, MATCHES].into_iter().enumerate() {
        let table = tables.get_mut(index)?;
        match (modes >> (6 - 2 * index)) & 3 {
            0 => *table = Some(Table::new(predefined.0, predefined.1)?),
            1 => {
                let (symbol, after) = rest.split_first()?;
                *table = Some(Table::single(*symbol));
                rest = after;
            }
            2 => {
                let (parsed, after) = Table::parse(rest)?;
                *table = Some(parsed);
                rest = after;
            }
            _ => {}
        }
    }
    let [Some(literals_table), Some(offsets), Some(matches)] = tables else {
        return None;
    };
    Some(literals + match_sizes(rest, count, [literals_table, offsets, matches])?)
}

/// Returns the decompressed size of the literals, and what follows them.
fn skip_literals(block: &[u8]) -> Option<(u64, &[u8])> {
    let first = *block.first()?;
    let (kind, format) = (first & 3, (first >> 2) & 3);
    let (header, bits) = match (kind, format) {
        (0 | 1, 1) => (2, 12),
        (0 | 1, 3) => (3, 20),
        (0 | 1, _) => (1, 5),
        (_, 2) => (4, 14),
        (_, 3) => (5, 18),
        (_, _) => (3, 10),
    };
    let (header, rest) = block.split_at_checked(header)?;
    let header = little_endian(header) >> if bits == 5 { 3 } else { 4 };
    let size = header & ((1 << bits) - 1);
    let size_in_block = match kind {
        0 => size,
        1 => 1,
        _ => (header >> bits) & ((1 << bits) - 1),
    };
    Some((size, rest.get(size_in_block as usize..)?))
}

/// Returns the sum of the lengths of matches of `count` sequences.
fn match_sizes(stream: &[u8], count: u64, tables: [&Table; 3]) -> Option<u64> {
    let mut bits = Bits::new(stream)?;
    let [mut literals, mut offset, mut length] = [0; 3];
    for (table, state) in tables
        .into_iter()
        .zip([&mut literals, &mut offset, &mut length])
    {
        *state = bits.read(table.log)? as usize;
    }
    let mut sum = 0;
    for index in 0..count {
        let [literals_cell, offset_cell, length_cell] = [
            tables[0].cell(literals)?,
            tables[1].cell(offset)?,
            tables[2].cell(length)?,
        ];
        bits.read(u32::from(offset_cell.symbol))?;
        sum += match_length(length_cell.symbol, &mut bits)?;
        if let Some(skipped) = literals_cell.symbol.checked_sub(16) {
            bits.read((*LITERALS_BITS.get(usize::from(skipped))?).into())?;
        }
        if sum > MAX_BLOCK {
            break;
        }
        if index + 1 < count {
            literals = literals_cell.next(&mut bits)?;
            length = length_cell.next(&mut bits)?;
            offset = offset_cell.next(&mut bits)?;
        }
    }
    Some(sum)
}

fn match_length(code: u8, bits: &mut Bits<'_>) -> Option<u64> {
    let Some(index) = code.checked_sub(32) else {
        return Some(u64::from(code) + 3);
    };
    let index = usize::from(index);
    let base = MATCH_BITS.get(..index)?.iter().map(|bits| 1_u64 << bits);
    let extra = bits.read((*MATCH_BITS.get(index)?).into())?;
    Some(35 + base.sum::<u64>() + extra)
}

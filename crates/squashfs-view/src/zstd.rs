//! Decompresses zstd frames, as RFC 8878 describes them, within limits of memory.

mod fse;
mod limit;

use std::io::Read;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use self::limit::has_valid_sizes;
use crate::compression::too_long;

/// The size in bytes of a frame's magic number, descriptor and window descriptor.
const START_SIZE: usize = 6;

/// Decompresses the frame `input` into `output`, and returns the number of bytes.
pub(crate) fn decompress(input: &[u8], output: &mut [u8]) -> Result<usize, String> {
    let (start, rest) = input.split_first_chunk().ok_or("unexpected end")?;
    let start = limit_window(*start, output.len());
    let mut input = start.chain(rest);
    let mut decoder = FrameDecoder::new();
    decoder
        .init(&mut input)
        .map_err(|error| error.to_string())?;
    if decoder.content_size() > output.len() as u64 {
        return Err(too_long(output.len()));
    }
    // Before the decoder, which would return only when it has a whole block in memory.
    let (start, rest) = input.get_ref();
    let blocks = [*start, *rest].concat();
    if !has_valid_sizes(&blocks).ok_or("invalid blocks")? {
        return Err("a block decompresses to more than 128 KiB".to_owned());
    }
    let mut length = 0;
    while !decoder.is_finished() {
        // One at a time: a frame of few bytes can have blocks for gigabytes.
        decoder
            .decode_blocks(&mut input, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|error| error.to_string())?;
        let room = output.get_mut(length..).unwrap_or_default();
        length += decoder.read(room).map_err(|error| error.to_string())?;
        if decoder.can_collect() > 0 {
            return Err(too_long(output.len()));
        }
    }
    let stored = decoder.get_checksum_from_data();
    if stored.is_some() && stored != decoder.get_calculated_checksum() {
        return Err("checksum mismatch".to_owned());
    }
    Ok(length)
}

/// Returns the start of a frame with the window limited to what `limit` bytes of output need: the decoder
/// keeps as much as the window has, and a frame may declare terabytes.
fn limit_window(mut start: [u8; START_SIZE], limit: usize) -> [u8; START_SIZE] {
    let [.., descriptor, window] = &mut start;
    // Otherwise the window is the size of the content, and that byte is part of it.
    let has_window = *descriptor & 0x20 == 0;
    let exponent = limit.next_power_of_two().ilog2().saturating_sub(10) as u8;
    if has_window && *window > exponent << 3 {
        *window = exponent << 3;
    }
    start
}

#[cfg(test)]
mod tests;

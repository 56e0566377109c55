//! Decompresses zstd frames, as RFC 8878 describes them, within limits of memory.

use std::io::Read;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::compression::too_long;

/// The maximum window in bytes: more than the 1 MiB that the kernel allows, as some programs write
/// frames that declare more than they use. The decoder keeps as much of its output.
const MAX_WINDOW: u64 = 4 << 20;

/// Decompresses the frame `input` into `output`, and returns the number of bytes.
pub(crate) fn decompress(mut input: &[u8], output: &mut [u8]) -> Result<usize, String> {
    let window = window_size(input).ok_or("invalid frame header")?;
    if window > MAX_WINDOW {
        return Err(format!("window of {window} bytes, more than {MAX_WINDOW}"));
    }
    let mut decoder = FrameDecoder::new();
    decoder
        .init(&mut input)
        .map_err(|error| error.to_string())?;
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

/// Returns the window size that a frame's header declares, in bytes.
fn window_size(frame: &[u8]) -> Option<u64> {
    let descriptor = *frame.get(4)?;
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        let byte = *frame.get(5)?;
        let base = 1_u64 << (10 + (byte >> 3));
        return Some(base + base / 8 * u64::from(byte & 7));
    }
    let start = match descriptor & 3 {
        3 => 9,
        dictionary_id_bytes => 5 + usize::from(dictionary_id_bytes),
    };
    let length = 1 << (descriptor >> 6);
    let mut size = [0; 8];
    size.get_mut(..length)?
        .copy_from_slice(frame.get(start..)?.get(..length)?);
    // A size of two bytes is stored less 256.
    Some(u64::from_le_bytes(size).saturating_add(if length == 2 { 256 } else { 0 }))
}

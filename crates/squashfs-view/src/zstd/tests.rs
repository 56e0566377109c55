use super::*;

fn decode(frame: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    let mut output = vec![0; limit];
    let length = decompress(frame, &mut output)?;
    output.truncate(length);
    Ok(output)
}

/// A frame with this descriptor and rest of the header, and these blocks.
fn frame(header: &[u8], blocks: &[&[u8]]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd];
    frame.extend(header);
    frame.extend(blocks.concat());
    frame
}

/// The last block, of 5 bytes as they are.
const LAST: &[u8] = &[0x29, 0, 0, b'h', b'e', b'l', b'l', b'o'];
/// A block of 1000 times the same byte.
const RUN: &[u8] = &[0x42, 0x1f, 0, b'a'];

#[test]
fn decompresses_raw_and_repeated_blocks() {
    assert_eq!(decode(&frame(&[0x20, 5], &[LAST]), 5).unwrap(), b"hello");
    let found = decode(&frame(&[0, 0], &[RUN, LAST]), 2000).unwrap();
    assert_eq!(found, [&[b'a'; 1000][..], b"hello"].concat());
}

/// What `zstd -19 --check` made of one word six times.
const WORDS: &[u8] =
    b"\x28\xb5\x2f\xfd\x04\x68\x6d\x00\x00\x38module \x01\x00\x44\x16\x23\x07\xf2\x0b\x54";

#[test]
fn decompresses_what_zstd_compressed() {
    assert_eq!(decode(WORDS, 8192).unwrap(), b"module ".repeat(6));
}

#[test]
fn verifies_the_checksum() {
    let mut damaged = WORDS.to_vec();
    damaged[10] ^= 1;
    let message = decode(&damaged, 8192).unwrap_err();
    assert_eq!(message, "checksum mismatch");
}

#[test]
fn rejects_more_than_fits() {
    let message = decode(&frame(&[0x20, 5], &[LAST]), 4).unwrap_err();
    assert!(message.contains("more than 4 bytes"), "{message}");
    let blocks = [vec![RUN; 100], vec![LAST]].concat();
    let message = decode(&frame(&[0, 0], &blocks), 8192).unwrap_err();
    assert!(message.contains("more than 8192 bytes"), "{message}");
}

#[test]
fn rejects_truncated_frames() {
    let whole = frame(&[0x20, 5], &[LAST]);
    for length in 0..whole.len() {
        assert!(decode(&whole[..length], 100).is_err(), "{length}");
    }
}

#[test]
fn limits_the_window_to_the_output() {
    // 1.75 TiB, and the same as the size of the content, 2 TiB.
    assert_eq!(decode(&frame(&[0, 0xf7], &[LAST]), 8192).unwrap(), b"hello");
    let size = frame(&[0xe0, 0, 0, 0, 0, 0, 2, 0, 0], &[LAST]);
    let message = decode(&size, 8192).unwrap_err();
    assert!(message.contains("more than 8192 bytes"), "{message}");
    let limited = |window, limit| limit_window([0, 0, 0, 0, 0, window], limit)[5];
    assert_eq!(limited(0xff, 1 << 20), 10 << 3);
    assert_eq!(limited(0xff, 4097), 3 << 3);
    assert_eq!(limited(8, 1 << 20), 8);
    assert_eq!(limited(0xff, 1), 0);
}

/// 4000 sequences without literals, each of which repeats the same byte 65,539 times.
#[test]
fn rejects_a_block_that_decompresses_to_more_than_zstd_allows() {
    // One literal that stays, the number of sequences, and tables of one symbol each.
    let mut content = vec![1 << 3, b'a', 0x80 + (4000 >> 8) as u8, (4000 % 256) as u8];
    content.extend([0x54, 0, 0, 52]);
    // 16 bits of zeros for each length, and the mark of the end.
    content.extend([0; 8000]);
    content.push(1);
    let header = ((content.len() as u32) << 3 | 2 << 1 | 1).to_le_bytes();
    let bomb = frame(&[0, 0], &[RUN, &header[..3], &content]);
    let message = decode(&bomb, 1 << 20).unwrap_err();
    assert_eq!(message, "a block decompresses to more than 128 KiB");
}

use std::io::Write;

use super::*;

/// What `xz --x86 --check=crc32 --lzma2=dict=8KiB` made of [`CODE`].
const XZ: &[u8] = b"\xfd7zXZ\x00\x00\x01\x69\x22\xde\x36\x02\x01\x04\x00\x21\x01\x02\x00\x58\x51\x9b\x31\
    \xe0\x00\x32\x00\x2f\x5d\x00\x31\x98\x49\xef\x12\x70\xf2\xa0\xff\x78\x51\xe3\xba\x51\x1e\x90\xdf\
    \xb6\xe8\x18\xa8\xd2\x94\xcb\x12\x2c\x1d\xd5\xcb\xd5\x05\xf6\x7d\x18\x9b\xd0\xc9\x92\x8d\x7e\x6f\
    \xf6\x53\xf4\xc4\xa0\x00\x00\x00\x6b\x3a\x93\x12\x00\x01\x47\x33\xff\x0d\x6e\x20\x90\x42\x99\x0d\
    \x01\x00\x00\x00\x00\x01YZ";
/// Calls of the processor, whose addresses the filter x86 changes.
const CODE: &[u8] =
    b"call\xe8\0\x10\0\0code\xe8\x40\x10\0\0more\xe8\x80\x10\0\0done\xe9\0\0\0\0end of the code";

/// What `lz4 -9` made of [`WORDS`], without the frame.
const LZ4: &[u8] = b"\x7fmodule \x07\x00\x0bPdule ";
const WORDS: &[u8] = b"module module module module module module ";

/// What liblzo2 made of [`LETTERS`].
const LZO: &[u8] = b"\x14abc\x20\x18\x08\x00\x11\x00\x00";

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn vectors() -> Vec<(Compression, Vec<u8>, Vec<u8>)> {
    vec![
        (Compression::Gzip, zlib(WORDS), WORDS.to_vec()),
        (Compression::Lzo, LZO.to_vec(), b"abc".repeat(20)),
        (Compression::Xz, XZ.to_vec(), CODE.to_vec()),
        (Compression::Lz4, LZ4.to_vec(), WORDS.to_vec()),
    ]
}

#[test]
fn decompresses_what_others_compressed() {
    for (compression, input, expected) in vectors() {
        for limit in [expected.len(), 8192] {
            let found = compression.decompress(&input, limit).unwrap();
            assert_eq!(found, expected, "{compression:?}");
        }
    }
}

#[test]
fn rejects_more_than_fits_and_truncated_blocks() {
    for (compression, input, expected) in vectors() {
        let error = compression.decompress(&input, expected.len() - 1);
        assert!(matches!(error, Err(Error::Corrupt(_))), "{compression:?}");
        for length in 0..input.len() - 1 {
            // Blocks of lz4 do not declare where they end.
            let found = compression.decompress(&input[..length], 8192);
            let is_error = found.is_err() || found.unwrap().len() < expected.len();
            assert!(is_error, "{compression:?} {length}");
        }
    }
}

#[test]
fn names_the_compression_in_errors() {
    let message = Compression::Xz
        .decompress(b"text", 8192)
        .unwrap_err()
        .to_string();
    assert!(message.contains("4 bytes, compressed with xz"), "{message}");
    let message = Compression::from_number(2).unwrap_err().to_string();
    assert!(message.contains("lzma"), "{message}");
}

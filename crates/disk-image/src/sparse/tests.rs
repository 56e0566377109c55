use super::*;

const BLOCK: usize = 8;

/// A sparse image with these chunks: type, number of blocks, and data.
fn image(chunks: &[(u16, u32, &[u8])], extra: u16) -> Vec<u8> {
    let mut image = MAGIC.to_vec();
    for half in [1, 0, 28 + extra, 12 + extra] {
        image.extend(u16::to_le_bytes(half));
    }
    let blocks: u32 = chunks.iter().map(|(_, blocks, _)| blocks).sum();
    for word in [BLOCK as u32, blocks, chunks.len() as u32, 0] {
        image.extend(word.to_le_bytes());
    }
    image.extend(vec![0xee; extra.into()]);
    for (kind, blocks, data) in chunks {
        image.extend(kind.to_le_bytes());
        image.extend([0; 2]);
        image.extend(blocks.to_le_bytes());
        image.extend((12 + u32::from(extra) + data.len() as u32).to_le_bytes());
        image.extend(vec![0xee; extra.into()]);
        image.extend(*data);
    }
    image
}

const CHUNKS: [(u16, u32, &[u8]); 6] = [
    (0xcac1, 2, b"0123456789abcdef"),
    (0xcac2, 2, b"fill"),
    (0xcac4, 0, b"crc."),
    (0xcac3, 1, b""),
    (0xcac3, 1, b""),
    (0xcac1, 1, b"the end."),
];

const CONTENT: &[u8] = b"0123456789abcdeffillfillfillfill\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0the end.";

fn error(image: Vec<u8>) -> String {
    Sparse::new(image, 6).unwrap_err().to_string()
}

#[test]
fn reads_all_types_of_chunks_at_any_offset() {
    for extra in [0, 4] {
        let sparse = Sparse::new(image(&CHUNKS, extra), 6).unwrap();
        assert_eq!(sparse.size(), CONTENT.len() as u64);
        // Two without content are joined, and the checksum has none.
        assert_eq!(sparse.chunks(), 4);
        for start in 0..CONTENT.len() {
            for end in start..=CONTENT.len() {
                let mut bytes = vec![0xff; end - start];
                sparse.read_exact_at(&mut bytes, start as u64).unwrap();
                assert_eq!(bytes, &CONTENT[start..end]);
            }
        }
        for offset in [CONTENT.len() as u64, u64::MAX] {
            let error = sparse.read_exact_at(&mut [0], offset).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}

#[test]
fn rejects_invalid_headers() {
    let with = |at: usize, byte: u8| {
        let mut image = image(&CHUNKS, 0);
        image[at] = byte;
        error(image)
    };
    assert_eq!(with(4, 2), "version 2.0 is not supported");
    assert!(with(8, 27).contains("27 bytes"));
    assert!(with(10, 11).contains("11 bytes"));
    assert!(with(12, 6).contains("multiple of 4"));
    assert!(with(12, 0).contains("multiple of 4"));
    assert_eq!(
        with(16, 8),
        "the chunks have 7 blocks; the header expects 8"
    );
    assert!(with(16, 6).contains("chunk 5: 1 blocks are beyond"));
    assert!(with(23, 1).contains("16777222 chunks"));
    assert!(with(20, 7).contains("7 chunks; at most 6"));
}

#[test]
fn rejects_invalid_chunks() {
    assert!(error(image(&[(0xcac5, 1, b"")], 0)).contains("chunk 0: unknown type 0xcac5"));
    assert!(error(image(&[(0xcac1, 1, b"short")], 0)).contains("17 bytes, expected 20"));
    assert!(error(image(&[(0xcac2, 1, b"")], 0)).contains("12 bytes, expected 16"));
    let whole = image(&CHUNKS, 0);
    for length in 0..whole.len() {
        assert!(
            error(whole[..length].to_vec()).contains("truncated"),
            "{length}"
        );
    }
    let huge = [(0xcac3, u32::MAX, &b""[..]), (0xcac3, 1, b"")];
    let mut image = image(&huge[..1], 0);
    image[20] = 2;
    image.extend(image[28..40].to_vec());
    assert!(error(image).contains("chunk 1"));
}

#[test]
fn empty_images_have_no_content() {
    assert_eq!(Sparse::new(image(&[], 0), 0).unwrap().size(), 0);
    assert_eq!(
        Sparse::new(image(&[(0xcac1, 0, b"")], 0), 1)
            .unwrap()
            .size(),
        0
    );
}

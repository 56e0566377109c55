use super::*;
use crate::MAX_SIZE;
use crate::write::MAGIC;

/// A tree whose structure block consists of these words, with the strings block `ab\0`.
fn flattened(version: u32, words: &[u32]) -> Vec<u8> {
    let size = words.len() as u32 * 4;
    let structure = 40 + 16;
    let header = [
        MAGIC,
        structure + size + 3,
        structure,
        structure + size,
        40,
        version,
        16,
        0,
        3,
        size,
    ];
    let words = header.iter().chain(&[0; 4]).chain(words);
    let mut bytes: Vec<u8> = words.flat_map(|word| word.to_be_bytes()).collect();
    bytes.extend_from_slice(b"ab\0");
    bytes
}

fn message(bytes: &[u8]) -> String {
    DeviceTree::parse(bytes).unwrap_err().to_string()
}

#[test]
fn reads_versions_16_and_17() {
    let words = [1, 0, NOP, PROP, 4, 1, 7, 1, 0x6e00_0000, 2, NOP, 2, NOP, 9];
    let tree = DeviceTree::parse(&flattened(17, &words)).unwrap();
    assert_eq!(tree.root.read_u32("b"), Some(7));
    assert_eq!(tree.root.children[0].name, "n");
    let mut old = flattened(16, &words);
    // The last field of the header is new in version 17.
    old[36..40].fill(0xff);
    assert_eq!(DeviceTree::parse(&old), Ok(tree.clone()));
    assert_eq!(DeviceTree::parse(&flattened(18, &words)), Ok(tree));
}

#[test]
fn rejects_other_formats() {
    assert_eq!(
        message(b"\x7fELF"),
        "not a flattened device tree: magic number 0x7f454c46, expected 0xd00dfeed"
    );
    assert_eq!(
        message(b""),
        "the device tree is damaged: 0 bytes, less than a header"
    );
    let message = message(&flattened(15, &[]));
    assert_eq!(
        message,
        "device tree of version 15, compatible with 16: expected 16 or 17"
    );
}

#[test]
fn rejects_invalid_structures() {
    for (words, expected) in [
        (&[][..], "ends at 0 without"),
        (&[1, 0, 2], "ends at 12 without"),
        (&[1, 0, 2, 1], "token 0x1 after the root"),
        (&[2], "end of a node at 0"),
        (&[9], "token 0x9 at 0"),
        (&[1, 0, 5], "token 0x5 at 8"),
        (&[1, 0x6161_6161], "node at 4: unfinished name"),
        (&[1, 0x6100_0000], "node at 4: the name \"a\""),
        (&[1, 0, 1, 0], "node at 12: the name \"\""),
        (&[1, 0, 1, 0x2f00_0000], "node at 12: the name \"/\""),
        (&[1, 0, PROP, 4, 0], "property ab: 4 bytes at 20"),
        (
            &[1, 0, PROP, u32::MAX, 0, 0],
            "property ab: 4294967295 bytes",
        ),
        (&[1, 0, PROP, 0, 3], "no name at 3"),
        (&[PROP, 0, 0], "property ab at 0: outside"),
        (
            &[1, 0, 1, 0x6100_0000, 2, PROP, 0, 0],
            "property ab at 20: outside",
        ),
    ] {
        let message = message(&flattened(17, words));
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn rejects_blocks_beyond_the_end() {
    let bytes = flattened(17, &[1, 0, 2, 9]);
    for (field, value, expected) in [
        (4, 0x1000, "75 bytes, expected 4096"),
        (8, 0x1000, "structure block: 16 bytes at 4096"),
        (12, 0x1000, "strings block: 3 bytes at 4096"),
        (16, 0x1000, "reservations at 4096"),
        (16, 0x2c, "reservations at 44"),
        (32, u32::MAX, "strings block: 4294967295 bytes"),
        (36, 0x1000, "structure block: 4096 bytes"),
    ] {
        let mut bytes = bytes.clone();
        bytes[field..field + 4].copy_from_slice(&value.to_be_bytes());
        let message = message(&bytes);
        assert!(message.contains(expected), "{field}: {message}");
    }
}

#[test]
fn limits_depth_and_memory() {
    let nested = |depth| {
        let mut words = vec![1, 0];
        words.extend([1, 0x6100_0000].repeat(depth - 1));
        words.extend(vec![2; depth]);
        words.push(9);
        flattened(17, &words)
    };
    assert!(DeviceTree::parse(&nested(MAX_DEPTH)).is_ok());
    let error = DeviceTree::parse(&nested(MAX_DEPTH + 1));
    assert!(matches!(error, Err(Error::TooDeep(_))));

    let mut words = vec![1, 0];
    words.extend([PROP, 0, 0].repeat(MAX_ENTRIES + 1));
    assert!(message(&flattened(17, &words)).contains("more than 16384 properties"));
    let mut words = vec![1, 0];
    words.extend([1, 0x6100_0000, 2].repeat(MAX_ENTRIES + 1));
    assert!(message(&flattened(17, &words)).contains("or children"));

    let node = [1, 0x6100_0000]
        .into_iter()
        .chain([PROP, 0, 0].repeat(16_000))
        .chain([2]);
    let node: Vec<u32> = node.collect();
    let mut words = vec![1, 0];
    words.extend(node.repeat(20));
    assert!(message(&flattened(17, &words)).contains("bytes of memory"));
    let mut large = flattened(17, &words);
    large.resize(MAX_SIZE + 1, 0);
    large[4..8].copy_from_slice(&(MAX_SIZE as u32 + 1).to_be_bytes());
    assert!(message(&large).contains("16777217 bytes, more than"));
}

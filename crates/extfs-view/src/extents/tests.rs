use super::*;
use crate::checksum::Checksum;
use crate::inode::tests::regular;

const BLOCK_SIZE: usize = 1024;

/// An entry of a leaf, and one above: the first block in the file, its length, and the block in the image.
fn extent(first: u32, length: u16, block: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&first.to_le_bytes());
    bytes[4..6].copy_from_slice(&length.to_le_bytes());
    bytes[8..].copy_from_slice(&block.to_le_bytes());
    bytes
}

fn index(first: u32, block: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&first.to_le_bytes());
    bytes[4..8].copy_from_slice(&block.to_le_bytes());
    bytes
}

fn node(size: usize, depth: u16, entries: &[[u8; 12]]) -> Vec<u8> {
    let max = (size / 12 - 1) as u16;
    let fields = [MAGIC, entries.len() as u16, max, depth, 0, 0];
    let mut bytes = fields.map(u16::to_le_bytes).concat();
    bytes.extend(entries.concat());
    bytes.resize(size, 0);
    bytes
}

fn inode(depth: u16, entries: &[[u8; 12]]) -> Inode {
    let mut inode = regular(1 << 40);
    inode.map.copy_from_slice(&node(60, depth, entries));
    inode
}

/// 40,000 blocks, of which the image has the first: 8 and, from 2 on, nodes.
fn blocks(nodes: &[Vec<u8>]) -> Blocks<Vec<u8>> {
    let mut image = vec![0; 2 * BLOCK_SIZE];
    image.extend(nodes.concat());
    Blocks::new(image, BLOCK_SIZE as u64, 40_000)
}

fn message(inode: &Inode, nodes: &[Vec<u8>]) -> String {
    leaf(&blocks(nodes), inode, 5).unwrap_err().to_string()
}

#[test]
fn unwritten_extents_are_holes() {
    let entries = [
        extent(0, 2, 50),
        extent(4, 0x8003, 60),
        extent(7, 0x8000, 70),
    ];
    let leaf = leaf(&blocks(&[]), &inode(0, &entries), 5).unwrap();
    assert_eq!((leaf.start, leaf.end), (0, 1 << 32));
    assert_eq!(leaf.find(1), (Some(51), 1));
    assert_eq!(leaf.find(2), (None, 5));
    assert_eq!(leaf.find(8), (Some(71), 0x7fff));
}

#[test]
fn descends_to_the_leaf() {
    let nodes = [
        node(BLOCK_SIZE, 1, &[index(10, 3), index(100, 4)]),
        node(BLOCK_SIZE, 0, &[extent(20, 1, 50)]),
        node(BLOCK_SIZE, 0, &[extent(100, 1, 60)]),
    ];
    let inode = inode(2, &[index(5, 2), index(200, 9)]);
    let blocks = blocks(&nodes);
    let find = |number| leaf(&blocks, &inode, number).unwrap();
    assert_eq!(find(4), Leaf::hole(0, 5));
    assert_eq!(find(5), Leaf::hole(5, 10));
    let first = find(11);
    assert_eq!((first.start, first.end), (10, 100));
    assert_eq!(first.find(20), (Some(50), 1));
    let second = find(199);
    assert_eq!((second.start, second.end), (100, 200));
    assert_eq!(second.find(100), (Some(60), 1));
    assert_eq!(find(1 << 32).end, u64::MAX);
}

#[test]
fn verifies_checksums() {
    let mut child = node(BLOCK_SIZE, 0, &[extent(0, 9, 50)]);
    let mut inode = inode(1, &[index(0, 2)]);
    inode.seed = Some(Checksum::from_value(7));
    let found = message(&inode, &[child.clone()]);
    assert!(found.contains("expected 0x00000000"), "{found}");
    let sum = Checksum::from_value(7).update(&child[..1020]).value();
    child[1020..].copy_from_slice(&sum.to_le_bytes());
    leaf(&blocks(&[child]), &inode, 5).unwrap();
}

#[test]
fn rejects_invalid_trees() {
    let child = |depth, entries: &[[u8; 12]]| vec![node(BLOCK_SIZE, depth, entries)];
    for (inode, nodes, words) in [
        (regular(9), vec![], "magic number 0x0000"),
        (inode(6, &[index(0, 2)]), vec![], "depth 6"),
        (inode(1, &[]), vec![], "without extents"),
        (inode(0, &[extent(0, 0, 50)]), vec![], "blocks 0 to 0"),
        (
            inode(0, &[extent(u32::MAX, 2, 50)]),
            vec![],
            "to 4294967297",
        ),
        (
            inode(0, &[extent(3, 2, 50), extent(4, 1, 50)]),
            vec![],
            "blocks 4 to 5, expected 5",
        ),
        (
            inode(0, &[extent(0, 2, 39_999)]),
            vec![],
            "2 blocks from block 39999",
        ),
        (inode(0, &[extent(0, 2, 0)]), vec![], "from block 0"),
        (
            inode(1, &[index(3, 2), index(3, 2)]),
            vec![],
            "from block 3 on",
        ),
        (inode(1, &[index(0, 40_000)]), vec![], "block 40000"),
        (
            inode(1, &[index(0, 2)]),
            child(1, &[index(0, 2)]),
            "depth 1, expected 0",
        ),
        (
            inode(1, &[index(3, 2)]),
            child(0, &[extent(2, 1, 9)]),
            "expected 3",
        ),
        (
            inode(1, &[index(3, 2), index(6, 2)]),
            child(0, &[extent(3, 4, 9)]),
            "blocks 3 to 7, expected 3 to 6",
        ),
    ] {
        let message = message(&inode, &nodes);
        assert!(message.contains(words), "{message}");
    }
    let mut full = inode(0, &[extent(0, 1, 9)]);
    full.map[4] = 5;
    let found = message(&full, &[]);
    assert!(found.contains("room for 4"), "{found}");
    full.map[4] = 0;
    assert!(message(&full, &[]).contains("1 extents of up to 0"));
}

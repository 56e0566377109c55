use super::*;
use crate::blocks::Newer;
use crate::journal::header::tests::header;
use crate::journal::replay;
use crate::superblock::tests::parse as superblock;

const BLOCK: usize = 1024;
/// Where the journal of 16 blocks begins.
const JOURNAL: usize = 20;

/// An image of 64 blocks of 1 KiB with a journal in inode 8, which contains the blocks.
fn image(words: &[(usize, u32)], log: &[Vec<u8>]) -> Vec<u8> {
    let mut image = vec![0; 64 * BLOCK];
    // The inodes begin at block 10.
    image[2 * BLOCK + 8] = 10;
    let inode = &mut image[10 * BLOCK + 7 * 256..][..256];
    inode[..2].copy_from_slice(&0o100_600_u16.to_le_bytes());
    inode[5] = (16 * BLOCK / 256) as u8;
    inode[0x22] = 8;
    let map = [0xf30a, 1, 4, 0, 0, 0, 0, 0, 16, 0, JOURNAL as u16, 0];
    inode[0x28..0x40].copy_from_slice(&map.map(u16::to_le_bytes).concat());
    for (index, block) in [header(words)].iter().chain(log).enumerate() {
        image[(JOURNAL + index) * BLOCK..][..block.len()].copy_from_slice(block);
    }
    image
}

fn read(image: Vec<u8>) -> Result<Vec<(u64, Newer)>, Error> {
    let superblock = superblock(&[(0x5c, 4), (0x60, 4), (0xe0, 8)]).unwrap();
    let blocks = Blocks::new(image, 1024, 64);
    Ok(replay(&blocks, &superblock)?.into_iter().collect())
}

fn record(words: &[u32]) -> Vec<u8> {
    let words = [&[0xc03b_3998], words].concat();
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.resize(BLOCK, 0);
    bytes
}

/// A descriptor with the numbers of blocks, of which the second is escaped.
fn descriptor(sequence: u32, numbers: &[u32]) -> Vec<u8> {
    let mut words = vec![1, sequence];
    for (index, number) in numbers.iter().enumerate() {
        let is_last = index + 1 == numbers.len();
        let flags = if is_last { 0xa } else { 2 } | u32::from(index == 1);
        words.extend([*number, flags]);
    }
    record(&words)
}

fn commit(sequence: u32) -> Vec<u8> {
    record(&[2, sequence])
}

fn revoke(sequence: u32, number: u32) -> Vec<u8> {
    record(&[5, sequence, 20, number])
}

fn data() -> Vec<u8> {
    vec![7; BLOCK]
}

/// The content of a block of the log by its position.
fn newer(position: u64, is_escaped: bool) -> Newer {
    Newer {
        block: JOURNAL as u64 + position,
        is_escaped,
    }
}

#[test]
fn later_transactions_win() {
    let log = [
        descriptor(100, &[50, 51]),
        data(),
        data(),
        commit(100),
        descriptor(101, &[51]),
        data(),
        commit(101),
    ];
    let found = read(image(&[], &log)).unwrap();
    assert_eq!(found, [(50, newer(2, false)), (51, newer(6, false))]);
    let found = read(image(&[], &log[..4])).unwrap();
    assert_eq!(found, [(50, newer(2, false)), (51, newer(3, true))]);
}

#[test]
fn uncommitted_transactions_do_not_count() {
    let log = [
        descriptor(100, &[50]),
        data(),
        commit(100),
        descriptor(101, &[51]),
        data(),
        // Of an older round.
        commit(99),
    ];
    let found = read(image(&[], &log)).unwrap();
    assert_eq!(found, [(50, newer(2, false))]);
}

#[test]
fn revoked_blocks_keep_their_content() {
    let mut log = vec![
        descriptor(100, &[50, 51]),
        data(),
        data(),
        commit(100),
        revoke(101, 50),
        commit(101),
    ];
    let found = read(image(&[], &log)).unwrap();
    assert_eq!(found, [(51, newer(3, true))]);
    // Written again later.
    log.extend([descriptor(102, &[50]), data(), commit(102)]);
    let found = read(image(&[], &log)).unwrap();
    assert_eq!(found, [(50, newer(8, false)), (51, newer(3, true))]);
}

#[test]
fn the_log_continues_at_its_beginning() {
    let mut log = vec![data(), commit(100)];
    log.resize(14, data());
    log.push(descriptor(100, &[50]));
    let found = read(image(&[(0x1c, 15)], &log)).unwrap();
    assert_eq!(found, [(50, newer(1, false))]);
}

#[test]
fn a_log_that_repeats_itself_ends() {
    let descriptor = descriptor(100, &[50]);
    let log: Vec<_> = (0..15)
        .map(|index| {
            if index % 2 == 0 {
                descriptor.clone()
            } else {
                data()
            }
        })
        .collect();
    assert!(read(image(&[], &log)).unwrap().is_empty());
    let revoke = revoke(100, 50);
    assert!(read(image(&[], &vec![revoke; 15])).unwrap().is_empty());
}

#[test]
fn an_empty_log_changes_nothing() {
    let log = [descriptor(100, &[50]), data(), commit(100)];
    assert!(read(image(&[(0x1c, 0)], &log)).unwrap().is_empty());
}

#[test]
fn verifies_the_checksums_of_blocks() {
    // Version 3: a descriptor with one tag of 16 bytes.
    let words = [(0x28, 0x10)];
    let seed = crate::checksum::Checksum::EMPTY.update(&[0; 16]);
    let sum = seed.update(&100_u32.to_be_bytes()).update(&data()).value();
    let mut log = [
        record(&[1, 100, 50, 0xa, 0, sum]),
        data(),
        record(&[2, 100]),
    ];
    let sum = seed.update(&log[0]).value();
    log[0][1020..].copy_from_slice(&sum.to_be_bytes());
    let sum = seed.update(&log[2]).value();
    log[2][16..20].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(read(image(&words, &log)).unwrap(), [(50, newer(2, false))]);
    log[1][5] = 8;
    let error = read(image(&words, &log)).unwrap_err();
    assert!(
        error.to_string().contains("checksum of block 22"),
        "{error}"
    );
    log[2][5] = 8;
    assert!(read(image(&words, &log)).unwrap().is_empty());
}

#[test]
fn rejects_fast_commits_that_follow() {
    let words = [(0x28, 0x20), (0x54, 4)];
    for (position, sequence, is_rejected) in [(12, 101, true), (13, 101, true), (13, 100, false)] {
        let mut log = vec![descriptor(100, &[50]), data(), commit(100)];
        log.resize(position - 1, vec![0; BLOCK]);
        log.push(vec![9, 0, 8, 0, 0, 0, 0, 0, sequence]);
        let result = read(image(&words, &log));
        assert_eq!(result.is_err(), is_rejected, "{position} {sequence}");
        if let Err(error) = result {
            assert!(error.to_string().contains("fast commits"), "{error}");
        }
    }
}

#[test]
fn rejects_changes_beyond_the_volume_and_too_many() {
    let log = [descriptor(100, &[64]), data(), commit(100)];
    let error = read(image(&[], &log)).unwrap_err();
    assert!(
        error.to_string().contains("a change of block 64"),
        "{error}"
    );

    let log = [descriptor(100, &[50, 51]), data(), data(), commit(100)];
    let blocks = Blocks::new(image(&[], &log), 1024, 64);
    let superblock = superblock(&[]).unwrap();
    let inode = crate::inode::Inode::read(&blocks, &superblock, 8).unwrap();
    let log = Log {
        blocks: &blocks,
        node: &Node::new(inode).unwrap(),
        header: &JournalHeader::parse(&header(&[]), 16, 1024).unwrap(),
        block_count: 64,
        limit: 1,
    };
    assert!(matches!(log.read(), Err(Error::TooLarge(_))));
}

#[test]
fn external_journals_are_not_supported() {
    let superblock = superblock(&[(0x5c, 4), (0x60, 4)]).unwrap();
    let blocks = Blocks::new(image(&[], &[]), 1024, 64);
    let error = replay(&blocks, &superblock).unwrap_err();
    assert!(error.to_string().contains("external journal"), "{error}");
}

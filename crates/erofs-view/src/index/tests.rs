use file_system::ReadAt;

use super::*;

fn array(form: IndexForm, cluster_bits: u32, has_big_clusters: bool) -> IndexArray {
    IndexArray {
        form,
        start: 0,
        cluster_bits,
        has_big_clusters,
    }
}

fn read(array: &IndexArray, bytes: &[u8], number: u64) -> Result<Index, Error> {
    array.read(number, &|at, part| Ok(bytes.read_exact_at(part, at)?))
}

#[test]
fn reads_full_indexes() {
    let bytes = [
        [1, 0, 7, 0, 9, 0, 0, 0],
        [2, 0, 0, 0, 3, 8, 4, 0],
        [2, 0, 0, 0, 2, 0, 3, 0],
        [3, 0x80, 0, 16, 1, 0, 0, 0],
    ]
    .concat();
    let full = array(IndexForm::Full, 12, true);
    let head = |kind, offset, block| Index::Head {
        kind,
        offset,
        block,
    };
    let inner = |back, forward, blocks| Index::Inner {
        back,
        forward,
        blocks,
    };
    assert_eq!(read(&full, &bytes, 0).unwrap(), head(Kind::Head1, 7, 9));
    assert_eq!(read(&full, &bytes, 1).unwrap(), inner(1, 4, Some(3)));
    assert_eq!(read(&full, &bytes, 2).unwrap(), inner(2, 3, None));
    let message = read(&full, &bytes, 3).unwrap_err().to_string();
    assert!(
        message.contains("byte 4096 of a cluster of 2^12"),
        "{message}"
    );
    let larger = array(IndexForm::Full, 13, false);
    let expected = head(Kind::Head2, 4096, 1);
    assert_eq!(read(&larger, &bytes, 3).unwrap(), expected);
    let message = read(&larger, &bytes, 1).unwrap_err().to_string();
    assert!(
        message.contains("without large physical clusters"),
        "{message}"
    );
    assert!(read(&full, &bytes, 4).is_err());
    assert!(read(&full, &bytes, u64::MAX).is_err());
    assert_eq!(full.end(3).unwrap(), 32);
}

/// A pack of indexes of 14 or 16 bits.
fn pack(values: &[(u32, u32)], block: u32) -> Vec<u8> {
    let bits = if values.len() == 2 { 16 } else { 14 };
    let mut bytes = vec![0; values.len() * bits / 8];
    for (number, (index_type, value)) in values.iter().enumerate() {
        let index = index_type << 12 | value;
        for bit in (0..bits).filter(|bit| index >> bit & 1 != 0) {
            let at = number * bits + bit;
            bytes[at / 8] |= 1 << (at % 8);
        }
    }
    bytes.extend_from_slice(&block.to_le_bytes());
    bytes
}

/// The parts of an index: a head's offset and block, or the numbers of an inner cluster.
fn numbers(index: Index) -> (u64, u64, Option<u64>) {
    match index {
        Index::Head { offset, block, .. } => (offset.into(), block, Some(u64::MAX)),
        Index::Inner {
            back,
            forward,
            blocks,
        } => (back, forward, blocks),
    }
}

const HEAD: Option<u64> = Some(u64::MAX);
const INNER: u32 = 2;

#[test]
fn reads_packs_without_large_clusters() {
    let mut values = [(1, 5); 16];
    values[0] = (INNER, 2);
    values[1] = (INNER, 3);
    values[3] = (INNER, 1);
    values[4] = (INNER, 2);
    values[14] = (INNER, 1);
    // The last one has the distance on.
    values[15] = (INNER, 4);
    let bytes = pack(&values, 100);
    let form = IndexForm::Compact {
        count: 16,
        has_large_packs: true,
    };
    let compact = array(form, 12, false);
    for (number, expected) in [
        (0, (2, 2, None)),
        (1, (3, 1, None)),
        (2, (5, 101, HEAD)),
        (3, (1, 2, None)),
        (5, (5, 102, HEAD)),
        (6, (5, 103, HEAD)),
        (14, (1, 5, None)),
        (15, (2, 4, None)),
    ] {
        let index = read(&compact, &bytes, number).unwrap();
        assert_eq!(numbers(index), expected, "{number}");
    }
    assert!(read(&compact, &bytes, 16).is_err());
    assert_eq!(compact.end(15).unwrap(), 32);
}

#[test]
fn reads_packs_with_large_clusters() {
    let mut values = [(1, 5); 16];
    values[1] = (INNER, 0x800 | 3);
    values[2] = (INNER, 2);
    values[3] = (INNER, 3);
    values[5] = (0, 7);
    values[15] = (INNER, 0x800 | 2);
    let bytes = pack(&values, 100);
    let form = IndexForm::Compact {
        count: 16,
        has_large_packs: true,
    };
    let compact = array(form, 12, true);
    for (number, expected) in [
        (0, (5, 100, HEAD)),
        (1, (1, 3, Some(3))),
        (2, (2, 2, None)),
        (4, (5, 103, HEAD)),
        (5, (7, 104, HEAD)),
        (6, (5, 105, HEAD)),
        (15, (1, 1, Some(2))),
    ] {
        let index = read(&compact, &bytes, number).unwrap();
        assert_eq!(numbers(index), expected, "{number}");
    }
    values[3] = (INNER, 1);
    let message = read(&compact, &pack(&values, 100), 4)
        .unwrap_err()
        .to_string();
    assert!(message.contains("distance 1 in place of"), "{message}");
}

#[test]
fn small_packs_surround_large_ones() {
    let form = |has_large_packs| IndexForm::Compact {
        count: 2 + 32 + 3,
        has_large_packs,
    };
    let mut compact = array(form(true), 12, false);
    compact.start = 24;
    for (number, position, is_large, inside) in [
        (0, 24, false, 0),
        (1, 24, false, 1),
        (2, 32, true, 0),
        (17, 32, true, 15),
        (18, 64, true, 0),
        (34, 96, false, 0),
        (36, 104, false, 0),
    ] {
        let at = compact.pack_position(number).unwrap();
        let found = (at.position, at.is_large, at.number);
        assert_eq!(found, (position, is_large, inside), "{number}");
    }
    assert_eq!(compact.end(36).unwrap(), 112);
    compact.form = form(false);
    let at = compact.pack_position(18).unwrap();
    assert_eq!((at.position, at.is_large), (24 + 9 * 8, false));
}

#[test]
fn rejects_clusters_that_are_too_large_for_packs() {
    for (cluster_bits, has_large_packs, is_valid) in [
        (12, true, true),
        (13, true, false),
        (14, false, true),
        (15, false, false),
    ] {
        let form = IndexForm::Compact {
            count: 16,
            has_large_packs,
        };
        let compact = array(form, cluster_bits, false);
        let index = read(&compact, &[0; 64], 0);
        assert_eq!(index.is_ok(), is_valid, "{cluster_bits}");
    }
}

use super::*;
use crate::inode::tests::regular;

fn entry(prefix: u8, name: &str, start: u16, inode: u32, size: u32) -> Vec<u8> {
    let mut bytes = vec![name.len() as u8, prefix];
    bytes.extend(start.to_le_bytes());
    bytes.extend([inode, size, 0].map(u32::to_le_bytes).concat());
    bytes.extend(name.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn inode(entries: &[Vec<u8>], values: &[u8]) -> Inode {
    let mut inode = regular(0);
    inode.rest = [&MAGIC.to_le_bytes()[..], &entries.concat(), &[0; 4], values].concat();
    inode
}

fn list(inode: &Inode) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let read_value = |inode: u32, size: usize| Ok(vec![inode as u8; size]);
    let mut attributes = Attributes::new(&read_value);
    attributes.add_inode(inode)?;
    let found = attributes.finish().into_iter();
    Ok(found
        .map(|(name, value)| (name.into_string().unwrap(), value))
        .collect())
}

#[test]
fn lists_what_the_kernel_shows() {
    let entries = [
        entry(6, "selinux", 128, 0, 3),
        entry(1, "empty", 0, 0, 0),
        entry(7, "data", 128, 0, 3),
        entry(4, "far", 0, 9, 2),
        entry(2, "", 131, 0, 4),
    ];
    let start = entries.concat().len() + 4;
    let mut values = vec![0; 128 - start];
    values.extend([5, 6, 7, 1, 0, 0, 0]);
    let inode = inode(&entries, &values);
    let expected = [
        ("security.selinux", vec![5, 6, 7]),
        ("system.posix_acl_access", vec![2, 0, 0, 0]),
        ("trusted.far", vec![9, 9]),
        ("user.empty", vec![]),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(list(&inode).unwrap(), expected);
    assert_eq!(inline_data(&inode).unwrap(), [5, 6, 7]);
}

#[test]
fn inodes_without_the_magic_number_have_none() {
    let mut inode = inode(&[entry(1, "a", 0, 0, 0)], &[]);
    inode.rest[3] = 0;
    assert!(list(&inode).unwrap().is_empty());
    let message = inline_data(&inode).unwrap_err().to_string();
    assert!(message.contains("system.data"), "{message}");
}

#[test]
fn verifies_the_checksum_of_a_block() {
    let read_value = |_, _| Ok(Vec::new());
    let mut attributes = Attributes::new(&read_value);
    let mut block = vec![0; 1024];
    block[..4].copy_from_slice(&MAGIC.to_le_bytes());
    block[8] = 1;
    block[32..52].copy_from_slice(&entry(1, "name", 1020, 0, 4));
    let seed = Checksum::from_value(9);
    let error = attributes.add_block(&block, 70, Some(seed)).unwrap_err();
    assert!(error.to_string().contains("block 70 of"), "{error}");
    let sum = seed.update(&70_u64.to_le_bytes()).update(&block).value();
    block[16..20].copy_from_slice(&sum.to_le_bytes());
    attributes.add_block(&block, 70, Some(seed)).unwrap();
    attributes.add_block(&block, 70, None).unwrap();
    assert_eq!(attributes.finish().len(), 2);
    let mut attributes = Attributes::new(&read_value);
    block[8] = 2;
    let error = attributes.add_block(&block, 70, None).unwrap_err();
    assert!(error.to_string().contains("and 2 blocks"), "{error}");
}

#[test]
fn rejects_names_and_values_beyond_the_end() {
    let mut long = entry(1, "name", 0, 0, 0);
    long[0] = 200;
    for entries in [
        vec![long],
        vec![entry(1, "name", 0, 0, 100)],
        vec![entry(1, "name", u16::MAX, 0, 1)],
        vec![entry(1, "name", 0, 0, u32::MAX)],
    ] {
        let error = list(&inode(&entries, &[])).unwrap_err();
        assert!(error.to_string().contains("bytes of name"), "{error}");
    }
    let mut endless = inode(&[entry(1, "name", 0, 0, 0)], &[]);
    endless.rest.truncate(24);
    assert!(list(&endless).is_err());
}

#[test]
fn limits_sizes() {
    let one = inode(&[entry(1, "name", 0, 5, 65537)], &[]);
    assert!(matches!(list(&one), Err(Error::TooLarge(_))));
    let many = inode(&vec![entry(1, "name", 0, 5, 65536); 65], &[]);
    assert!(matches!(list(&many), Err(Error::TooLarge(_))));
}

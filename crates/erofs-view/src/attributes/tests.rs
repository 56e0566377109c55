use file_system::ReadAt;

use super::*;

fn entry(prefix: u8, name: &str, value: &[u8]) -> Vec<u8> {
    let mut entry = vec![name.len() as u8, prefix, value.len() as u8, 0];
    entry.extend_from_slice(name.as_bytes());
    entry.extend_from_slice(value);
    entry.resize(entry.len().next_multiple_of(4), 0);
    entry
}

/// Attributes with shared ones, which have the numbers of their positions in units of 4 bytes.
fn inline(shared: &[u8], entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0xff; 4];
    bytes.push(shared.len() as u8);
    bytes.extend_from_slice(&[0; 7]);
    for id in shared {
        bytes.extend_from_slice(&[*id, 0, 0, 0]);
    }
    bytes.extend_from_slice(&entries.concat());
    bytes
}

fn read(inline: &[u8], shared: &[u8], prefixes: &[LongPrefix]) -> Result<Vec<String>, Error> {
    let attributes = Attributes {
        read_inline: &|at, bytes| Ok(inline.read_exact_at(bytes, at)?),
        read_shared: &|at, bytes| Ok(shared.read_exact_at(bytes, at)?),
        shared: 4,
        prefixes,
    };
    let found = attributes.read(0, inline.len() as u32)?;
    let texts = found.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value);
        format!("{}={value}", name.to_str().unwrap())
    });
    Ok(texts.collect())
}

#[test]
fn reads_inline_and_shared_attributes() {
    let shared = [vec![0; 4], entry(1, "x", b"1"), entry(4, "overlay", b"y")].concat();
    let inline = inline(
        &[2, 0],
        &[entry(6, "selinux", b"label"), entry(2, "", b"acl")],
    );
    assert_eq!(
        read(&inline, &shared, &[]).unwrap(),
        [
            "security.selinux=label",
            "system.posix_acl_access=acl",
            "trusted.overlay=y",
            "user.x=1"
        ]
    );
    assert_eq!(read(&[], &[], &[]).unwrap(), [""; 0]);
}

#[test]
fn reads_long_prefixes() {
    let stored = b"\x05\0\x01abc.\0\x01\0\x04".to_vec();
    let prefixes = read_prefixes(&|at, bytes| Ok(stored.read_exact_at(bytes, at)?), 0, 2).unwrap();
    assert_eq!(prefixes, [&b"\x01abc."[..], b"\x04"]);
    let inline = inline(
        &[],
        &[
            entry(0x80, "d", b"1"),
            entry(0x81, "e", b"2"),
            entry(0x82, "f", b"3"),
            entry(0, "g", b"4"),
            entry(7, "h", b"5"),
        ],
    );
    assert_eq!(
        read(&inline, &[], &prefixes).unwrap(),
        ["trusted.e=2", "user.abc.d=1"]
    );
    assert!(read_prefixes(&|at, bytes| Ok(stored.read_exact_at(bytes, at)?), 0, 3).is_err());
    assert!(read_prefixes(&|_, _| Ok(()), 0, 1).is_err());
}

#[test]
fn rejects_entries_beyond_the_end() {
    let mut bytes = inline(&[], &[entry(1, "x", b"1")]);
    bytes[14] = 4;
    let message = read(&bytes, &[], &[]).unwrap_err().to_string();
    assert!(message.contains("9 bytes, beyond"), "{message}");
    bytes[4] = 200;
    let message = read(&bytes, &[], &[]).unwrap_err().to_string();
    assert!(message.contains("20 bytes with 200 shared"), "{message}");
    assert!(read(&inline(&[9], &[]), &[], &[]).is_err());
}

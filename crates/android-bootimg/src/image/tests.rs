use super::*;
use crate::{Limits, Parts, Plan};

/// An image whose parts have 2 bytes each.
fn image(version: Version) -> Vec<u8> {
    let part = b"ab".to_vec();
    let mut parts = Parts::new(&part, &part);
    if version == Version::V2 {
        parts.dtb = Some(&part);
        parts.recovery_dtbo = Some(&part);
    }
    let mut bytes = Vec::new();
    let plan = Plan::new(Header::new(version), parts, &Limits::default()).unwrap();
    plan.write(&mut bytes).unwrap();
    bytes
}

fn put(bytes: &mut [u8], offset: usize, number: u32) {
    bytes[offset..offset + 4].copy_from_slice(&number.to_le_bytes());
}

fn message(bytes: &[u8]) -> String {
    BootImage::parse(&bytes.to_vec()).unwrap_err().to_string()
}

#[test]
fn recognizes_other_files() {
    assert_eq!(
        message(b"VNDRBOOT\x03\0\0\0"),
        "a vendor_boot image, which has no kernel and is not supported; name the boot image that belongs to it"
    );
    assert_eq!(
        message(b"\x1f\x8bANDROID!"),
        "not an Android boot image: expected \"ANDROID!\" at the beginning, found \"\\x1f\\x8bANDROI\""
    );
    assert!(message(b"").ends_with("found \"\""));
}

#[test]
fn rejects_other_versions() {
    let mut bytes = image(Version::V0);
    put(&mut bytes, VERSION, 5);
    assert!(message(&bytes).starts_with("header version 5: expected 0 to 4"));
}

#[test]
fn rejects_truncated_headers() {
    for (version, size) in Version::ALL.into_iter().zip([1632, 1648, 1660, 1580, 1584]) {
        let mut bytes = image(version);
        bytes.truncate(size - 1);
        let expected = format!(
            "damaged: header: the file has {} bytes, expected at least {size}",
            size - 1
        );
        assert_eq!(message(&bytes), expected);
        bytes.truncate(44);
        assert!(message(&bytes).starts_with("damaged: header: "));
    }
}

#[test]
fn rejects_parts_beyond_the_end() {
    let mut bytes = image(Version::V0);
    put(&mut bytes, v0::SECOND_SIZE, u32::MAX);
    assert_eq!(
        message(&bytes),
        "damaged: second: 4294967295 bytes at 6144, but the file has 6144 bytes"
    );
    put(&mut bytes, KERNEL_SIZE, u32::MAX);
    assert!(message(&bytes).starts_with("damaged: kernel: 4294967295 bytes at 2048"));
}

#[test]
fn rejects_other_page_sizes() {
    let mut bytes = image(Version::V1);
    put(&mut bytes, v0::PAGE_SIZE, 0);
    assert!(message(&bytes).starts_with("page size: expected a power of two"));
}

#[test]
fn the_padding_at_the_end_may_be_missing_and_more_may_follow() {
    let mut bytes = image(Version::V3);
    assert_eq!(bytes.len(), 3 * 4096);
    bytes.truncate(2 * 4096 + 2);
    assert_eq!(BootImage::parse(&bytes).unwrap().size(), 3 * 4096);
    assert!(message(&bytes[..2 * 4096 + 1]).starts_with("damaged: ramdisk"));
    bytes.resize(1 << 20, 0);
    assert_eq!(BootImage::parse(&bytes).unwrap().size(), 3 * 4096);
}

#[test]
fn images_may_lack_a_kernel_or_a_ramdisk() {
    // init_boot images have only a ramdisk, generic kernel images only a kernel.
    let mut bytes = image(Version::V4);
    put(&mut bytes, KERNEL_SIZE, 0);
    let image = BootImage::parse(&bytes).unwrap();
    assert!(image.part(Part::Kernel).is_none());
    let ranges: Vec<_> = image.parts().map(|range| range.offset).collect();
    assert_eq!(ranges, [4096]);
}

#[test]
fn other_ids_are_reported() {
    let mut bytes = image(Version::V0);
    bytes[2048] = b'x';
    let image = BootImage::parse(&bytes).unwrap();
    assert_ne!(image.compute_id().unwrap(), image.id());
    let bytes = self::image(Version::V3);
    let image = BootImage::parse(&bytes).unwrap();
    assert_eq!(image.id(), None);
    assert_eq!(image.compute_id().unwrap(), None);
}

#[test]
fn reads_command_lines_that_fill_the_first_field() {
    let mut bytes = image(Version::V0);
    bytes[v0::CMDLINE..v0::CMDLINE + 512].fill(b'a');
    bytes[v0::EXTRA_CMDLINE] = b'b';
    let image = BootImage::parse(&bytes).unwrap();
    assert_eq!(image.header().cmdline.len(), 513);
}

#[test]
fn unusual_headers_are_read_with_warnings() {
    let mut bytes = image(Version::V2);
    assert!(BootImage::parse(&bytes).unwrap().warnings().is_empty());
    put(&mut bytes, v0::HEADER_SIZE, 0);
    put(&mut bytes, v0::RECOVERY_DTBO_OFFSET, 1);
    put(&mut bytes, v0::DTB_SIZE, 0);
    assert_eq!(
        BootImage::parse(&bytes).unwrap().warnings(),
        [
            "header size: expected 1660, found 0 bytes",
            "dtb: missing, but header version 2 requires it",
            "recovery_dtbo offset: expected 6144, found 1"
        ]
    );
}

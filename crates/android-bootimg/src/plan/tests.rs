use std::io;

use read_at::ReadAt;

use super::*;
use crate::{Addresses, BootImage, Version};

/// A part of zeros; reading it fails beyond 1 MiB.
struct Zeros(u64);

impl ReadAt for Zeros {
    fn size(&self) -> u64 {
        self.0
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        if offset >= 1 << 20 {
            return Err(io::Error::other("broken"));
        }
        bytes.fill(0);
        Ok(())
    }
}

fn parts() -> Parts<'static> {
    Parts::new(&Zeros(1), &Zeros(2))
}

/// The message about a plan of an image of this version.
fn message(version: Version, parts: Parts) -> String {
    let plan = Plan::new(Header::new(version), parts, &Limits::default());
    plan.unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read() {
    let [kernel, ramdisk, other] = [5000, 4096, 1].map(|size| vec![size as u8; size]);
    for version in Version::ALL {
        let mut header = Header::new(version);
        header.cmdline = b"a".repeat(1000);
        header.os_version = "14.0.0".parse().ok();
        header.patch_level = "2026-11".parse().ok();
        let mut parts = Parts::new(&kernel, &ramdisk);
        if version.has_addresses() {
            header.name = b"board".to_vec();
            parts.second = Some(&other);
        }
        if matches!(version, Version::V1 | Version::V2) {
            parts.recovery_dtbo = Some(&other);
        }
        parts.dtb = (version == Version::V2).then_some(&other);
        parts.signature = (version == Version::V4).then_some(&other);
        if let (Some(addresses), true) = (&mut header.addresses, version != Version::V2) {
            addresses.dtb = 0;
        }
        let plan = Plan::new(header.clone(), parts, &Limits::default()).unwrap();
        let mut bytes = Vec::new();
        plan.write(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, plan.size());
        let image = BootImage::parse(&bytes).unwrap();
        assert_eq!(*image.header(), header);
        assert_eq!(image.size(), plan.size());
        assert_eq!(image.id(), plan.id().unwrap());
        assert_eq!(image.compute_id().unwrap(), image.id());
        assert!(image.warnings().is_empty());
        for part in Part::ALL {
            let found = image.part(part).map(|part| {
                let mut content = vec![0; part.size() as usize];
                part.read_exact_at(&mut content, 0).unwrap();
                content
            });
            let expected = parts.get(part).map(|part| {
                let mut content = vec![0; part.size() as usize];
                part.read_exact_at(&mut content, 0).unwrap();
                content
            });
            assert_eq!(found, expected, "{version} {part}");
        }
    }
}

#[test]
fn images_without_second_have_no_address_for_it() {
    let mut bytes = Vec::new();
    let plan = Plan::new(Header::new(Version::V0), parts(), &Limits::default()).unwrap();
    plan.write(&mut bytes).unwrap();
    let image = BootImage::parse(&bytes).unwrap();
    assert_eq!(image.header().addresses.unwrap().second, 0);
}

#[test]
fn rejects_empty_parts() {
    assert_eq!(
        message(Version::V0, Parts::new(&Zeros(1), &Zeros(0))),
        "ramdisk: 0 bytes, which boot loaders reject"
    );
    assert_eq!(
        message(Version::V3, Parts::new(&Zeros(0), &Zeros(1))),
        "kernel: 0 bytes, which boot loaders reject"
    );
    let mut parts = parts();
    parts.second = Some(&Zeros(0));
    assert_eq!(
        message(Version::V1, parts),
        "second: 0 bytes, which boot loaders reject"
    );
}

#[test]
fn version_2_requires_a_device_tree() {
    assert_eq!(
        message(Version::V2, parts()),
        "dtb: missing, but header version 2 requires it"
    );
}

#[test]
fn rejects_parts_that_the_version_lacks() {
    let some: Option<&dyn ReadAt> = Some(&Zeros(1));
    let (mut second, mut dtbo, mut dtb, mut signature) = (parts(), parts(), parts(), parts());
    second.second = some;
    dtbo.recovery_dtbo = some;
    dtb.dtb = some;
    signature.signature = some;
    for (version, parts, part) in [
        (Version::V3, second, "second"),
        (Version::V0, dtbo, "recovery_dtbo"),
        (Version::V4, dtbo, "recovery_dtbo"),
        (Version::V1, dtb, "dtb"),
        (Version::V3, dtb, "dtb"),
        (Version::V3, signature, "signature"),
    ] {
        assert_eq!(
            message(version, parts),
            format!("{part}: not supported by header version {version}")
        );
    }
}

#[test]
fn sizes_fit_32_bits() {
    assert_eq!(
        message(Version::V0, Parts::new(&Zeros(1 << 32), &Zeros(1))),
        "kernel: 4294967296 bytes, expected at most 4294967295"
    );
    let half = Zeros(1 << 31);
    assert_eq!(
        message(Version::V0, Parts::new(&half, &half)),
        "boot image: 4294969344 bytes, expected at most 4294967295"
    );
}

#[test]
fn limits_of_the_boot_loader_are_checked() {
    let limits = Limits {
        cmdline: Some(511),
        image: Some(6144),
    };
    let header = Header::new(Version::V0);
    assert!(Plan::new(header.clone(), parts(), &limits).is_ok());
    let large = Plan::new(header.clone(), Parts::new(&Zeros(2049), &Zeros(1)), &limits);
    assert_eq!(
        large.unwrap_err().to_string(),
        "boot image: 8192 bytes, expected at most 6144"
    );
    let mut long = header;
    long.cmdline = vec![b'a'; 512];
    let error = Plan::new(long, parts(), &limits).unwrap_err();
    assert!(error.to_string().starts_with("command line: 512 bytes"));
}

#[test]
fn a_part_that_cannot_be_read_is_named_before_anything_is_written() {
    let plan = Plan::new(
        Header::new(Version::V0),
        Parts::new(&Zeros(1), &Zeros(2 << 20)),
        &Limits::default(),
    );
    let mut output = Vec::new();
    let error = plan.unwrap().write(&mut output).unwrap_err();
    assert_eq!(error.to_string(), "ramdisk: cannot read: broken");
    assert!(output.is_empty());
}

#[test]
fn an_output_that_fails_is_an_error() {
    let plan = Plan::new(Header::new(Version::V3), parts(), &Limits::default()).unwrap();
    let mut full = [0; 100];
    let error = plan.write(&mut full.as_mut_slice()).unwrap_err();
    assert!(matches!(error, Error::Write(_)), "{error}");
}

#[test]
fn addresses_are_those_of_mkbootimg() {
    let mut bytes = Vec::new();
    let plan = Plan::new(Header::new(Version::V0), parts(), &Limits::default()).unwrap();
    plan.write(&mut bytes).unwrap();
    let expected = Addresses {
        second: 0,
        dtb: 0,
        ..Addresses::default()
    };
    let image = BootImage::parse(&bytes).unwrap();
    assert_eq!(image.header().addresses, Some(expected));
}

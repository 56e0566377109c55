//! Android boot images that mkbootimg made (`seeds/bootimg/make`), and damaged ones.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use android_bootimg::{
    Addresses, BootImage, Error, Header, Limits, Offsets, Part, Parts, Plan, Version, appended_dtb,
};
use images_tests::damages;
use read_at::ReadAt;

const DTB: &[u8] = include_bytes!("../seeds/device-tree/base.dtb");

const SEEDS: [(&str, &[u8]); 7] = [
    (
        "v0-gz-dtb",
        include_bytes!("../seeds/bootimg/v0-gz-dtb.img"),
    ),
    (
        "v0-second",
        include_bytes!("../seeds/bootimg/v0-second.img"),
    ),
    ("v1", include_bytes!("../seeds/bootimg/v1.img")),
    ("v2", include_bytes!("../seeds/bootimg/v2.img")),
    (
        "v2-no-dtbo",
        include_bytes!("../seeds/bootimg/v2-no-dtbo.img"),
    ),
    ("v3", include_bytes!("../seeds/bootimg/v3.img")),
    ("v4", include_bytes!("../seeds/bootimg/v4.img")),
];

fn seed(name: &str) -> Vec<u8> {
    let found = SEEDS.iter().find(|(seed, _)| *seed == name);
    found.unwrap().1.to_vec()
}

fn bytes(content: &dyn ReadAt) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(content.size()).unwrap()];
    content.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

/// Writes an image with the header and the parts of another.
fn write(header: Header, image: &BootImage) -> Result<Vec<u8>, Error> {
    let contents = Part::ALL.map(|part| image.part(part));
    let [kernel, ramdisk, others @ ..] = &contents;
    let (Some(kernel), Some(ramdisk)) = (kernel, ramdisk) else {
        return Err(Error::Empty(Part::Kernel));
    };
    let mut parts = Parts::new(kernel, ramdisk);
    [
        parts.second,
        parts.recovery_dtbo,
        parts.dtb,
        parts.signature,
    ] = others
        .each_ref()
        .map(|content| content.as_ref().map(|content| content as &dyn ReadAt));
    let plan = Plan::new(header, parts, &Limits::default())?;
    let mut bytes = Vec::new();
    plan.write(&mut bytes)?;
    assert_eq!(bytes.len() as u64, plan.size());
    Ok(bytes)
}

/// The command line of some seeds: 1600 bytes.
fn long_cmdline() -> String {
    (1..=100)
        .map(|number| format!("option{number:03}=value "))
        .collect()
}

#[test]
fn writes_what_mkbootimg_writes() {
    let addresses = |base, dtb| {
        let offsets = Offsets {
            dtb,
            ..Offsets::default()
        };
        Addresses::new(base, &offsets).unwrap()
    };
    let header = |version, page_size, cmdline: &str| Header {
        page_size,
        cmdline: cmdline.into(),
        ..Header::new(version)
    };
    let long = long_cmdline();
    let expected = [
        Header {
            addresses: Some(addresses(0x8000_0000, 0)),
            name: b"board".to_vec(),
            ..header(Version::V0, 2048, "console=ttyMSM0,115200n8")
        },
        header(Version::V0, 4096, &long[..1534]),
        Header {
            os_version: "9.0.1".parse().ok(),
            patch_level: "2018-12".parse().ok(),
            ..header(Version::V1, 2048, &long[..512])
        },
        Header {
            addresses: Some(addresses(0x1000_0000, 0x1_01f0_0000)),
            name: b"123456789012345".to_vec(),
            os_version: "14".parse().ok(),
            patch_level: "2026-11".parse().ok(),
            ..header(Version::V2, 4096, &long[..511])
        },
        header(Version::V2, 16384, ""),
        Header {
            os_version: "12.1.0".parse().ok(),
            ..header(Version::V3, 4096, &long[..1535])
        },
        Header {
            patch_level: "2127-12".parse().ok(),
            ..header(Version::V4, 4096, "")
        },
    ];
    for ((name, seed), expected) in SEEDS.iter().zip(expected) {
        let image = BootImage::parse(seed).unwrap();
        assert_eq!(image.header().cmdline, expected.cmdline, "{name}");
        assert!(image.warnings().is_empty(), "{name}");
        assert_eq!(image.compute_id().unwrap(), image.id(), "{name}");
        assert!(write(expected, &image).unwrap() == *seed, "{name}");
        // What was read is what was written.
        let again = write(image.header().clone(), &image).unwrap();
        assert!(again == *seed, "{name}");
    }
}

#[test]
fn reads_the_parts() {
    let names = |image: &BootImage| -> Vec<_> { image.parts().map(|range| range.part).collect() };
    let seed = seed("v2");
    let image = BootImage::parse(&seed).unwrap();
    assert_eq!(
        names(&image),
        [Part::Kernel, Part::Ramdisk, Part::RecoveryDtbo, Part::Dtb]
    );
    assert_eq!(bytes(&image.part(Part::Dtb).unwrap()), DTB);
    assert_eq!(bytes(&image.part(Part::Ramdisk).unwrap()), b"070701ramdisk");
    let seed = self::seed("v1");
    let image = BootImage::parse(&seed).unwrap();
    assert_eq!(bytes(&image.part(Part::Second).unwrap()), [b's'; 4096]);
    assert_eq!(
        bytes(&image.part(Part::RecoveryDtbo).unwrap()),
        b"\xd7\xb7\xab\x1eoverlays"
    );
}

#[test]
fn finds_the_device_tree_behind_a_kernel() {
    for (name, expected) in [("v0-gz-dtb", Some(DTB)), ("v2", None), ("v0-second", None)] {
        let seed = seed(name);
        let image = BootImage::parse(&seed).unwrap();
        let found = appended_dtb(&image.part(Part::Kernel).unwrap()).unwrap();
        assert_eq!(found.map(|dtb| bytes(&dtb)).as_deref(), expected, "{name}");
    }
}

#[test]
fn damaged_images_are_errors_or_images() {
    let mut count = 0;
    for (_, seed) in SEEDS {
        // The numbers of the header. Texts and parts are not interpreted.
        let headers = damages(seed, 2)
            .take_while(|faulty| faulty.start < 1664)
            .filter(|faulty| !(64..1568).contains(&faulty.start) || faulty.start % 64 == 0);
        for faulty in headers {
            let Ok(image) = BootImage::parse(&faulty) else {
                continue;
            };
            count += 1;
            let end = image
                .parts()
                .map(|range| range.offset + u64::from(range.size));
            assert!(end.max() <= Some(faulty.size()));
            image.compute_id().unwrap();
            if let Some(kernel) = image.part(Part::Kernel) {
                let _ = appended_dtb(&kernel);
            }
            let Ok(again) = write(image.header().clone(), &image) else {
                continue;
            };
            let again = BootImage::parse(&again).unwrap();
            assert_eq!(again.header().cmdline, image.header().cmdline);
            assert!(again.parts().eq(image.parts()));
        }
    }
    assert!(count > 1000, "{count}");
}

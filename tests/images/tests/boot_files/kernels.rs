//! Kernels made by hand, and damaged ones.

use std::io::{self, Write};

use boot_files::{Kernel, Uki};
use flate2::Compression;
use flate2::write::GzEncoder;
use images_tests::damages;

/// An arm64 Image.
pub(crate) fn image(release: &str) -> Vec<u8> {
    let mut image = b"MZ".to_vec();
    image.resize(0x38, 0);
    image.extend(b"ARM\x64");
    image.resize(0x1000, 0);
    image.extend(format!("Linux version {release} (user@host) #1 SMP\n\0").bytes());
    image.resize(0x2000, 0);
    image
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zboot(payload: &[u8]) -> Vec<u8> {
    let mut image = b"MZ\0\0zimg".to_vec();
    image.extend(0x40_u32.to_le_bytes());
    image.extend((payload.len() as u32).to_le_bytes());
    image.resize(24, 0);
    image.extend(b"gzip");
    image.resize(0x40, 0);
    image.extend(payload);
    image
}

/// A unified kernel image: a PE file for arm64 with sections.
pub(crate) fn uki(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = b"MZ".to_vec();
    file.resize(0x3c, 0);
    file.extend(0x40_u32.to_le_bytes());
    file.extend(b"PE\0\0\x64\xaa");
    file.extend((sections.len() as u16).to_le_bytes());
    file.resize(0x40 + 24, 0);
    let mut start = file.len() + 40 * sections.len();
    for (name, content) in sections {
        let mut header = name.as_bytes().to_vec();
        header.resize(8, 0);
        for field in [content.len(), 0, content.len(), start] {
            header.extend((field as u32).to_le_bytes());
        }
        header.resize(40, 0);
        file.extend(header);
        start += content.len();
    }
    file.extend(sections.iter().flat_map(|section| section.1));
    file
}

#[test]
fn damaged_kernels_end_in_errors() {
    let plain = image("6.1");
    let mut zimage = vec![0; 0x24];
    zimage.extend(0x016f_2818_u32.to_le_bytes());
    zimage.extend(gzip(&plain));
    let sections: [(&str, &[u8]); 3] = [
        (".uname", b"6.1"),
        (".dtb", b"tree"),
        (".linux", &zboot(&gzip(&plain))),
    ];
    for file in [
        plain.clone(),
        gzip(&plain),
        zboot(&gzip(&plain)),
        zimage,
        uki(&sections),
    ] {
        Kernel::open(&*file).unwrap();
        for damaged in damages(&file, if file.len() > 0x1000 { 64 } else { 4 }) {
            if let Ok(kernel) = Kernel::open(&damaged) {
                let _ = kernel.release();
                let image = kernel.image();
                let _ = image.map(|mut image| io::copy(&mut image, &mut io::sink()));
            }
            if let Ok(Some(uki)) = Uki::read(&damaged) {
                let _ = uki.release(&damaged);
                let _ = uki.device_trees(&damaged);
            }
        }
    }
}

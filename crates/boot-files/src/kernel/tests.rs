use super::*;
use crate::test_tree::{gzip, image, pe, zboot};

/// The form, the architecture and the release.
fn describe(file: &[u8]) -> (String, Option<String>) {
    let kernel = Kernel::open(file).unwrap();
    let text = format!("{} {}", kernel.architecture(), kernel.form());
    (text, kernel.release().unwrap())
}

fn content(file: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let kernel = Kernel::open(file).unwrap();
    kernel.image().unwrap().read_to_end(&mut content).unwrap();
    content
}

#[test]
fn reads_arm64_images_in_all_packings() {
    let plain = image("6.12.1-arm64", 300_000);
    let uki = |kernel: &[u8]| pe(&[(".text", b"stub"), (".linux", kernel), (".uname", b"x\0")]);
    for (file, form) in [
        (plain.clone(), "Image"),
        (gzip(&plain), "Image, gzip"),
        (
            [gzip(&plain), b"device tree".to_vec()].concat(),
            "Image, gzip",
        ),
        (zboot(&gzip(&plain), "gzip"), "Image, EFI zboot, gzip"),
        (uki(&plain), "Image, unified kernel image"),
        (
            uki(&zboot(&gzip(&plain), "gzip")),
            "Image, EFI zboot, gzip, unified kernel image",
        ),
    ] {
        let expected = (format!("aarch64 {form}"), Some("6.12.1-arm64".to_owned()));
        assert_eq!(describe(&file), expected);
        assert!(content(&file) == plain, "{form}");
    }
}

#[test]
fn reads_the_header_of_an_image() {
    for file in [image("6", 0), gzip(&image("6", 0))] {
        let kernel = Kernel::open(&*file).unwrap();
        let header = kernel.image_header().unwrap();
        assert_eq!(
            (header.text_offset, header.image_size, header.flags),
            (0, 0x20_0000, 10)
        );
    }
}

#[test]
fn finds_a_banner_wherever_pieces_end() {
    for padding in (PIECE - 200..PIECE).step_by(7) {
        let file = image("6.12.1", padding);
        assert_eq!(describe(&file).1.as_deref(), Some("6.12.1"), "{padding}");
    }
}

#[test]
fn a_kernel_without_a_banner_has_no_release() {
    for release in ["", "v6", "6/../x", "6.1\u{1}", &"6".repeat(70)] {
        assert_eq!(describe(&image(release, 0)).1, None, "{release}");
    }
}

#[test]
fn reads_a_riscv_image() {
    let mut file = image("6.12.1", 0);
    file[0x38..0x3c].copy_from_slice(b"RSC\x05");
    assert_eq!(
        describe(&file),
        ("riscv Image".into(), Some("6.12.1".into()))
    );
}

#[test]
fn reads_zimages_of_both_byte_orders() {
    for magic in [0x016f_2818_u32.to_le_bytes(), 0x016f_2818_u32.to_be_bytes()] {
        let mut file = vec![0; 0x24];
        file.extend(magic);
        file.resize(5000, 0);
        // Code that looks like a compressed stream.
        file.extend([0x1f, 0x8b, 8, 0]);
        file.resize(9001, 0);
        file.extend(gzip(b"...Linux version 6.12.1-armmp (user@host)"));
        file.extend([0; 10]);
        let expected = ("arm zImage".into(), Some("6.12.1-armmp".into()));
        assert_eq!(describe(&file), expected);
        assert_eq!(content(&file), file);
    }
}

#[test]
fn reads_bzimages() {
    let mut file = vec![0; 0x300];
    file[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    file[0x202..0x206].copy_from_slice(b"HdrS");
    assert_eq!(describe(&file), ("x86 bzImage".into(), None));
    file[0x20e..0x210].copy_from_slice(&0x100_u16.to_le_bytes());
    file[0x236] = 1;
    file.extend(b"6.12.1-amd64 (user@host) #1");
    file.resize(0x340, 0);
    let expected = ("x86_64 bzImage".into(), Some("6.12.1-amd64".into()));
    assert_eq!(describe(&file), expected);
}

#[test]
fn rejects_other_files() {
    let ends_early = zboot(&gzip(&image("6", 0)), "gzip")[..0x420].to_vec();
    for (file, words) in [
        (b"text".to_vec(), "not a Linux kernel"),
        (Vec::new(), "not a Linux kernel"),
        (gzip(b"text"), "not a Linux kernel"),
        (pe(&[(".linux", b"text")]), "not a Linux kernel"),
        (pe(&[(".text", &image("6", 0))]), "not a Linux kernel"),
        (gzip(&image("6", 0))[..20].to_vec(), "cannot decompress: "),
        (
            zboot(b"lzo", "lzo"),
            "cannot decompress: EFI zboot with lzo",
        ),
        (ends_early, "damaged: EFI zboot header"),
    ] {
        let error = Kernel::open(&*file).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
}

#[test]
fn content_beyond_the_limit_is_an_error() {
    for (left, is_error) in [(4, true), (5, false)] {
        let image = &b"12345"[..];
        let result = io::copy(&mut Limited { image, left }, &mut io::sink());
        assert_eq!(result.is_err(), is_error, "{left}");
    }
    let banner = &image("6.1", 1000)[..];
    assert_eq!(banner::find(&mut &*banner, 1000).unwrap(), None);
}

//! Boot images for the built-in profiles.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

use android_bootimg::{BootImage, Part, appended_dtb};
use boot_files::Kernel;
use read_at::ReadAt;

use crate::work::{Work, seed};

/// What the boot loaders accept, independently of the files: id, header version, page size, address of the
/// kernel, and whether the device tree is appended.
const PROFILES: [(&str, u32, u32, u32, bool); 8] = [
    ("arrow-db410c", 0, 2048, 0x8000_8000, true),
    ("google-sargo", 0, 4096, 0x8000, true),
    ("oneplus-enchilada", 2, 4096, 0x8000, false),
    ("oneplus-fajita", 2, 4096, 0x8000, false),
    ("samsung-gt510", 0, 2048, 0x8000_8000, true),
    ("shift-axolotl", 2, 4096, 0x8000, false),
    ("xiaomi-beryllium-ebbg", 2, 4096, 0x8000, false),
    ("xiaomi-beryllium-tianma", 2, 4096, 0x8000, false),
];

fn bytes(content: &dyn ReadAt) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(content.size()).unwrap()];
    content.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

#[test]
fn writes_an_image_for_each_built_in_profile() {
    let work = Work::new();
    let tree = fs::read(seed("device-tree/base.dtb")).unwrap();
    for (id, version, page_size, kernel_address, is_appended) in PROFILES {
        let (stdout, stderr) = work.ok(&["IMAGE", "--profile", id, "-o", "boot.img"]);
        assert!(stderr.is_empty(), "{id}: {stderr}");
        let file = work.read("boot.img");
        let image = BootImage::parse(&file).unwrap();
        assert_eq!(image.size(), file.len() as u64, "{id}");
        assert!(
            stdout.contains(&format!("wrote       boot.img, {} bytes", file.len())),
            "{stdout}"
        );
        let header = image.header();
        assert_eq!(
            (header.version.number(), header.page_size),
            (version, page_size),
            "{id}"
        );
        assert_eq!(header.addresses.unwrap().kernel, kernel_address, "{id}");
        let has_console = matches!(id, "arrow-db410c" | "samsung-gt510");
        let cmdline: &[u8] = if has_console {
            b"console=ttyMSM0,115200n8"
        } else {
            b""
        };
        assert_eq!(header.cmdline, cmdline, "{id}");
        assert_eq!(image.id(), image.compute_id().unwrap(), "{id}");

        let kernel = bytes(&image.part(Part::Kernel).unwrap());
        let appended = appended_dtb(&kernel).unwrap().map(|dtb| bytes(&dtb));
        let part = image.part(Part::Dtb).map(|dtb| bytes(&dtb));
        assert_eq!(
            (appended.is_some(), part.is_some()),
            (is_appended, !is_appended),
            "{id}"
        );
        assert!(appended.or(part).unwrap() == tree, "{id}");
        let kernel = Kernel::open(kernel).unwrap();
        assert_eq!(kernel.form().to_string(), "Image, gzip");
        assert_eq!(kernel.release().unwrap().unwrap(), "7.2.0-example");
    }
}

#[test]
fn the_initramfs_has_what_the_root_and_the_device_need() {
    let work = Work::new();
    work.ok(&[
        "IMAGE",
        "--profile",
        "oneplus-fajita",
        "--module",
        "extra",
        "-o",
        "boot.img",
    ]);
    let file = work.read("boot.img");
    let image = BootImage::parse(&file).unwrap();
    work.write("ramdisk", bytes(&image.part(Part::Ramdisk).unwrap()));
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_fastboop")).unwrap();
    let mut inspect = Command::new(program);
    inspect
        .args(["stage0", "inspect"])
        .arg(work.path("ramdisk"));
    let files = String::from_utf8(inspect.output().unwrap().stdout).unwrap();
    for path in [
        "init",
        "etc/stage0/root",
        "etc/modules-load.d/stage0.conf",
        "lib/modules/7.2.0-example/kernel/overlay.ko",
        "lib/modules/7.2.0-example/kernel/controller.ko",
        "lib/modules/7.2.0-example/kernel/phy.ko",
        "lib/modules/7.2.0-example/kernel/extra.ko",
    ] {
        assert!(files.contains(path), "{path}: {files}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let work = Work::new();
    work.write("later/key", "secret");
    let arguments = [
        "IMAGE",
        "--profile",
        "oneplus-fajita",
        "--file",
        "later/key:/key",
    ];
    work.ok(&[&arguments[..], &["-o", "first.img"]].concat());
    // What must not affect the image: times, the time zone, the user's name, the directory for temporary files.
    let hour = Duration::from_secs(3600);
    let file = fs::File::options().write(true).open(work.path("later/key"));
    file.unwrap()
        .set_modified(SystemTime::now() - hour)
        .unwrap();
    let mut command = work.command(&[&arguments[..], &["-o", "second.img"]].concat());
    command
        .env("TZ", "Asia/Tokyo")
        .env("USER", "nobody")
        .env("SOURCE_DATE_EPOCH", "1");
    command.env("TMPDIR", work.path("later"));
    assert!(command.status().unwrap().success());
    assert!(work.read("first.img") == work.read("second.img"));
}

//! Plans and builds, out of an image in memory.

use std::io::Write;

use device_profiles::Compression;
use device_tree::DeviceTree;

use crate::test_image::{Image, RELEASE, device, partition, warnings};
use crate::{Device, Error, ErrorKind, Event, Request, RootSource};

fn setting(image: &Image, request: &Request) -> Option<String> {
    let (_, events) = image.build(&device(2), request).unwrap();
    events.iter().find_map(|event| match event {
        Event::Root(root) => root.setting.clone(),
        _ => None,
    })
}

fn set(key: &str, value: &str) -> Request {
    Request {
        settings: vec![(key.to_owned(), value.to_owned())],
        ..Request::default()
    }
}

const DEVICE_INFO: &str = "deviceinfo_flash_pagesize=4096\ndeviceinfo_header_version=2\n\
                           deviceinfo_kernel_cmdline=quiet\n";

fn error(image: &Image, device: &Device, request: &Request) -> Error {
    image.build(device, request).err().unwrap()
}

#[test]
fn stage0_finds_the_root_by_its_uuid_or_that_of_its_partition() {
    let mut image = Image::new();
    image.partition = Some(partition("01234567-02"));
    let none = Request {
        root: RootSource::Disk,
        ..Request::default()
    };
    assert_eq!(
        setting(&image, &none).unwrap(),
        "UUID=10000000-0000-4000-8000-000000000001"
    );
    // stage0 reads no UUID of squashfs, and a damaged one is none.
    image.kind = "squashfs";
    assert_eq!(setting(&image, &none).unwrap(), "PARTUUID=01234567-02");
    image.kind = "erofs";
    image.uuid = Some("damaged".to_owned());
    assert_eq!(setting(&image, &none).unwrap(), "PARTUUID=01234567-02");
    assert_eq!(setting(&image, &set("root", "LABEL=a")).unwrap(), "LABEL=a");
    image.partition = None;
    let (_, events) = image.build(&device(2), &none).unwrap();
    let warnings = warnings(&events);
    assert!(
        warnings.iter().any(|warning| warning.contains("--root")),
        "{warnings:?}"
    );
}

#[test]
fn the_root_comes_over_usb_unless_a_disk_is_requested() {
    let image = Image::new();
    let usb = Request::default();
    assert_eq!(setting(&image, &usb).unwrap(), "usb");
    assert!(usb.is_root_over_usb() && set("root", "usb").is_root_over_usb());
    assert!(!set("root", "LABEL=a").is_root_over_usb());
    let needed = |request: &Request| {
        let (_, events) = image.build(&device(2), request).unwrap();
        let modules = events.into_iter().find_map(|event| match event {
            Event::Modules(modules) => Some(modules.needed),
            _ => None,
        });
        let names = modules.unwrap().into_iter();
        names
            .map(|needed| (needed.module, needed.builtin))
            .collect::<Vec<_>>()
    };
    let named = |name: &str, builtin| (name.to_owned(), builtin);
    let disk = [named("ext4", false), named("overlay", false)];
    assert_eq!(needed(&set("root", "LABEL=a")), disk);
    let usb_modules = [
        named("configfs", true),
        named("libcomposite", false),
        named("usb_f_fs", false),
        named("ublk_drv", false),
    ];
    assert_eq!(needed(&usb), [&disk[..], &usb_modules].concat());
}

#[test]
fn a_kernel_without_ublk_is_a_warning() {
    let dep = format!("usr/lib/modules/{RELEASE}/modules.dep");
    let image = Image::new().with(
        &dep,
        "ext4.ko:\noverlay.ko:\nlibcomposite.ko:\nusb_f_fs.ko:\n",
    );
    let (_, events) = image.build(&device(2), &Request::default()).unwrap();
    let found = warnings(&events);
    let expected = "the root comes over USB: ublk makes it a block device, but the kernel has no module ublk_drv";
    assert!(found.contains(&expected), "{found:?}");
}

#[test]
fn a_kernel_without_the_serial_port_is_a_warning() {
    let request = set("usb_console", "on");
    let (_, events) = Image::new().build(&device(2), &request).unwrap();
    let found = warnings(&events);
    let expected = "the setting usb_console makes the USB gadget a serial port, but the kernel has no module usb_f_acm";
    assert!(found.contains(&expected), "{found:?}");
}

#[test]
fn stage0_boots_the_deployment_that_the_files_are_of() {
    let checksum = "0123456789abcdef".repeat(4);
    let path = format!("ostree/deploy/os/deploy/{checksum}.0/usr/lib/os-release");
    let image = Image::new().with(&path, "NAME=a\n");
    let found = image.open(|system| crate::root::settings(system, &Request::default()));
    let ostree = format!("/ostree/deploy/os/deploy/{checksum}.0");
    assert_eq!(found[1], ("ostree", ostree));
    let found = image.open(|system| crate::root::settings(system, &set("ostree", "off")));
    assert_eq!(found.len(), 1);
}

#[test]
fn deviceinfo_replaces_a_profile() {
    let image = Image::new().device_info(&format!("{DEVICE_INFO}deviceinfo_dtb=board\n"));
    let (_, events) = image
        .build(&Device::default(), &Request::default())
        .unwrap();
    let report = events.iter().find_map(|event| match event {
        Event::Image(image) => Some(image),
        _ => None,
    });
    let report = report.unwrap();
    assert_eq!((report.header_version, report.page_size), (2, 4096));
    assert_eq!(report.command_line, "quiet");
}

#[test]
fn one_device_tree_has_to_be_named() {
    let none = Request::default();
    let image = Image::new().device_info(DEVICE_INFO);
    let found = error(&image, &Device::default(), &none);
    assert!(matches!(found, Error::NoDeviceTree), "{found}");
    let image = Image::new().device_info(&format!("{DEVICE_INFO}deviceinfo_dtb='a b'\n"));
    let found = error(&image, &Device::default(), &none).to_string();
    assert!(
        found.contains("several: a, b; choose one with --dtb"),
        "{found}"
    );
    let named = Request {
        dtb: Some("board".to_owned()),
        ..Request::default()
    };
    image.build(&Device::default(), &named).unwrap();
}

#[test]
fn an_image_cannot_choose_files_of_this_machine() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&DeviceTree::default().to_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let info = format!("{DEVICE_INFO}deviceinfo_dtb={path}\n");
    let image = Image::new().device_info(&info);
    let found = error(&image, &Device::default(), &Request::default());
    assert!(found.to_string().contains("not found in "), "{found}");
    let request = Request {
        dtb: Some(path.to_owned()),
        ..Request::default()
    };
    image.build(&Device::default(), &request).unwrap();
}

#[test]
fn a_device_tree_without_a_usb_device_controller_is_a_warning() {
    let (_, events) = Image::new().build(&device(2), &Request::default()).unwrap();
    let warnings = warnings(&events);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("board: the device tree has no enabled USB device controller"));
}

#[test]
fn warns_about_a_device_tree_that_the_boot_image_does_not_contain() {
    let request = Request {
        dtb: Some("board".to_owned()),
        ..Request::default()
    };
    let (_, events) = Image::new().build(&device(0), &request).unwrap();
    let found = warnings(&events);
    let words = "header version 0 and encoding image.gz contain none";
    assert!(
        found.iter().any(|warning| warning.contains(words)),
        "{found:?}"
    );
    let (_, events) = Image::new().build(&device(2), &request).unwrap();
    let found = warnings(&events);
    assert!(
        !found.iter().any(|warning| warning.contains(words)),
        "{found:?}"
    );
}

#[test]
fn the_compression_of_the_initramfs_is_that_of_the_profile() {
    for (compression, name) in [
        (None, "gzip"),
        (Some(Compression::None), "none"),
        (Some(Compression::Gzip), "gzip"),
        (Some(Compression::Zstd), "zstd"),
    ] {
        let mut device = device(2);
        let profile = device.profile.as_mut().unwrap();
        profile.boot_image.ramdisk_compression = compression;
        let (_, events) = Image::new().build(&device, &Request::default()).unwrap();
        let found = events.iter().find_map(|event| match event {
            Event::Initramfs(initramfs) => Some(initramfs.compression),
            _ => None,
        });
        assert_eq!(found, Some(name));
    }
}

#[test]
fn modules_of_the_profile_are_added() {
    let mut device = device(2);
    let modules = |device: &Device| {
        let (_, events) = Image::new().build(device, &Request::default()).unwrap();
        let files = events.iter().find_map(|event| match event {
            Event::Modules(modules) => Some(modules.files),
            _ => None,
        });
        files.unwrap()
    };
    let without = modules(&device);
    let profile = device.profile.as_mut().unwrap();
    profile.stage0.kernel_modules = vec!["ext4".to_owned()];
    assert_eq!(modules(&device), without);
    let profile = device.profile.as_mut().unwrap();
    profile.stage0.kernel_modules = vec!["none".to_owned()];
    let found = error(&Image::new(), &device, &Request::default());
    assert!(found.to_string().contains("no module none"), "{found}");
    assert_eq!(found.kind(), ErrorKind::Other);
}

#[test]
fn a_module_that_is_missing_in_the_image_is_its_fault() {
    let dep = format!("usr/lib/modules/{RELEASE}/modules.dep");
    let image = Image::new().with(&dep, "ext4.ko: gone.ko\ngone.ko:\noverlay.ko:\n");
    let found = error(&image, &device(2), &Request::default());
    assert!(found.to_string().contains("gone.ko: "), "{found}");
    assert_eq!(found.kind(), ErrorKind::Image);
}

#[test]
fn a_serial_number_that_is_no_text_is_a_warning() {
    let device = Device {
        serial: Some("\x1b[2J".to_owned()),
        ..device(2)
    };
    let (_, events) = Image::new().build(&device, &Request::default()).unwrap();
    let found = warnings(&events);
    assert!(
        found
            .iter()
            .any(|warning| warning.starts_with("serial number: ")),
        "{found:?}"
    );
}

#[test]
fn the_lower_one_of_two_limits_counts() {
    let mut device = device(2);
    device.max_download = Some(2 << 20);
    let profile = device.profile.as_mut().unwrap();
    profile.boot_image.limits.image = Some(3 << 20);
    let (image, events) = Image::new().build(&device, &Request::default()).unwrap();
    let limit = events.iter().find_map(|event| match event {
        Event::Image(image) => image.limit,
        _ => None,
    });
    assert_eq!(limit, Some(2 << 20));
    device.max_download = Some(image.size().unwrap() - 1);
    let found = error(&Image::new(), &device, &Request::default());
    assert_eq!(found.kind(), ErrorKind::Image);
    assert!(found.to_string().contains("max-download-size"), "{found}");
}

//! What the user requests in place of what image and profile contain.

use android_bootimg::{BootImage, Part};
use read_at::ReadAt;

use crate::work::{Work, event, seed};

const FAJITA: [&str; 5] = ["IMAGE", "--profile", "oneplus-fajita", "-o", "boot.img"];

fn dtb(work: &Work) -> Vec<u8> {
    let file = work.read("boot.img");
    let image = BootImage::parse(&file).unwrap();
    let part = image.part(Part::Dtb).unwrap();
    let mut bytes = vec![0; usize::try_from(part.size()).unwrap()];
    part.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

/// An Image with a banner, as much as is looked at.
fn kernel(release: &str, magic: &[u8]) -> Vec<u8> {
    let mut image = vec![0; 56];
    image.extend(magic);
    image.extend([0; 8]);
    image.extend(format!("Linux version {release} (a@b) #1\n\0").bytes());
    image
}

#[test]
fn applies_overlays_out_of_the_image_and_files() {
    let work = Work::new();
    let overlay = seed("device-tree/overlay.dtb");
    let mut trees = Vec::new();
    for name in ["case", "qcom/case.dtbo", overlay.to_str().unwrap()] {
        let (stdout, _) = work.ok(&[&FAJITA[..], &["--dtbo", name]].concat());
        assert!(stdout.contains(&format!("overlay {name}")), "{stdout}");
        trees.push(dtb(&work));
    }
    assert!(trees[0] == trees[1] && trees[0] == trees[2]);
    work.ok(&FAJITA);
    assert!(trees[0] != dtb(&work));
    work.error(
        5,
        &[&FAJITA[..], &["--dtbo", "box"]].concat(),
        "box: not found in ",
    );
}

#[test]
fn takes_a_device_tree_out_of_a_file() {
    let work = Work::new();
    let second = std::fs::read(seed("device-tree/second.dtb")).unwrap();
    // Boot loaders expect nothing behind it.
    work.write("my.dtb", [&second[..], &[0; 100]].concat());
    let (_, stderr) = work.ok(&[&FAJITA[..], &["--dtb", "my.dtb"]].concat());
    assert!(dtb(&work) == second);
    assert!(stderr.is_empty() || stderr.contains("my.dtb: "), "{stderr}");
    work.write("my.dtb", "damaged");
    let words = "my.dtb: not a flattened device tree";
    let output = work.run(&[&FAJITA[..], &["--dtb", "my.dtb"]].concat());
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(message.contains(words), "{message}");
}

#[test]
fn sets_mac_addresses_from_the_serial_number() {
    let work = Work::new();
    work.write_profile_with(
        "stage0: {inject_mac: {wifi: 'snps,dwc3', bluetooth: none}}",
        "header_version: 2\npage_size: 4096\nkernel: {encoding: image.gz}",
    );
    let arguments = ["IMAGE", "--profile", "./profile.yaml", "-o", "boot.img"];
    let (_, stderr) = work.ok(&arguments);
    assert!(
        stderr.contains("the serial number of the device is not known"),
        "{stderr}"
    );
    let address = |serial: &str| {
        let events = work.events(&[&arguments[..], &["--set", serial]].concat());
        let tree = event(&events, "device_tree");
        assert_eq!(tree["mac_addresses"].as_array().unwrap().len(), 1);
        assert!(
            event(&events, "warning")
                .to_string()
                .contains("compatible with none")
        );
        tree["mac_addresses"][0]["address"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(address("serial=1"), address("serial=1"));
    assert_ne!(address("serial=1"), address("serial=2"));
}

#[test]
fn takes_a_kernel_out_of_a_file_with_the_modules_of_its_release() {
    let work = Work::new();
    work.write("Image", kernel("7.2.0-example", b"ARM\x64"));
    let events = work.events(&[&FAJITA[..], &["--kernel", "Image"]].concat());
    assert_eq!(event(&events, "kernel")["path"], "Image");
    assert_eq!(event(&events, "modules")["release"], "7.2.0-example");

    // Of another release, the image has neither modules nor device trees.
    work.write("Image", kernel("6.1", b"ARM\x64"));
    let arguments = [&FAJITA[..], &["--kernel", "Image"]].concat();
    work.error(
        5,
        &arguments,
        "the image has no device trees for this kernel; name a file",
    );
    let tree = seed("device-tree/base.dtb");
    let with_tree = [&arguments[..], &["--dtb", tree.to_str().unwrap()]].concat();
    let (_, stderr) = work.ok(&with_tree);
    assert!(
        stderr.contains("no modules for the kernel 6.1; it boots only if"),
        "{stderr}"
    );
    let with_module = [&with_tree[..], &["--module", "overlay"]].concat();
    work.error(
        5,
        &with_module,
        "no modules for the kernel 6.1; leave out --module",
    );
}

#[test]
fn rejects_kernels_for_another_cpu_and_files_that_are_none() {
    let work = Work::new();
    work.write("Image", kernel("7.2.0-example", b"RSC\x05"));
    let arguments = [&FAJITA[..], &["--kernel", "Image"]].concat();
    work.error(
        5,
        &arguments,
        "stage0 is for aarch64-unknown-linux-musl, the kernel for riscv",
    );
    work.write("Image", "text");
    let output = work.run(&arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("Image: not a Linux kernel"), "{message}");
    assert_eq!(output.status.code(), Some(5));
}

#[test]
fn the_users_settings_replace_those_of_the_image() {
    let work = Work::new();
    let root = |arguments: &[&str]| {
        let events = work.events(&[&FAJITA[..], arguments].concat());
        event(&events, "root")["setting"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(root(&[]), "UUID=10000000-0000-4000-8000-000000000002");
    assert_eq!(root(&["--set", "root=LABEL=x"]), "LABEL=x");
    assert_eq!(root(&["--root", "LABEL=x"]), "LABEL=x");
    assert_eq!(root(&["--root", "usb"]), "usb");
    for (arguments, words) in [
        (&["--set", "rot=x"][..], "unknown setting \"rot\""),
        (&["--set", "root=x"], "root: invalid value \"x\""),
        (
            &["--set", "root=LABEL=a", "--set", "root=LABEL=b"],
            "setting root: given twice",
        ),
        (
            &["--root", "LABEL=a", "--set", "root=LABEL=b"],
            "setting root: given twice",
        ),
        (&["--root", "sda"], "root: invalid value \"sda\""),
        (&["--module", "none"], "no module none"),
        (&["--file", "gone:/gone"], "gone: "),
        (&["--profile", "none"], ""),
    ] {
        let output = work.run(&[&FAJITA[..], arguments].concat());
        let message = String::from_utf8(output.stderr).unwrap();
        let is_usage = arguments[0] == "--profile";
        assert_eq!(
            output.status.code(),
            Some(if is_usage { 2 } else { 1 }),
            "{message}"
        );
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn an_image_that_describes_its_device_needs_no_profile() {
    let work = Work::new();
    let image = seed("boot/phone.img.xz");
    let image = image.to_str().unwrap();
    // Its deviceinfo has a device tree, and nothing about a boot image.
    work.error(
        5,
        &[image, "-o", "x"],
        "no profile, and the image has no deviceinfo",
    );
    let arguments = ["IMAGE", "-o", "x"];
    work.error(5, &arguments, "choose a profile with --profile");
    work.error(
        1,
        &["IMAGE", "--profile", "none", "-o", "x"],
        "profile \"none\": not found",
    );
}

#[test]
fn never_replaces_what_it_reads() {
    let work = Work::new();
    work.write("Image", kernel("7.2.0-example", b"ARM\x64"));
    let arguments = [
        "IMAGE",
        "--profile",
        "oneplus-fajita",
        "--kernel",
        "Image",
        "-o",
        "Image",
    ];
    let output = work.run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(work.read("Image").starts_with(&[0; 56]));
}

#[test]
fn a_dry_run_writes_nothing() {
    let work = Work::new();
    let (stdout, _) = work.ok(&[&FAJITA[..], &["--dry-run"]].concat());
    assert!(stdout.contains("\nimage  "), "{stdout}");
    assert!(!work.path("boot.img").exists());
}

//! `fastboop image`, and modules out of an image, on a disk with two partitions that is sparse and compressed:
//! `tests/images/seeds/boot/make` makes it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use common::text;
use serde_json::Value;
use tempfile::TempDir;

/// Cargo runs tests in the package's directory, Bazel in the root of the runfiles.
fn image() -> PathBuf {
    let path = "tests/images/seeds/boot/phone.img.xz";
    let found =
        fs::canonicalize(path).or_else(|_| fs::canonicalize(PathBuf::from("../..").join(path)));
    found.unwrap()
}

/// A directory with the cache, in which fastboop runs.
struct Work(TempDir);

impl Work {
    fn new() -> Self {
        Work(tempfile::tempdir().unwrap())
    }

    /// Runs fastboop; `IMAGE` stands for the image.
    fn run(&self, arguments: &[&str]) -> Output {
        let program = fs::canonicalize(env!("CARGO_BIN_EXE_fastboop")).unwrap();
        let image = image();
        let arguments = arguments.iter().map(|argument| match *argument {
            "IMAGE" => image.as_os_str(),
            other => other.as_ref(),
        });
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path());
        command.env("XDG_CACHE_HOME", self.0.path().join("cache"));
        command.output().unwrap()
    }

    fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout).to_owned()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.stdout(arguments)).unwrap()
    }

    /// Runs fastboop, which must fail with a message of one line that contains `words`.
    fn error(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(
            message.starts_with("error: ") && message.contains(words),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn inspect_describes_layers_and_boot_files() {
    let work = Work::new();
    let found = work.json(&["image", "inspect", "IMAGE", "--json"]);
    let table = &found["layers"]["children"][0]["children"][0];
    assert_eq!(found["layers"]["kind"], "xz");
    assert_eq!(table["kind"], "GPT");
    assert_eq!(table["children"][0]["partition"]["name"], "boot");
    assert_eq!(table["children"][1]["label"], "root");
    assert_eq!(found["root"]["name"], "partition 2 \"root\" (ext4)");
    let boot = &found["boot"];
    assert_eq!(boot["os"], "Example Linux 1");
    assert_eq!(boot["kernel"]["release"], "7.2.0-example");
    assert_eq!(boot["kernel"]["file_system"], "partition 1 \"boot\" (vfat)");
    assert_eq!(boot["modules"]["path"], "/usr/lib/modules/7.2.0-example");
    assert_eq!(boot["device_trees"]["names"][0], "example/phone");
    assert_eq!(boot["device_trees"]["overlays"][0], "example/case");

    let text = work.stdout(&["image", "inspect", "IMAGE", "--explain"]);
    for line in [
        "xz, 2.8 kB",
        "└─ sparse, 73.9 kB",
        "      ├─ 1 \"boot\" vfat, 131.1 kB, LABEL=BOOT, UUID=1234-ABCD",
        "system:       Example Linux 1",
        "device trees: 1 (overlays: 1), /dtbs in partition 1 \"boot\" (vfat)",
        "considered:   kernel /vmlinuz in partition 1 \"boot\" (vfat): taken",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}

#[test]
fn ls_lists_a_directory_a_file_and_everything() {
    let work = Work::new();
    let names = |arguments: &[&str]| -> Vec<String> {
        let found = work.json(&[&["image", "ls", "--json", "IMAGE"], arguments].concat());
        let rows = found["files"].as_array().unwrap().iter();
        rows.map(|row| row["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&[]), ["/lib", "/lost+found", "/usr"]);
    assert_eq!(names(&["lib/os-release"]), ["/usr/lib/os-release"]);
    assert_eq!(names(&["--partition", "boot"]), ["/dtbs", "/vmlinuz"]);
    let all = names(&["-r", "--partition", "PARTLABEL=boot"]);
    assert!(
        all.contains(&"/dtbs/example/phone.dtb".to_owned()),
        "{all:?}"
    );
    let text = work.stdout(&["image", "ls", "IMAGE"]);
    assert!(
        text.starts_with("lrwxrwxrwx     0     0          7 /lib -> usr/lib\n"),
        "{text}"
    );
}

#[test]
fn cat_writes_a_file_through_links() {
    let work = Work::new();
    let found = work.stdout(&["image", "cat", "IMAGE", "/lib/os-release"]);
    assert_eq!(found, "PRETTY_NAME=\"Example Linux 1\"\n");
    let kernel = work.run(&["image", "cat", "IMAGE", "vmlinuz", "--partition", "1"]);
    assert_eq!(kernel.stdout.len(), 115);
}

#[test]
fn initramfs_has_the_modules_that_root_and_device_need() {
    let work = Work::new();
    let found = work.json(&[
        "stage0",
        "initramfs",
        "--image",
        "IMAGE",
        "--dtb",
        "phone",
        "--dtbo",
        "case",
        "--module",
        "extra",
        "--json",
        "-o",
        "out.img",
    ]);
    let needed: Vec<_> = found["modules"]["needed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["module"])
        .collect();
    assert_eq!(needed, ["ext4", "overlay", "controller"]);
    assert_eq!(found["modules"]["kernel_release"], "7.2.0-example");
    let list = work.stdout(&["stage0", "inspect", "out.img"]);
    for name in ["extra", "overlay", "controller", "phy"] {
        let path = format!("lib/modules/7.2.0-example/kernel/{name}.ko");
        assert!(list.contains(&path), "{path}: {list}");
    }
    let explained = work.run(&[
        "stage0",
        "initramfs",
        "--image",
        "IMAGE",
        "--dtb",
        "example/phone",
        "--explain",
        "-o",
        "out.img",
    ]);
    let explained = text(&explained.stderr);
    assert!(
        explained.contains("overlay: stage0 mounts an overlay over the root"),
        "{explained}"
    );
    assert!(
        explained.contains("controller: usb@6000 (snps,dwc3)"),
        "{explained}"
    );
    assert!(
        explained.contains("no module for /soc@0/phy@7000: usb@6000 → phys"),
        "{explained}"
    );
}

#[test]
fn errors_name_the_object_and_the_next_step() {
    let work = Work::new();
    for (arguments, words) in [
        (
            &["image", "inspect", "missing.img"][..],
            "missing.img: cannot read: No such file",
        ),
        (
            &["image", "ls", "IMAGE", "nowhere"],
            "phone.img.xz: nowhere: nowhere: not found",
        ),
        (
            &["image", "ls", "IMAGE", "--partition", "7"],
            "no file system in the partition with the number 7; found partition 1",
        ),
        (
            &["image", "ls", "IMAGE", "--deployment", "0"],
            "no deployment 0; found none",
        ),
        (
            &["image", "cat", "IMAGE", "/usr"],
            "expected a regular file, found a directory",
        ),
        (
            &[
                "stage0",
                "initramfs",
                "--image",
                "IMAGE",
                "--dtb",
                "tablet",
                "-o",
                "x",
            ],
            "phone.img.xz: device tree tablet: not found in /dtbs",
        ),
        (
            &[
                "stage0",
                "initramfs",
                "--image",
                "IMAGE",
                "--kernel-release",
                "1",
                "-o",
                "x",
            ],
            "kernel release 1: not found",
        ),
    ] {
        work.error(arguments, words);
    }
    assert!(!work.0.path().join("x").exists());
    // Without an image, its options have no effect.
    for option in [["--partition", "1"], ["--max-memory", "9"], ["--dtb", "x"]] {
        let output = work.run(&[&["stage0", "initramfs", "-o", "x"][..], &option].concat());
        assert_eq!(output.status.code(), Some(2), "{option:?}");
    }
}

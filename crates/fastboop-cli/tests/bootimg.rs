//! `fastboop bootimg`, on images that `tests/images/seeds/bootimg/make` makes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::text;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Cargo runs tests in the package's directory, Bazel in the root of the runfiles.
fn image(name: &str) -> PathBuf {
    let path = Path::new("tests/images/seeds/bootimg").join(name);
    let found =
        fs::canonicalize(&path).or_else(|_| fs::canonicalize(Path::new("../..").join(path)));
    found.unwrap()
}

/// A directory with `v0.img` and `v2.img`, in which fastboop runs.
struct Work(TempDir);

impl Work {
    fn new() -> Self {
        let work = Work(tempfile::tempdir().unwrap());
        fs::copy(image("v0-gz-dtb.img"), work.path("v0.img")).unwrap();
        fs::copy(image("v2.img"), work.path("v2.img")).unwrap();
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `fastboop bootimg`.
    fn run(&self, arguments: &[&str]) -> Output {
        let program = fs::canonicalize(env!("CARGO_BIN_EXE_fastboop")).unwrap();
        let mut command = Command::new(program);
        command.arg("bootimg").args(arguments);
        command.current_dir(self.0.path()).output().unwrap()
    }

    fn success(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        let message = text(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {message}");
        output
    }

    /// Runs fastboop, which must fail with a message of one line that contains `words`.
    fn error(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.starts_with("error: "), "{message}");
        assert!(message.contains(words), "{words}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn inspect_describes_header_and_parts() {
    let work = Work::new();
    let output = work.success(&["inspect", "v0.img"]);
    let found = text(&output.stdout);
    for line in [
        "header version:  0",
        "page size:       2048 bytes",
        "size:            8192 bytes",
        "addresses:       kernel 0x80008000, ramdisk 0x81000000, second 0x00000000, tags 0x80000100",
        "name:            board",
        "command line:    console=ttyMSM0,115200n8",
        "ramdisk:         13 bytes at 6144, cpio archive",
    ] {
        assert!(found.lines().any(|found| found == line), "{line}: {found}");
    }
    for words in [
        ", matches the parts\n",
        " bytes at 2048, Image, gzip, aarch64, followed by a device tree of 2232 bytes\n",
    ] {
        assert!(found.contains(words), "{words}: {found}");
    }
}

#[test]
fn inspect_prints_json() {
    let work = Work::new();
    let output = work.success(&["inspect", "v2.img", "--json"]);
    let found: Value = serde_json::from_str(text(&output.stdout)).unwrap();
    assert_eq!(found["header_version"], 2);
    assert_eq!(found["os_version"], "14.0.0");
    assert_eq!(found["os_patch_level"], "2026-11");
    assert_eq!(found["addresses"]["dtb"], 0x1_11f0_0000_u64);
    assert_eq!(found["id"]["matches"], true);
    let parts = &found["parts"];
    assert_eq!(parts[0]["content"], "Image, gzip, aarch64");
    assert_eq!(
        parts[1],
        json!({"name": "ramdisk", "offset": 8192, "size": 13, "content": "cpio archive"})
    );
    assert_eq!(parts[2]["content"], "table of device trees");
    assert_eq!(parts[3]["content"], "device tree");
}

#[test]
fn inspect_reports_other_ids_and_a_larger_file() {
    let work = Work::new();
    let mut bytes = fs::read(work.path("v0.img")).unwrap();
    bytes[576..608].fill(0);
    fs::write(work.path("zero.img"), bytes).unwrap();
    let output = work.success(&["inspect", "zero.img"]);
    assert!(text(&output.stdout).contains("000000, not set\n"));
    let mut bytes = fs::read(work.path("v2.img")).unwrap();
    bytes[8192] ^= 1;
    bytes.resize(1 << 20, 0);
    fs::write(work.path("other.img"), bytes).unwrap();
    let output = work.success(&["inspect", "other.img"]);
    let found = text(&output.stdout);
    for words in [
        ", not the SHA-1 digest of the parts\n",
        "20480 bytes, in a file of 1048576 bytes\n",
        "13 bytes at 8192, unknown content\n",
    ] {
        assert!(found.contains(words), "{words}: {found}");
    }
}

#[test]
fn unpack_writes_the_parts() {
    let work = Work::new();
    let output = work.success(&["unpack", "v2.img", "-o", "out"]);
    assert!(text(&output.stderr).contains("wrote out/ramdisk: 13 bytes\n"));
    let mut names: Vec<_> = fs::read_dir(work.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["cmdline", "dtb", "kernel", "ramdisk", "recovery_dtbo"]
    );
    let read = |name: &str| fs::read(work.path("out").join(name)).unwrap();
    assert_eq!(read("ramdisk"), b"070701ramdisk");
    assert_eq!(read("recovery_dtbo"), b"\xd7\xb7\xab\x1eoverlays");
    assert_eq!(read("dtb").len(), 2232);
    let cmdline = read("cmdline");
    assert!(cmdline.starts_with(b"option001=value option002") && cmdline.ends_with(b"\n"));
    assert_eq!(cmdline.len(), 512);
}

#[test]
fn unpack_replaces_files_only_with_force() {
    let work = Work::new();
    fs::create_dir(work.path("out")).unwrap();
    // Neither a file that would be mixed with those of the image, nor a link, is overlooked.
    for make in [
        (|path| fs::write(path, "old").unwrap()) as fn(PathBuf),
        |path| symlink("../missing", path).unwrap(),
    ] {
        make(work.path("out/dtb"));
        let words = "out/dtb: already exists; name another directory, or replace it with --force";
        work.error(&["unpack", "v0.img", "-o", "out"], words);
        assert_eq!(fs::read_dir(work.path("out")).unwrap().count(), 1);
        fs::remove_file(work.path("out/dtb")).unwrap();
    }
    fs::write(work.path("out/ramdisk"), "old").unwrap();
    fs::write(work.path("out/second"), "old").unwrap();
    let output = work.success(&["unpack", "v0.img", "-o", "out", "--force"]);
    let message = text(&output.stderr);
    let warning = "warning: out/second: not of this image, which has no such part\n";
    assert!(message.starts_with(warning), "{message}");
    assert_eq!(
        fs::read(work.path("out/ramdisk")).unwrap(),
        b"070701ramdisk"
    );
}

#[test]
fn unpack_replaces_a_link_and_not_the_file_that_it_leads_to() {
    let work = Work::new();
    fs::create_dir(work.path("out")).unwrap();
    fs::write(work.path("outside"), "old").unwrap();
    symlink("../outside", work.path("out/ramdisk")).unwrap();
    work.success(&["unpack", "v0.img", "-o", "out", "--force"]);
    assert_eq!(fs::read(work.path("outside")).unwrap(), b"old");
    assert!(!work.path("out/ramdisk").is_symlink());
}

#[test]
fn unpack_writes_nothing_if_a_file_cannot_be_written() {
    let work = Work::new();
    fs::create_dir_all(work.path("out/cmdline")).unwrap();
    let words = "out/cmdline: a directory, but a file is needed";
    work.error(&["unpack", "v0.img", "-o", "out", "--force"], words);
    assert_eq!(fs::read_dir(work.path("out")).unwrap().count(), 1);
    fs::create_dir(work.path("in")).unwrap();
    fs::rename(work.path("v0.img"), work.path("in/kernel")).unwrap();
    let words = "in/kernel: the same file as the input in/kernel";
    work.error(&["unpack", "in/kernel", "-o", "in", "--force"], words);
}

#[test]
fn errors_name_the_file_and_the_cause() {
    let work = Work::new();
    fs::write(work.path("vendor.img"), b"VNDRBOOT\x04\0\0\0").unwrap();
    fs::write(work.path("text"), "text\n").unwrap();
    let bytes = fs::read(work.path("v2.img")).unwrap();
    fs::write(work.path("short.img"), &bytes[..10_000]).unwrap();
    for (name, words) in [
        ("missing.img", "missing.img: cannot read: No such file"),
        (
            "vendor.img",
            "vendor.img: a vendor_boot image, which has no kernel",
        ),
        (
            "text",
            "text: not an Android boot image: expected \"ANDROID!\" at the beginning, found \"text\\n\"",
        ),
        (
            "short.img",
            "short.img: damaged: recovery_dtbo: 12 bytes at 12288, but the file has 10000 bytes",
        ),
    ] {
        work.error(&["inspect", name], words);
        work.error(&["unpack", name, "-o", "out"], words);
    }
    assert!(!work.path("out").exists());
    let words = "missing/out: cannot create the directory: No such file";
    work.error(&["unpack", "v0.img", "-o", "missing/out"], words);
}

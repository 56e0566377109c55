//! Compatibility of `fastboop stage0 initramfs` and `inspect` with other programs that read and write
//! images.
//!
//! These programs must be installed, so `.ci/checks/46-initramfs-readers` runs these tests in the Debian
//! root: `cargo test -p fastboop-cli --test initramfs_readers -- --ignored`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use common::{WorkDir, text};

/// Runs a program with the file `input` as its standard input, and returns its output.
fn run_tool(dir: &WorkDir, input: &str, command: &[&str]) -> Vec<u8> {
    let output = Command::new(command[0])
        .args(&command[1..])
        .current_dir(dir.path(""))
        .stdin(File::open(dir.path(input)).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; install it", command[0]));
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

/// Creates a directory with an image and the files that it contains.
fn make_image(how: &str) -> WorkDir {
    let dir = WorkDir::new();
    dir.write("tree/tool", b"#!/bin/sh\n", 0o755);
    dir.write("tree/deep/er/file", &[7; 5000], 0o644);
    symlink("tool", dir.path("tree/link")).unwrap();
    dir.run_ok(&[
        "initramfs",
        "--file",
        "tree:/",
        "--modules-dir",
        "modules",
        "--module",
        "a-a",
        "--compress",
        how,
        "-o",
        "image",
    ]);
    dir
}

fn list_entries(dir: &WorkDir) -> Vec<String> {
    let json = dir.run_json(&["inspect", "image", "--json"]);
    let entries = json["archives"][0]["entries"].as_array().unwrap().iter();
    let path = |entry: &serde_json::Value| entry["path"].as_str().unwrap().to_owned();
    entries.map(path).collect()
}

#[test]
#[ignore = "needs cpio and bsdcpio"]
fn cpio_and_bsdcpio_list_what_inspect_lists() {
    let dir = make_image("none");
    let expected = list_entries(&dir);
    for line in [
        &["cpio", "--quiet", "-t"][..],
        &["bsdcpio", "--quiet", "-it"],
    ] {
        let output = run_tool(&dir, "image", line);
        let found: Vec<_> = text(&output).lines().collect();
        assert_eq!(found, expected, "{line:?}");
    }
}

#[test]
#[ignore = "needs cpio and bsdcpio"]
fn cpio_and_bsdcpio_extract_the_original_files() {
    for program in ["cpio", "bsdcpio"] {
        let dir = make_image("none");
        fs::create_dir(dir.path("out")).unwrap();
        // Without the device node, which only root can create.
        let line = format!("cd out && {program} --quiet -idm -f dev/console");
        run_tool(&dir, "image", &["sh", "-c", &line]);
        for (out, original) in [
            ("tool", "tree/tool"),
            ("deep/er/file", "tree/deep/er/file"),
            ("link", "tree/tool"),
            ("lib/modules/6.1/k/a-a.ko", "modules/6.1/k/a-a.ko"),
            ("lib/modules/6.1/k/b.ko.xz", "modules/6.1/k/b.ko.xz"),
        ] {
            let read = |name: &str| fs::read(dir.path(name)).unwrap();
            assert!(
                read(&format!("out/{out}")) == read(original),
                "{program}: {out}"
            );
        }
        // The extracted modules are complete: they give the same image.
        let again = [
            "initramfs",
            "--modules-dir",
            "out/lib/modules",
            "--module",
            "a-a",
        ];
        dir.run_ok(
            &[
                &again[..],
                &["--file", "tree:/", "--compress", "none", "-o", "again"],
            ]
            .concat(),
        );
        assert!(run_tool(&dir, "again", &["cat"]) == run_tool(&dir, "image", &["cat"]));
    }
}

#[test]
#[ignore = "needs gzip, xz, zstd, file"]
fn gzip_xz_zstd_and_file_accept_the_image() {
    let plain = run_tool(&make_image("none"), "image", &["cat"]);
    for (how, program, description) in [
        ("none", "cat", "ASCII cpio archive (SVR4 with no CRC)"),
        ("gzip", "gzip", "gzip compressed data"),
        ("xz", "xz", "XZ compressed data, checksum CRC32"),
        ("zstd", "zstd", "Zstandard compressed data"),
    ] {
        let dir = make_image(how);
        if how != "none" {
            run_tool(&dir, "image", &[program, "-t"]);
            assert!(run_tool(&dir, "image", &[program, "-dc"]) == plain, "{how}");
        }
        let found = run_tool(&dir, "image", &["file", "-b", "-"]);
        assert!(text(&found).contains(description), "{}", text(&found));
    }
}

#[test]
#[ignore = "needs cpio, bsdcpio, gzip, xz, zstd"]
fn inspect_reads_archives_of_cpio_and_bsdcpio() {
    let dir = make_image("none");
    fs::hard_link(dir.path("tree/tool"), dir.path("tree/hard")).unwrap();
    for archive in [
        "cpio --quiet -o -H newc",
        "cpio --quiet -o -H crc",
        "bsdcpio --quiet -o --format newc",
    ] {
        for compress in [
            "cat",
            "gzip -9",
            "xz --check=crc32",
            "xz -9e --check=crc32",
            "zstd -19",
            "zstd --fast",
        ] {
            let line =
                format!("cd tree && find * | LC_ALL=C sort | {archive} | {compress} >../other");
            run_tool(&dir, "image", &["sh", "-c", &line]);
            let output = dir.run_ok(&["inspect", "other"]);
            for words in [
                "drwxr-xr-x          0 deep\n",
                " deep/er/file\n",
                " link -> tool\n",
                " tool = hard\n",
            ] {
                let found = text(&output.stdout);
                assert!(
                    found.contains(words),
                    "{archive}, {compress}: {words}: {found}"
                );
            }
        }
    }
}

//! Other programs read what `fastboop stage0 initramfs` writes, and the other way round.
//!
//! They have to be installed, so these tests are run by `.ci/checks/46-initramfs-readers`, in the
//! Debian root: `cargo test -p fastboop-cli --test initramfs_readers -- --ignored`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use common::{Bench, text};

/// What a program prints that reads a file of the directory on its standard input.
fn tool(bench: &Bench, input: &str, line: &[&str]) -> Vec<u8> {
    let output = Command::new(line[0])
        .args(&line[1..])
        .current_dir(bench.path(""))
        .stdin(File::open(bench.path(input)).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; install it", line[0]));
    assert!(output.status.success(), "{line:?}");
    output.stdout
}

/// A directory with an image, and what is in it in every other way.
fn make_image(how: &str) -> Bench {
    let bench = Bench::new();
    bench.write("tree/tool", b"#!/bin/sh\n", 0o755);
    bench.write("tree/deep/er/file", &[7; 5000], 0o644);
    symlink("tool", bench.path("tree/link")).unwrap();
    bench.run_good(&[
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
    bench
}

fn list_entries(bench: &Bench) -> Vec<String> {
    let json = bench.json(&["inspect", "image", "--json"]);
    let entries = json["archives"][0]["entries"].as_array().unwrap().iter();
    let path = |entry: &serde_json::Value| entry["path"].as_str().unwrap().to_owned();
    entries.map(path).collect()
}

#[test]
#[ignore = "needs cpio and bsdcpio"]
fn cpio_and_bsdcpio_list_what_inspect_lists() {
    let bench = make_image("none");
    let expected = list_entries(&bench);
    for line in [
        &["cpio", "--quiet", "-t"][..],
        &["bsdcpio", "--quiet", "-it"],
    ] {
        let output = tool(&bench, "image", line);
        let found: Vec<_> = text(&output).lines().collect();
        assert_eq!(found, expected, "{line:?}");
    }
}

#[test]
#[ignore = "needs cpio and bsdcpio"]
fn cpio_and_bsdcpio_take_out_what_was_put_in() {
    for program in ["cpio", "bsdcpio"] {
        let bench = make_image("none");
        fs::create_dir(bench.path("out")).unwrap();
        // Without the device node, which only root can make.
        let line = format!("cd out && {program} --quiet -idm -f dev/console");
        tool(&bench, "image", &["sh", "-c", &line]);
        for (out, original) in [
            ("tool", "tree/tool"),
            ("deep/er/file", "tree/deep/er/file"),
            ("link", "tree/tool"),
            ("lib/modules/6.1/k/a-a.ko", "modules/6.1/k/a-a.ko"),
            ("lib/modules/6.1/k/b.ko.xz", "modules/6.1/k/b.ko.xz"),
        ] {
            let read = |name: &str| fs::read(bench.path(name)).unwrap();
            assert!(
                read(&format!("out/{out}")) == read(original),
                "{program}: {out}"
            );
        }
        // The modules that were taken out are complete: they go into another image.
        let again = [
            "initramfs",
            "--modules-dir",
            "out/lib/modules",
            "--module",
            "a-a",
        ];
        bench.run_good(
            &[
                &again[..],
                &["--file", "tree:/", "--compress", "none", "-o", "again"],
            ]
            .concat(),
        );
        assert!(tool(&bench, "again", &["cat"]) == tool(&bench, "image", &["cat"]));
    }
}

#[test]
#[ignore = "needs gzip, xz, zstd, file"]
fn compresses_as_other_tools_expect() {
    let plain = tool(&make_image("none"), "image", &["cat"]);
    for (how, program, says) in [
        ("none", "cat", "ASCII cpio archive (SVR4 with no CRC)"),
        ("gzip", "gzip", "gzip compressed data"),
        ("xz", "xz", "XZ compressed data, checksum CRC32"),
        ("zstd", "zstd", "Zstandard compressed data"),
    ] {
        let bench = make_image(how);
        if how != "none" {
            tool(&bench, "image", &[program, "-t"]);
            assert!(tool(&bench, "image", &[program, "-dc"]) == plain, "{how}");
        }
        let found = tool(&bench, "image", &["file", "-b", "-"]);
        assert!(text(&found).contains(says), "{}", text(&found));
    }
}

#[test]
#[ignore = "needs cpio, bsdcpio, gzip, xz, zstd"]
fn inspect_lists_what_others_write() {
    let bench = make_image("none");
    fs::hard_link(bench.path("tree/tool"), bench.path("tree/hard")).unwrap();
    for archive in [
        "cpio --quiet -o -H newc",
        "cpio --quiet -o -H crc",
        "bsdcpio --quiet -o --format newc",
    ] {
        for compress in [
            "cat",
            "gzip -9",
            "xz --check=crc32",
            "xz -9e",
            "zstd -19",
            "zstd --fast",
        ] {
            let line =
                format!("cd tree && find * | LC_ALL=C sort | {archive} | {compress} >../other");
            tool(&bench, "image", &["sh", "-c", &line]);
            let output = bench.run_good(&["inspect", "other"]);
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

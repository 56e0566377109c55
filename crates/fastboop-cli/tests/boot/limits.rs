//! Everything that a boot loader limits is checked before anything is sent.

use crate::work::{Work, event};

const VALID: &str = "header_version: 2\npage_size: 4096\nkernel: {encoding: image.gz}";

#[test]
fn rejects_what_exceeds_a_limit_of_the_profile() {
    let work = Work::new();
    for (limit, words) in [
        (
            "max_kernel_bytes: 1000",
            "kernel: more than 1000 bytes as image.gz",
        ),
        (
            "max_kernel_window_bytes: 196607",
            "kernel in memory: 196608 bytes, expected at most 196607",
        ),
        (
            "max_initrd_bytes: 100",
            "expected at most 100 (max_initrd_bytes of the profile)",
        ),
        (
            "max_total_bytes: 4096",
            "expected at most 4096 (max_total_bytes of the profile)",
        ),
        (
            "max_cmdline_bytes: 4",
            "command line: 5 bytes, expected at most 4",
        ),
    ] {
        work.write_profile(&format!(
            "{VALID}\ncmdline_append: quiet\nlimits: {{{limit}}}"
        ));
        let arguments = ["IMAGE", "--profile", "./profile.yaml", "-o", "boot.img"];
        work.error(5, &arguments, words);
        assert!(!work.path("boot.img").exists(), "{limit}");
    }
}

#[test]
fn shows_sizes_with_their_limits() {
    let work = Work::new();
    let limits = "limits: {max_kernel_bytes: 60000, max_kernel_window_bytes: 196608, max_initrd_bytes: 900000, max_total_bytes: 1000000}";
    work.write_profile(&format!("{VALID}\n{limits}"));
    let arguments = ["IMAGE", "--profile", "./profile.yaml", "-o", "boot.img"];
    let (stdout, _) = work.ok(&arguments);
    for words in [
        " of at most 60.0 kB, in memory 196.6 kB of at most 196.6 kB\n",
        " of at most 900.0 kB, gzip, stage0 ",
        " of at most 1.0 MB, header version 2, page size 4096\n",
        "cmdline     0 of at most 511 bytes\n",
    ] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    let events = work.events(&arguments);
    assert_eq!(event(&events, "kernel")["limit"], 60_000);
    assert_eq!(event(&events, "kernel")["window"], 196_608);
    assert_eq!(event(&events, "initramfs")["limit"], 900_000);
    assert_eq!(event(&events, "image")["limit"], 1_000_000);
}

#[test]
fn rejects_command_lines_that_boot_loaders_would_cut() {
    let work = Work::new();
    let run = |length: usize| {
        let text = "a".repeat(length);
        let arguments = [
            "IMAGE",
            "--profile",
            "arrow-db410c",
            "-o",
            "x",
            "--cmdline-append",
        ];
        work.run(&[&arguments[..], &[&text]].concat())
    };
    // The profile has 24 bytes, and one separates them.
    assert!(run(511 - 25).status.success());
    let output = run(512 - 25);
    assert_eq!(output.status.code(), Some(5));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("command line: 512 bytes, expected at most 511"),
        "{message}"
    );
}

#[test]
fn rejects_encodings_that_are_not_made() {
    let work = Work::new();
    for (lines, words) in [
        (
            "kernel: {encoding: image.zst}",
            "kernel encoding image.zst: not supported",
        ),
        (
            "kernel: {encoding: image.gz}\ninitrd: {compress: lz4}",
            "initrd compression lz4: not supported",
        ),
        (
            "kernel: {encoding: image}\nbase: 0x100000000",
            "base 0x100000000: more than 32 bits",
        ),
    ] {
        work.write_profile(&format!("header_version: 0\npage_size: 2048\n{lines}"));
        work.error(
            5,
            &["IMAGE", "--profile", "./profile.yaml", "-o", "x"],
            words,
        );
    }
}

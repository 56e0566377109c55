//! The command line: help, completions, manual pages and usage errors.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fastboop"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn version_is_the_crate_version() {
    let output = run(&["--version"]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "fastboop 0.1.0\n"
    );
}

#[test]
fn help_shows_examples() {
    for arguments in [
        &["--help"][..],
        &["detect", "--help"],
        &["boot", "--help"],
        &["serve", "--help"],
        &["profile", "list", "--help"],
        &["profile", "show", "--help"],
        &["profile", "check", "--help"],
        &["stage0", "info", "--help"],
        &["stage0", "extract", "--help"],
        &["stage0", "initramfs", "--help"],
        &["stage0", "inspect", "--help"],
        &["bootimg", "inspect", "--help"],
        &["bootimg", "unpack", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
    ] {
        let output = run(arguments);
        assert!(output.status.success());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Example"), "{help}");
    }
}

#[test]
fn completions_list_the_subcommands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("extract"), "{shell}");
    }
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(&["man", directory.path().to_str().unwrap()]);
    assert!(output.status.success());
    let mut pages = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    pages.sort();
    assert_eq!(
        pages,
        [
            "fastboop-boot.1",
            "fastboop-bootimg-inspect.1",
            "fastboop-bootimg-unpack.1",
            "fastboop-bootimg.1",
            "fastboop-completions.1",
            "fastboop-detect.1",
            "fastboop-image-cat.1",
            "fastboop-image-inspect.1",
            "fastboop-image-ls.1",
            "fastboop-image.1",
            "fastboop-profile-check.1",
            "fastboop-profile-list.1",
            "fastboop-profile-show.1",
            "fastboop-profile.1",
            "fastboop-serve.1",
            "fastboop-stage0-extract.1",
            "fastboop-stage0-info.1",
            "fastboop-stage0-initramfs.1",
            "fastboop-stage0-inspect.1",
            "fastboop-stage0.1",
            "fastboop.1"
        ]
    );
    let page = std::fs::read_to_string(directory.path().join("fastboop.1")).unwrap();
    assert!(page.contains(".TH fastboop 1"), "{page}");
    let page = directory.path().join("fastboop-stage0-initramfs.1");
    let page = std::fs::read_to_string(page).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    for text in [
        &format!("\"fastboop {version}\" \"User Commands\""),
        "\\-\\-output <FILE>",
        ".nf\n.RS\nfastboop stage0 initramfs \\-\\-set root=LABEL=rootfs \\-o initramfs.img\n",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn man_rejects_a_missing_directory() {
    let output = run(&["man", "/nonexistent"]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("error: /nonexistent: cannot write the manual pages: "),
        "{message}"
    );
}

#[test]
fn exits_2_on_usage_errors() {
    for arguments in [
        &[][..],
        &["stage1"],
        &["detect", "--device", "1a2b3c4d"],
        &["detect", "--wait", "-1"],
        &["serve"],
        &["serve", "image", "--device", "udp:127.0.0.1"],
        &["serve", "image", "--wait", "-1"],
        &["profile"],
        &["profile", "check"],
        &["profile", "show"],
        &["stage0"],
        &["stage0", "extract"],
        &["stage0", "info", "--yaml"],
        &["bootimg", "unpack", "boot.img"],
        &["completions"],
        &["completions", "csh"],
        &["man"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

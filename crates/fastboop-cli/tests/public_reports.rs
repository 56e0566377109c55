//! Inputs with which people who do this job with other tools had failures, through the real binary.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use common::{WorkDir, text};

/// Creates a directory with modules of the kernel 6.9, with these indexes: name and content.
fn work_dir(modules: &[&str], indexes: &[(&str, &str)]) -> WorkDir {
    let dir = WorkDir::new();
    for module in modules {
        dir.write(&format!("m/6.9/{module}"), b"x", 0o644);
    }
    for (name, content) in indexes {
        dir.write(&format!("m/6.9/{name}"), content.as_bytes(), 0o644);
    }
    dir
}

/// The arguments that write an initramfs with the module `x`, and further ones.
fn with_module<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let module = [
        "initramfs",
        "--modules-dir",
        "m",
        "--module",
        "x",
        "-o",
        "i",
    ];
    [&module[..], more].concat()
}

/// What `inspect` lists of the image `i`.
fn list(dir: &WorkDir) -> String {
    text(&dir.run_ok(&["inspect", "i"]).stdout).to_owned()
}

#[test]
fn soft_dependencies_may_be_aliases() {
    let dir = work_dir(
        &["kernel/x.ko", "kernel/y.ko"],
        &[
            ("modules.dep", "kernel/x.ko:\nkernel/y.ko:\n"),
            ("modules.softdep", "softdep x pre: crypto-foo\n"),
            ("modules.alias", "alias crypto-foo y\nalias other y\n"),
        ],
    );
    dir.run_ok(&with_module(&[]));
    assert!(list(&dir).contains("lib/modules/6.9/kernel/y.ko\n"));
}

#[test]
fn missing_files_of_soft_dependencies_are_left_out() {
    let dir = work_dir(
        &["kernel/x.ko"],
        &[
            ("modules.dep", "kernel/x.ko:\nkernel/y.ko:\n"),
            ("modules.softdep", "softdep x pre: y\n"),
        ],
    );
    let output = dir.run_ok(&with_module(&[]));
    let message = text(&output.stderr);
    assert!(
        message.contains("warning: m/6.9/kernel/y.ko: missing"),
        "{message}"
    );
    assert!(!list(&dir).contains("y.ko"));
    // A required file must exist.
    let dep = "kernel/x.ko: kernel/y.ko\nkernel/y.ko:\n";
    dir.write("m/6.9/modules.dep", dep.as_bytes(), 0o644);
    dir.run_err(&with_module(&[]), "m/6.9/kernel/y.ko: cannot read it");
}

#[test]
fn absolute_paths_in_modules_dep_stay_below_the_module_directory() {
    let dir = work_dir(
        &["x.ko", "y.ko"],
        &[(
            "modules.dep",
            "/lib/modules/x.ko: /lib/modules/y.ko\n/lib/modules/y.ko:\n",
        )],
    );
    dir.run_ok(&with_module(&[]));
    assert!(list(&dir).contains("lib/modules/6.9/y.ko\n"));
    for path in ["/etc/hostname", "../../../etc/hostname"] {
        let dep = format!("x.ko: {path}\n{path}:\n");
        dir.write("m/6.9/modules.dep", dep.as_bytes(), 0o644);
        dir.run_err(&with_module(&[]), "is outside the module directory");
    }
}

#[test]
fn modprobe_config_is_applied_and_included() {
    let dir = work_dir(
        &["x.ko", "y.ko", "z.ko"],
        &[("modules.dep", "x.ko:\ny.ko:\nz.ko:\n")],
    );
    let config = "softdep x pre: y z\nblacklist z\noptions x a=1\ninstall x /bin/true\n";
    dir.write("x.conf", config.as_bytes(), 0o644);
    let output = dir.run_ok(&with_module(&["--modprobe-config", "x.conf"]));
    let message = text(&output.stderr);
    assert!(
        message.contains("warning: x.conf, line 4: stage0 runs no commands; ignored"),
        "{message}"
    );
    let list = list(&dir);
    assert!(list.contains("etc/modprobe.d/x.conf\n"), "{list}");
    assert!(
        list.contains("/y.ko\n") && !list.contains("/z.ko\n"),
        "{list}"
    );
    dir.write("x", b"", 0o644);
    dir.run_err(
        &with_module(&["--modprobe-config", "x"]),
        "rename it to <name>.conf",
    );
}

#[test]
fn large_windows_of_zstd_are_rejected_before_memory_is_allocated() {
    let dir = WorkDir::new();
    // A frame with a window of 2 GiB.
    dir.write("i", b"\x28\xb5\x2f\xfd\x00\xa8rest", 0o644);
    dir.run_err(&["inspect", "i"], "zstd with a window of 2147483648 bytes");
}

#[test]
fn xz_with_an_unsupported_check_is_rejected() {
    let dir = WorkDir::new();
    dir.write("i", b"\xfd7zXZ\0\0\x04rest", 0o644);
    dir.run_err(&["inspect", "i"], "xz --check=crc32");
}

#[test]
fn lz4_images_are_read_and_4_zeros_follow_them() {
    let dir = WorkDir::new();
    fs::create_dir(dir.path("t")).unwrap();
    symlink("usr/lib", dir.path("t/lib")).unwrap();
    dir.write("t/usr/lib/x", b"x", 0o644);
    let cpio = [
        "initramfs",
        "--compress",
        "none",
        "--file",
        "t:/",
        "-o",
        "-",
    ];
    let lz4 = lz4(&dir.run_ok(&cpio).stdout);
    dir.write("base", &lz4, 0o644);
    let arguments = [
        "initramfs",
        "--append-to",
        "base",
        "--file",
        "base:/lib/y",
        "-o",
        "i",
    ];
    let output = dir.run_ok(&arguments);
    let message = text(&output.stderr);
    assert!(
        message.contains("base: lib is a symbolic link"),
        "{message}"
    );
    let image = fs::read(dir.path("i")).unwrap();
    let rest = image.strip_prefix(&lz4[..]).unwrap();
    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
    assert!((4..8).contains(&zeros), "{zeros}");
    let list = list(&dir);
    assert!(list.contains("usr/lib/y\n"), "{list}");

    // Compressions that are not supported can be appended to.
    dir.write("base", b"BZh91AY", 0o644);
    let output = dir.run_ok(&["initramfs", "--append-to", "base", "-o", "i"]);
    let message = text(&output.stderr);
    assert!(message.contains("base: cannot read its files"), "{message}");
}

/// An archive in the legacy format of lz4, of one block without any compression.
fn lz4(content: &[u8]) -> Vec<u8> {
    let mut block = vec![0xf0];
    let mut length = content.len() - 15;
    while length >= 255 {
        block.push(255);
        length -= 255;
    }
    block.push(length as u8);
    block.extend(content);
    let size = (block.len() as u32).to_le_bytes();
    [&b"\x02\x21\x4c\x18"[..], &size, &block].concat()
}

const BOOTCONFIG: &[u8] = b"a=b\n\x04\0\0\0\x0a\x01\0\0#BOOTCONFIG\n";

#[test]
fn nothing_is_appended_behind_a_bootconfig() {
    let dir = WorkDir::new();
    dir.run_ok(&["initramfs", "-o", "i"]);
    let mut image = fs::read(dir.path("i")).unwrap();
    let offset = image.len();
    image.extend(BOOTCONFIG);
    dir.write("i", &image, 0o644);
    let list = list(&dir);
    let expected = format!("bootconfig at byte {offset}: 24 bytes");
    assert_eq!(list.lines().last(), Some(expected.as_str()));
    let json = dir.run_json(&["inspect", "i", "--json"]);
    assert_eq!(json["bootconfig"]["size"], 24);
    dir.run_err(
        &["initramfs", "--append-to", "i", "-o", "both"],
        "ends with a bootconfig",
    );
}

#[test]
fn finds_a_bootconfig_behind_any_compression() {
    let dir = WorkDir::new();
    dir.write(
        "base",
        &[&b"\x02\x21\x4c\x18\x04\0\0\0lz4."[..], BOOTCONFIG].concat(),
        0o644,
    );
    dir.run_err(
        &["initramfs", "--append-to", "base", "-o", "both"],
        "ends with a bootconfig",
    );
}

#[test]
fn rejects_an_output_that_is_an_input() {
    let dir = work_dir(&["kernel/x.ko"], &[("modules.dep", "kernel/x.ko:\n")]);
    dir.write("c.conf", b"options x a=1\n", 0o644);
    for input in ["c.conf", "m/6.9/modules.dep", "m/6.9/kernel/x.ko"] {
        let before = fs::read(dir.path(input)).unwrap();
        let mut arguments = with_module(&["--modprobe-config", "c.conf"]);
        arguments[6] = input;
        let output = dir.command(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_eq!(fs::read(dir.path(input)).unwrap(), before, "{input}");
    }
    // Standard output that is appended to the image that is read would never end.
    dir.run_ok(&["initramfs", "-o", "base"]);
    let size = fs::metadata(dir.path("base")).unwrap().len();
    let base = File::options().append(true).open(dir.path("base")).unwrap();
    let output = dir
        .command(&["initramfs", "--append-to", "base", "-o", "-"])
        .stdout(base)
        .output()
        .unwrap();
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("the same file as the input base"),
        "{message}"
    );
    assert_eq!(fs::metadata(dir.path("base")).unwrap().len(), size);
}

#[test]
fn does_not_wait_for_named_pipes() {
    let dir = work_dir(&["kernel/x.ko"], &[("modules.dep", "kernel/x.ko:\n")]);
    let pipe = dir.path("pipe.conf");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    dir.run_err(
        &with_module(&["--modprobe-config", "pipe.conf"]),
        "pipe.conf: not a regular file",
    );
    dir.run_err(
        &with_module(&["--append-to", "pipe.conf"]),
        "pipe.conf: not a regular file",
    );
}

#[test]
fn messages_contain_no_control_characters() {
    let dir = WorkDir::new();
    for arguments in [
        &["inspect", "a\x1b[2J\nerror: b"][..],
        &["inspect", "a", "b\x1b[2J"],
        &["initramfs", "--file", "a\x1b[2J", "-o", "i"],
        &["initramfs\x1b[2J"],
    ] {
        let output = dir.command(arguments).output().unwrap();
        let message = text(&output.stderr);
        // clap removes escape sequences that are complete.
        let is_usage = output.status.code() == Some(2);
        assert!(is_usage || message.contains("\\u{1b}[2J"), "{message}");
        assert!(!message.contains('\x1b'), "{message}");
        assert!(!message.contains("\nerror: b"), "{message}");
    }
}

#[test]
fn links_of_an_existing_image_are_followed() {
    let dir = work_dir(&["kernel/x.ko"], &[("modules.dep", "kernel/x.ko:\n")]);
    fs::create_dir_all(dir.path("t/usr/lib/firmware")).unwrap();
    fs::write(dir.path("t/usr/lib/firmware/x.bin"), "fw").unwrap();
    fs::write(dir.path("t/file"), "old").unwrap();
    symlink("usr/lib", dir.path("t/lib")).unwrap();
    dir.run_ok(&["initramfs", "--file", "t:/", "-o", "base"]);
    let more = ["--append-to", "base", "--file", "t/file:/file"];
    let output = dir.run_ok(&with_module(&more));
    let message = text(&output.stderr);
    for words in [
        "warning: base: lib is a symbolic link: files below it go to /usr/lib\n",
        "warning: base: file is replaced\n",
    ] {
        assert!(message.contains(words), "{words}: {message}");
    }
    let list = list(&dir);
    assert!(
        !list
            .lines()
            .any(|line| line.starts_with('d') && line.ends_with(" lib"))
    );
    assert!(list.contains("usr/lib/modules/6.9/kernel/x.ko\n"), "{list}");
}

#[test]
fn reports_dangling_links_and_duplicate_settings_and_accepts_colons() {
    let dir = WorkDir::new();
    fs::create_dir(dir.path("t")).unwrap();
    symlink("gone", dir.path("t/link")).unwrap();
    symlink("/proc/self", dir.path("t/self")).unwrap();
    dir.write("a:b", b"x", 0o644);
    let files = ["--file", "t:/", "--file", "a\\:b:/c\\:d"];
    let output = dir.run_ok(&[&["initramfs", "-o", "i"][..], &files].concat());
    let message = text(&output.stderr);
    let warnings: Vec<_> = message
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .collect();
    let expected = "warning: link: symbolic link to gone, which is not in the initramfs";
    assert_eq!(warnings, [expected]);
    assert!(list(&dir).contains("c:d\n"));
    let twice = ["--set", "timeout=1", "--set", "timeout=2"];
    dir.run_err(
        &[&["initramfs", "-o", "i"][..], &twice].concat(),
        "setting timeout: given twice",
    );
}

#[test]
fn root_settings_that_cannot_match_are_rejected() {
    let dir = WorkDir::new();
    for (root, words) in [
        ("root=/dev/disk/by-id/x", "as stage0 runs no udev"),
        ("root=LABEL=a\\x20b", "without backslashes"),
        (
            "root=PARTUUID=12345678-01/PARTNROFF=1",
            "without /PARTNROFF=",
        ),
        ("root=UUID=ABCD-1234", "expected a UUID"),
    ] {
        dir.run_err(&["initramfs", "--set", root, "-o", "i"], words);
    }
    for root in ["root=/dev/disk/by-label/a\\x20b", "root=LABEL=\"a b\""] {
        dir.run_ok(&["initramfs", "--set", root, "-o", "i"]);
    }
}

#[test]
fn a_file_without_metadata_is_used_as_stage0_with_a_warning() {
    let dir = WorkDir::new();
    dir.run_ok(&["extract", "-o", "stage0"]);
    let mut bytes = fs::read(dir.path("stage0")).unwrap();
    // Another owner than FDO, whose notes are package metadata.
    let owner = b"FDO\0{\"type\"";
    let at = bytes
        .windows(owner.len())
        .position(|bytes| bytes == owner)
        .unwrap();
    bytes[at] = b'X';
    dir.write("stage0", &bytes, 0o755);
    let output = dir.run_ok(&["initramfs", "--stage0", "stage0", "-o", "i"]);
    let message = text(&output.stderr);
    assert!(
        message.contains("warning: stage0: no package metadata"),
        "{message}"
    );
}

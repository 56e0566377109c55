//! `fastboop stage0 initramfs` and `inspect` through the real binary.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use common::{WorkDir, text};

/// The paths in an image, as listed by `inspect`.
fn list_paths(dir: &WorkDir, image: &str) -> Vec<String> {
    let json = dir.run_json(&["inspect", image, "--json"]);
    let archives = json["archives"].as_array().unwrap();
    let entries = archives
        .iter()
        .flat_map(|archive| archive["entries"].as_array().unwrap());
    entries
        .map(|entry| entry["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn contains_everything_requested() {
    let dir = WorkDir::new();
    dir.write("tool", b"#!/bin/sh\n", 0o755);
    dir.run_ok(&[
        "initramfs",
        "--modules-dir",
        "modules",
        "--module",
        "a-a",
        "--set",
        "root=LABEL=x",
        "--set",
        "on-error=reboot",
        "--file",
        "tool:/usr/bin/tool",
        "--file",
        "tool:etc/key:0600",
        "-o",
        "image",
    ]);
    let output = dir.run_ok(&["inspect", "image"]);
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert_eq!(lines[0], "gzip at byte 0: 26 entries");
    for line in [
        "crw-------       5, 1 dev/console",
        "-rw-r--r--          4 etc/modules-load.d/stage0.conf",
        "-rw-r--r--          7 etc/stage0/on_error",
        "-rw-r--r--          8 etc/stage0/root",
        "-rw-------         10 etc/key",
        "-rwxr-xr-x         10 usr/bin/tool",
        "-rw-r--r--          5 lib/modules/6.1/k/a-a.ko",
        "-rw-r--r--          5 lib/modules/6.1/k/b.ko.xz",
        "-rw-r--r--         31 lib/modules/6.1/modules.dep",
        "drwxr-xr-x          0 proc",
        "drwxr-xr-x          0 run",
        "drwxr-xr-x          0 sys",
    ] {
        assert!(lines.contains(&line), "{line}: {lines:#?}");
    }
    assert!(!list_paths(&dir, "image").contains(&"lib/modules/6.1/k/other.ko".to_owned()));
    let stage0 = dir.run_json(&["info", "--json"])["size"].as_u64().unwrap();
    let init = format!("-rwxr-xr-x {stage0:>10} init");
    assert!(lines.contains(&init.as_str()), "{init}: {lines:#?}");
}

#[test]
fn reports_the_contents() {
    let dir = WorkDir::new();
    let arguments = [
        "initramfs",
        "--modules-dir",
        "modules",
        "--module",
        "other",
        "--set",
        "timeout=5",
        "--compress",
        "none",
        "-o",
        "image",
    ];
    let output = dir.run_ok(&arguments);
    assert_eq!(text(&output.stdout), "");
    let size = fs::metadata(dir.path("image")).unwrap().len();
    for line in [
        format!("wrote image: {size} bytes"),
        "modules           60 bytes in 7 files of 6.1".to_owned(),
        "settings           2 bytes in 1 files".to_owned(),
        format!("archive   {size:>10} bytes, not compressed"),
    ] {
        let found = text(&output.stderr);
        assert!(found.lines().any(|found| found == line), "{line}: {found}");
    }
    let json = dir.run_json(&[&arguments[..], &["--json"]].concat());
    assert_eq!(json["size"], size);
    assert_eq!(json["unpacked"], size);
    assert_eq!(json["compression"], "none");
    assert_eq!(json["modules"]["kernel_release"], "6.1");
    assert_eq!(json["modules"]["files"], 7);
    assert_eq!(json["settings"]["bytes"], 2);
    assert_eq!(json["existing"], 0);
    let mode = fs::metadata(dir.path("image"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0);
}

#[test]
fn same_contents_give_the_same_bytes() {
    let first = WorkDir::new();
    let second = WorkDir::new();
    for (dir, names) in [(&first, ["x", "y", "z"]), (&second, ["z", "y", "x"])] {
        for name in names {
            dir.write(&format!("tree/{name}"), name.as_bytes(), 0o644);
        }
    }
    // Change what must not affect the image: times, modes, the working directory, the order of arguments.
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    File::open(second.path("tree/x"))
        .unwrap()
        .set_modified(old)
        .unwrap();
    fs::set_permissions(second.path("tree/y"), Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(second.path("elsewhere")).unwrap();
    let modules = second.path("modules");
    for how in ["none", "gzip", "zstd", "xz"] {
        first.run_ok(&[
            "initramfs",
            "--modules-dir",
            "modules",
            "--module",
            "a-a",
            "--set",
            "timeout=1",
            "--set",
            "root=LABEL=x",
            "--file",
            "tree:tree",
            "--compress",
            how,
            "-o",
            "image",
        ]);
        let mut command = second.command(&[
            "initramfs",
            "-o",
            "../image",
            "--compress",
            how,
            "--file",
            "../tree:/tree",
            "--set",
            "root=LABEL=x",
            "--set",
            "timeout=1",
            "--module",
            "a_a",
            "--modules-dir",
            modules.to_str().unwrap(),
        ]);
        let output = command
            .current_dir(second.path("elsewhere"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let images = [&first, &second].map(|dir| fs::read(dir.path("image")).unwrap());
        assert!(images[0] == images[1], "{how}");
    }
}

#[test]
fn writes_the_same_bytes_to_standard_output() {
    let dir = WorkDir::new();
    dir.run_ok(&["initramfs", "--set", "timeout=1", "-o", "image"]);
    let output = dir.run_ok(&["initramfs", "--set", "timeout=1", "-o", "-"]);
    assert!(output.stdout == fs::read(dir.path("image")).unwrap());
    assert!(text(&output.stderr).starts_with("wrote standard output: "));
}

#[test]
fn sets_all_file_times_to_source_date_epoch() {
    let dir = WorkDir::new();
    let with = |epoch: &str| {
        let mut command = dir.command(&["initramfs", "-o", "image"]);
        command.env("SOURCE_DATE_EPOCH", epoch).output().unwrap()
    };
    assert!(with("1700000000").status.success());
    let json = dir.run_json(&["inspect", "image", "--json"]);
    for entry in json["archives"][0]["entries"].as_array().unwrap() {
        assert_eq!(entry["mtime"], 1_700_000_000, "{entry}");
    }
    let output = with("soon");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: SOURCE_DATE_EPOCH: invalid value \"soon\""));
}

#[test]
fn accepts_another_stage0() {
    let dir = WorkDir::new();
    let stage0 = dir.path("stage0");
    dir.run_ok(&["extract", "-o", stage0.to_str().unwrap()]);
    let with = dir.run_ok(&["initramfs", "--stage0", "stage0", "-o", "-"]);
    let without = dir.run_ok(&["initramfs", "-o", "-"]);
    assert!(with.stdout == without.stdout);
    dir.write("stage0", b"#!/bin/sh\n", 0o755);
    dir.run_err(
        &["initramfs", "--stage0", "stage0", "-o", "image"],
        "stage0: ",
    );
}

#[test]
fn appends_to_an_initramfs() {
    let dir = WorkDir::new();
    for how in ["none", "gzip"] {
        dir.run_ok(&[
            "initramfs",
            "--file",
            "modules:other",
            "--compress",
            how,
            "-o",
            "first",
        ]);
        let existing = fs::read(dir.path("first")).unwrap();
        let append = ["initramfs", "--append-to", "first", "--compress", "zstd"];
        dir.run_ok(&[&append[..], &["-o", "both"]].concat());
        let both = fs::read(dir.path("both")).unwrap();
        assert!(both.starts_with(&existing));
        let json = dir.run_json(&["inspect", "both", "--json"]);
        let second = &json["archives"][1];
        assert_eq!(second["format"], "zstd");
        assert_eq!(second["offset"], existing.len().next_multiple_of(4) + 4);
    }
}

#[test]
fn rejects_an_output_that_is_an_input() {
    let dir = WorkDir::new();
    dir.run_ok(&["initramfs", "-o", "first"]);
    dir.run_ok(&["extract", "-o", "stage0"]);
    symlink("first", dir.path("link")).unwrap();
    for (input, output) in [
        (["--append-to", "first"], "first"),
        (["--append-to", "first"], "./first"),
        (["--append-to", "link"], "first"),
        (["--stage0", "stage0"], "stage0"),
        (["--file", "modules:m"], "modules/6.1/modules.dep"),
    ] {
        let before = fs::read(dir.path(output)).unwrap();
        let output = ["initramfs", "-o", output];
        dir.run_err(&[&output[..], &input].concat(), "same file");
        assert!(before == fs::read(dir.path(output[2])).unwrap());
    }
}

#[test]
fn reports_invalid_input_and_writes_no_file() {
    let dir = WorkDir::new();
    dir.write("text", b"text", 0o644);
    dir.write("empty", b"", 0o644);
    dir.add_release("several/6.1");
    dir.add_release("several/6.2");
    fs::create_dir(dir.path("none")).unwrap();
    for (arguments, words) in [
        (
            &["--modules-dir", "modules", "--module", "gone"][..],
            "modules/6.1: no module gone",
        ),
        (
            &["--modules-dir", "modules", "--module", "lost"],
            "lost.ko: cannot read it",
        ),
        (
            &[
                "--modules-dir",
                "modules",
                "--module",
                "b",
                "--kernel-release",
                "6.9",
            ],
            "no kernel release 6.9; available: 6.1",
        ),
        (
            &["--modules-dir", "several", "--module", "b"],
            "--kernel-release: 6.1, 6.2",
        ),
        (
            &["--modules-dir", "none", "--module", "b"],
            "none: no kernel modules",
        ),
        (
            &["--modules-dir", "gone", "--module", "b"],
            "gone: cannot read it",
        ),
        (&["--set", "rot=a"], "unknown setting \"rot\""),
        (
            &["--set", "on_error=explode"],
            "on_error: invalid value \"explode\": expected hang, reboot",
        ),
        (
            &["--set", "timeout=1", "--set", "timeout=2"],
            "setting timeout: given twice",
        ),
        (&["--file", "gone:a"], "gone: cannot read it"),
        (&["--file", "text:init"], "init: already in the initramfs"),
        (
            &["--file", "text:a", "--file", "text:/a"],
            "a: already in the initramfs",
        ),
        (&["--file", "text:init/a"], "init is not a directory"),
        (&["--file", "text:../a"], "not a valid path in an initramfs"),
        (&["--file", "text:/"], "not a valid path in an initramfs"),
        (&["--stage0", "gone"], "gone: no such file"),
        (&["--append-to", "gone"], "gone: no such file"),
        (&["--append-to", "text"], "text: not an initramfs"),
        (&["--append-to", "empty"], "empty: not an initramfs"),
    ] {
        let arguments = [&["initramfs", "-o", "image"], arguments].concat();
        dir.run_err(&arguments, words);
        assert!(!dir.path("image").exists(), "{arguments:?}");
    }
    for (output, words) in [("gone/image", "cannot write it"), ("none", "a directory")] {
        dir.run_err(&["initramfs", "-o", output], words);
    }
    let names = fs::read_dir(dir.path("")).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        !names
            .iter()
            .any(|name| name.to_str().unwrap().starts_with('.')),
        "{names:?}"
    );
}

#[test]
fn exits_2_on_usage_errors() {
    let dir = WorkDir::new();
    for arguments in [
        &["initramfs"][..],
        &["initramfs", "-o", "image", "--compress", "lz4"],
        &["initramfs", "-o", "image", "--set", "root"],
        &["initramfs", "-o", "image", "--file", "a"],
        &["initramfs", "-o", "image", "--file", "a:b:999"],
        &["initramfs", "-o", "image", "--module", "a"],
        &["initramfs", "-o", "image", "--modules-dir", "modules"],
        &["inspect"],
    ] {
        let output = dir.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    dir.run_err(
        &["initramfs", "-o", "-", "--json"],
        "cannot both go to standard output",
    );
}

#[test]
fn accepts_a_closed_pipe_and_rejects_a_full_device() {
    let dir = WorkDir::new();
    dir.write("large", &vec![b'x'; 1 << 20], 0o644);
    dir.run_ok(&["initramfs", "-o", "image"]);
    for arguments in [
        &[
            "initramfs",
            "--file",
            "large:large",
            "--compress",
            "none",
            "-o",
            "-",
        ][..],
        &["initramfs", "--compress", "xz", "-o", "-"],
        &["initramfs", "--compress", "zstd", "-o", "-"],
        &["initramfs", "-o", "-"],
        &["inspect", "image"],
        &["inspect", "image", "--json"],
    ] {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(reader);
        let mut command = dir.command(arguments);
        command.stdout(OwnedFd::from(writer)).stderr(Stdio::piped());
        let output = command.output().unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");

        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = dir.command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            text(&output.stderr).starts_with("error: cannot write"),
            "{arguments:?}"
        );
    }
}

#[test]
fn inspect_reads_standard_input() {
    let dir = WorkDir::new();
    let image = dir.run_ok(&["initramfs", "-o", "-"]).stdout;
    let mut command = dir.command(&["inspect", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&image).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(text(&output.stdout).contains(" dev/console\n"));
}

#[test]
fn inspect_reports_the_offset_of_an_error() {
    let dir = WorkDir::new();
    let good = dir
        .run_ok(&["initramfs", "--compress", "none", "-o", "-"])
        .stdout;
    let gzip = dir.run_ok(&["initramfs", "-o", "-"]).stdout;
    let mut corrupt = gzip.clone();
    *corrupt.last_mut().unwrap() ^= 1;
    let bzip2 = [&good[..], b"BZh91AY"].concat();
    for (bytes, words) in [
        (&b""[..], "bad: at byte 0: empty"),
        (
            b"\x7fELF\x02\x01\x01",
            "bad: at byte 0: neither a cpio header",
        ),
        (
            &good[..good.len() - 1],
            &format!("bad: at byte {}: truncated", good.len() - 1),
        ),
        (
            &gzip[..gzip.len() / 2],
            "bad: in the gzip archive at byte 0, at its byte ",
        ),
        (&corrupt, "bad: in the gzip archive at byte 0, at its byte "),
        (
            &bzip2,
            &format!("bad: at byte {}: bzip2 is not supported", good.len()),
        ),
    ] {
        dir.write("bad", bytes, 0o644);
        let output = dir.run_err(&["inspect", "bad"], words);
        // The entries before the error are printed, but no JSON.
        assert_eq!(output.stdout.is_empty(), bytes.len() < 10, "{words}");
        let output = dir.run_err(&["inspect", "bad", "--json"], words);
        assert!(output.stdout.is_empty());
    }
    dir.run_err(&["inspect", "gone"], "gone: cannot read it");
    dir.run_err(&["inspect", "modules"], "modules: cannot read it");
}

#[test]
fn rejects_a_terminal_as_output() {
    let dir = WorkDir::new();
    for arguments in [&["initramfs", "-o", "-"], &["extract", "-o", "-"]] {
        // One end of a new pseudoterminal.
        let mut terminal = OpenOptions::new();
        let terminal = terminal.read(true).write(true).open("/dev/ptmx").unwrap();
        let output = dir.command(arguments).stdout(terminal).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(
            message.contains("not writing binary data to a terminal"),
            "{message}"
        );
    }
}

//! `fastboop stage0 initramfs` and `inspect` through the real binary.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use common::{Bench, text};

/// Paths in an image, as inspect tells them.
fn paths(bench: &Bench, image: &str) -> Vec<String> {
    let json = bench.json(&["inspect", image, "--json"]);
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
    let bench = Bench::new();
    bench.write("tool", b"#!/bin/sh\n", 0o755);
    bench.run_good(&[
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
    let output = bench.run_good(&["inspect", "image"]);
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert_eq!(lines[0], "gzip at byte 0: 25 entries");
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
    assert!(!paths(&bench, "image").contains(&"lib/modules/6.1/k/other.ko".to_owned()));
    let stage0 = bench.json(&["info", "--json"])["size"].as_u64().unwrap();
    let init = format!("-rwxr-xr-x {stage0:>10} init");
    assert!(lines.contains(&init.as_str()), "{init}: {lines:#?}");
}

#[test]
fn reports_the_contents() {
    let bench = Bench::new();
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
    let output = bench.run_good(&arguments);
    assert_eq!(text(&output.stdout), "");
    let size = fs::metadata(bench.path("image")).unwrap().len();
    for line in [
        format!("wrote image: {size} bytes"),
        "modules           60 bytes in 6 files of 6.1".to_owned(),
        "settings           2 bytes in 1 files".to_owned(),
        format!("archive   {size:>10} bytes, not compressed"),
    ] {
        let found = text(&output.stderr);
        assert!(found.lines().any(|found| found == line), "{line}: {found}");
    }
    let json = bench.json(&[&arguments[..], &["--json"]].concat());
    assert_eq!(json["size"], size);
    assert_eq!(json["unpacked"], size);
    assert_eq!(json["compression"], "none");
    assert_eq!(json["modules"]["kernel_release"], "6.1");
    assert_eq!(json["modules"]["files"], 6);
    assert_eq!(json["settings"]["bytes"], 2);
    assert_eq!(json["existing"], 0);
    let mode = fs::metadata(bench.path("image"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0);
}

#[test]
fn same_contents_give_the_same_bytes() {
    let first = Bench::new();
    let second = Bench::new();
    for (bench, names) in [(&first, ["x", "y", "z"]), (&second, ["z", "y", "x"])] {
        for name in names {
            bench.write(&format!("tree/{name}"), name.as_bytes(), 0o644);
        }
    }
    // Another time, another umask's modes, another working directory, another order of arguments.
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    File::open(second.path("tree/x"))
        .unwrap()
        .set_modified(old)
        .unwrap();
    fs::set_permissions(second.path("tree/y"), Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(second.path("elsewhere")).unwrap();
    let modules = second.path("modules");
    for how in ["none", "gzip", "zstd", "xz"] {
        first.run_good(&[
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
        let images = [&first, &second].map(|bench| fs::read(bench.path("image")).unwrap());
        assert!(images[0] == images[1], "{how}");
    }
}

#[test]
fn writes_the_same_bytes_to_standard_output() {
    let bench = Bench::new();
    bench.run_good(&["initramfs", "--set", "timeout=1", "-o", "image"]);
    let output = bench.run_good(&["initramfs", "--set", "timeout=1", "-o", "-"]);
    assert!(output.stdout == fs::read(bench.path("image")).unwrap());
    assert!(text(&output.stderr).starts_with("wrote standard output: "));
}

#[test]
fn sets_all_file_times_to_source_date_epoch() {
    let bench = Bench::new();
    let with = |epoch: &str| {
        let mut command = bench.command(&["initramfs", "-o", "image"]);
        command.env("SOURCE_DATE_EPOCH", epoch).output().unwrap()
    };
    assert!(with("1700000000").status.success());
    let json = bench.json(&["inspect", "image", "--json"]);
    for entry in json["archives"][0]["entries"].as_array().unwrap() {
        assert_eq!(entry["mtime"], 1_700_000_000, "{entry}");
    }
    let output = with("soon");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: SOURCE_DATE_EPOCH is \"soon\""));
}

#[test]
fn accepts_another_stage0() {
    let bench = Bench::new();
    let stage0 = bench.path("stage0");
    bench.run_good(&["extract", "-o", stage0.to_str().unwrap()]);
    let with = bench.run_good(&["initramfs", "--stage0", "stage0", "-o", "-"]);
    let without = bench.run_good(&["initramfs", "-o", "-"]);
    assert!(with.stdout == without.stdout);
    bench.write("stage0", b"#!/bin/sh\n", 0o755);
    bench.run_bad(
        &["initramfs", "--stage0", "stage0", "-o", "image"],
        "stage0: ",
    );
}

#[test]
fn appends_to_an_initramfs() {
    let bench = Bench::new();
    for how in ["none", "gzip"] {
        bench.run_good(&[
            "initramfs",
            "--file",
            "modules:other",
            "--compress",
            how,
            "-o",
            "first",
        ]);
        let existing = fs::read(bench.path("first")).unwrap();
        let append = ["initramfs", "--append-to", "first", "--compress", "zstd"];
        bench.run_good(&[&append[..], &["-o", "both"]].concat());
        let both = fs::read(bench.path("both")).unwrap();
        assert!(both.starts_with(&existing));
        let json = bench.json(&["inspect", "both", "--json"]);
        let second = &json["archives"][1];
        assert_eq!(second["format"], "zstd");
        assert_eq!(second["offset"], existing.len().next_multiple_of(4));
        // Onto itself: read before it is replaced.
        bench.run_good(&[&append[..], &["-o", "first"]].concat());
        assert!(both == fs::read(bench.path("first")).unwrap());
    }
}

#[test]
fn reports_invalid_input_and_leaves_nothing() {
    let bench = Bench::new();
    bench.write("text", b"text", 0o644);
    bench.write("empty", b"", 0o644);
    bench.add_release("several/6.1");
    bench.add_release("several/6.2");
    fs::create_dir(bench.path("none")).unwrap();
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
            "no kernel release 6.9; there is: 6.1",
        ),
        (
            &["--modules-dir", "several", "--module", "b"],
            "--kernel-release: 6.1, 6.2",
        ),
        (
            &["--modules-dir", "none", "--module", "b"],
            "none: no kernel's modules in it",
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
            "etc/stage0/timeout: already in the initramfs",
        ),
        (&["--file", "gone:a"], "gone: cannot read it"),
        (&["--file", "text:init"], "init: already in the initramfs"),
        (
            &["--file", "text:a", "--file", "text:/a"],
            "/a: already in the initramfs",
        ),
        (&["--file", "text:init/a"], "init is not a directory"),
        (&["--file", "text:../a"], "not a valid path in an initramfs"),
        (&["--file", "text:/"], "not a valid path in an initramfs"),
        (&["--stage0", "gone"], "gone: no such file"),
        (&["--append-to", "gone"], "gone: cannot read it"),
        (&["--append-to", "text"], "text: not an initramfs"),
        (&["--append-to", "empty"], "empty: not an initramfs"),
    ] {
        let arguments = [&["initramfs", "-o", "image"], arguments].concat();
        bench.run_bad(&arguments, words);
        assert!(!bench.path("image").exists(), "{arguments:?}");
    }
    for (output, words) in [("gone/image", "cannot write it"), ("none", "a directory")] {
        bench.run_bad(&["initramfs", "-o", output], words);
    }
    let names = fs::read_dir(bench.path("")).unwrap();
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
    let bench = Bench::new();
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
        let output = bench.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    bench.run_bad(
        &["initramfs", "-o", "-", "--json"],
        "cannot both go to standard output",
    );
}

#[test]
fn accepts_a_closed_pipe_and_rejects_a_full_device() {
    let bench = Bench::new();
    bench.write("large", &vec![b'x'; 1 << 20], 0o644);
    bench.run_good(&["initramfs", "-o", "image"]);
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
        let mut command = bench.command(arguments);
        command.stdout(OwnedFd::from(writer)).stderr(Stdio::piped());
        let output = command.output().unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");

        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = bench.command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            text(&output.stderr).starts_with("error: cannot write"),
            "{arguments:?}"
        );
    }
}

#[test]
fn inspect_reads_standard_input() {
    let bench = Bench::new();
    let image = bench.run_good(&["initramfs", "-o", "-"]).stdout;
    let mut command = bench.command(&["inspect", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&image).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(text(&output.stdout).contains(" dev/console\n"));
}

#[test]
fn inspect_names_the_place_of_what_is_wrong() {
    let bench = Bench::new();
    let good = bench
        .run_good(&["initramfs", "--compress", "none", "-o", "-"])
        .stdout;
    let gzip = bench.run_good(&["initramfs", "-o", "-"]).stdout;
    let mut garbled = gzip.clone();
    *garbled.last_mut().unwrap() ^= 1;
    let lz4 = [&good[..], b"\x02\x21\x4c\x18\0\0\0\0"].concat();
    for (bytes, words) in [
        (&b""[..], "bad: at byte 0: empty"),
        (
            b"\x7fELF\x02\x01\x01",
            "bad: at byte 0: neither a cpio header",
        ),
        (
            &good[..good.len() - 1],
            &format!("bad: at byte {}: cut off here", good.len() - 1),
        ),
        (
            &gzip[..gzip.len() / 2],
            "bad: in the gzip archive at byte 0, at its byte ",
        ),
        (&garbled, "bad: in the gzip archive at byte 0, at its byte "),
        (
            &lz4,
            &format!("bad: at byte {}: lz4-legacy is not supported", good.len()),
        ),
    ] {
        bench.write("bad", bytes, 0o644);
        let output = bench.run_bad(&["inspect", "bad"], words);
        // What could be read is shown all the same, but JSON is all or nothing.
        assert_eq!(output.stdout.is_empty(), bytes.len() < 10, "{words}");
        let output = bench.run_bad(&["inspect", "bad", "--json"], words);
        assert!(output.stdout.is_empty());
    }
    bench.run_bad(&["inspect", "gone"], "gone: cannot read it");
    bench.run_bad(&["inspect", "modules"], "modules: cannot read it");
}

#[test]
fn refuses_binary_data_on_a_terminal() {
    let bench = Bench::new();
    for arguments in [&["initramfs", "-o", "-"], &["extract", "-o", "-"]] {
        // The one end of a new terminal.
        let mut terminal = OpenOptions::new();
        let terminal = terminal.read(true).write(true).open("/dev/ptmx").unwrap();
        let output = bench.command(arguments).stdout(terminal).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(
            message.contains("not writing binary data to a terminal"),
            "{message}"
        );
    }
}

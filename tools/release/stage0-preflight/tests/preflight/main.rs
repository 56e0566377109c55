//! The binary, on generated artifacts: for each fault exactly one check fails.
//!
//! A shell script replaces qemu-user, for a target of another CPU than this machine's: the generated
//! files contain only headers.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs::{self, Permissions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use stage0_testing::{ElfFile, SHT_STRTAB, SHT_SYMTAB};
use tempfile::TempDir;

const AARCH64: &str = "aarch64-unknown-linux-musl";
const RISCV64: &str = "riscv64gc-unknown-linux-musl";
const X86_64: &str = "x86_64-unknown-linux-musl";

/// The identity of a valid stage0 for riscv64.
const IDENTITY: &str = r#"{"type":"fastboop","name":"fastboop-stage0","version":"1.2.3","target":"riscv64gc-unknown-linux-musl"}"#;

fn valid(triple: &str) -> ElfFile {
    match triple {
        AARCH64 => ElfFile::aarch64(),
        RISCV64 => ElfFile::riscv64(),
        X86_64 => ElfFile::x86_64(),
        other => panic!("{other}"),
    }
    .stage0(triple)
}

/// A directory of artifacts, and one that is PATH.
struct Dirs {
    artifacts: TempDir,
    path: TempDir,
}

impl Dirs {
    fn new() -> Self {
        Dirs {
            artifacts: TempDir::new().unwrap(),
            path: TempDir::new().unwrap(),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.artifacts.path().join(name)
    }

    fn add(&self, triple: &str, file: &ElfFile) -> PathBuf {
        self.write(&format!("fastboop-stage0-{triple}"), &file.build())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.at(name), bytes).unwrap();
        self.at(name)
    }

    /// Installs a script as qemu-riscv64.
    fn install_emulator(&self, script: &str) {
        let path = self.path.path().join("qemu-riscv64");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stage0-preflight"));
        command
            .args(arguments)
            .env("PATH", self.path.path())
            .env_remove("GITHUB_STEP_SUMMARY");
        command
    }

    /// Checks `path`. Returns the exit code and the JSON.
    fn json(&self, arguments: &[&str], path: &Path) -> (Option<i32>, Value) {
        let output = self
            .command(&["--format=json"])
            .args(arguments)
            .arg(path)
            .output()
            .unwrap();
        let parsed = serde_json::from_slice(&output.stdout);
        (
            output.status.code(),
            parsed.unwrap_or_else(|error| panic!("{error}: {output:?}")),
        )
    }

    /// Checks a valid artifact for riscv64 with `script` as its emulator. Returns the exit code and the
    /// entry of the check `runs`.
    fn run(&self, script: &str, arguments: &[&str]) -> (Option<i32>, Value) {
        let path = self.add(RISCV64, &valid(RISCV64));
        self.install_emulator(script);
        let arguments = [&["--require", RISCV64], arguments].concat();
        let (code, json) = self.json(&arguments, &path);
        let others = failures(&json).into_iter().filter(|(id, _)| id != "runs");
        assert_eq!(others.count(), 0, "{json}");
        (code, last(&json))
    }
}

/// The failed checks of all artifacts with their reasons.
fn failures(json: &Value) -> Vec<(String, String)> {
    let artifacts = json["artifacts"].as_array().unwrap().iter();
    artifacts
        .flat_map(|artifact| artifact["checks"].as_array().unwrap())
        .filter(|check| check["outcome"] == "failed")
        .map(|check| {
            let text = |key: &str| check[key].as_str().unwrap().to_owned();
            (text("check"), text("reason"))
        })
        .collect()
}

/// The last check of the first artifact, which is `runs`.
fn last(json: &Value) -> Value {
    let check = json["artifacts"][0]["checks"].as_array().unwrap().last();
    let check = check.unwrap().clone();
    assert_eq!(check["check"], "runs");
    check
}

/// Asserts that `id` is the only failed check, and that its reason contains `words`.
#[track_caller]
fn assert_only(failures: &[(String, String)], id: &str, words: &str) {
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].0, id, "{failures:?}");
    assert!(failures[0].1.contains(words), "{failures:?}");
}

fn text(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

#[test]
fn requires_both_gating_targets_by_default() {
    let dirs = Dirs::new();
    dirs.add(X86_64, &valid(X86_64));
    let (code, json) = dirs.json(&["--run=never"], dirs.artifacts.path());
    assert_eq!(code, Some(1));
    assert_only(
        &failures(&json),
        "exists",
        "fastboop-stage0-aarch64-unknown-linux-musl is required",
    );
    assert_eq!(json["artifacts"][1]["path"], Value::Null);

    dirs.add(AARCH64, &valid(AARCH64));
    let (code, json) = dirs.json(&["--run=never"], dirs.artifacts.path());
    assert_eq!((code, failures(&json).len()), (Some(0), 0), "{json}");
    assert_eq!(json["passed"], true);
    assert_eq!(json["artifacts"][0]["target"], AARCH64);
    assert_eq!(last(&json)["reason"], "--run never");
}

#[test]
fn exists_fails_for_a_missing_file() {
    let dirs = Dirs::new();
    let gone = dirs.at(&format!("fastboop-stage0-{RISCV64}"));
    let (code, json) = dirs.json(&["--require", RISCV64], &gone);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "exists", "no such file");

    let (_, json) = dirs.json(&["--require", RISCV64], &dirs.at("gone"));
    let first = &failures(&json)[0];
    assert!(first.1.contains("no such file or directory"), "{first:?}");
}

#[test]
fn not_empty_fails_for_an_empty_file() {
    let dirs = Dirs::new();
    let path = dirs.write(&format!("fastboop-stage0-{RISCV64}"), b"");
    let (code, json) = dirs.json(&["--require", RISCV64], &path);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "not-empty", "empty (0 bytes)");
}

#[test]
fn name_fails_for_an_unknown_target() {
    let dirs = Dirs::new();
    dirs.add(RISCV64, &valid(RISCV64));
    let arguments = ["--require", RISCV64, "--run=never"];
    let unknown = dirs.write("fastboop-stage0-mips-unknown-linux-musl", b"x");
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "name", "name it fastboop-stage0-<target>");
    fs::remove_file(unknown).unwrap();

    // Files with an extension or without the prefix are not artifacts.
    let checksum = dirs.write(&format!("fastboop-stage0-{RISCV64}.sha256"), b"x");
    dirs.write("SHA256SUMS", b"x");
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(0), "{json}");
    assert_eq!(json["passed_over"][0], checksum.to_str().unwrap());

    // --target supplies the target that a name does not contain.
    let other = dirs.write("stage0", &valid(RISCV64).build());
    let arguments = [&arguments[..], &["--target", RISCV64]].concat();
    assert_eq!(dirs.json(&arguments, &other).0, Some(0));
    let named = dirs.add(X86_64, &valid(X86_64));
    let (_, json) = dirs.json(&arguments, &named);
    assert!(failures(&json)[0].1.contains("named for x86_64"), "{json}");
}

#[test]
fn static_fails_for_a_dynamic_program() {
    let dirs = Dirs::new();
    let dynamic = ElfFile {
        interp: Some("/lib/ld.so"),
        ..valid(RISCV64)
    };
    let path = dirs.add(RISCV64, &dynamic);
    dirs.install_emulator(&format!("echo '{IDENTITY}'"));
    let (code, json) = dirs.json(&["--require", RISCV64], &path);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "static", "the loader /lib/ld.so");
    assert_eq!(last(&json)["reason"], "static failed", "it is not run");
}

#[test]
fn options_configure_checks() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    let budget = dirs.write(
        "budget.toml",
        format!("{AARCH64} = 1\n{RISCV64} = 2\n{X86_64} = 3\narmv7-unknown-linux-musleabihf = 4\n")
            .as_bytes(),
    );
    for (option, value, id) in [
        ("--expect-version", "1.2.4", "identity"),
        ("--forbid", "fastboop-stage0", "paths"),
        ("--budget", budget.to_str().unwrap(), "size"),
    ] {
        let (code, json) = dirs.json(&["--require", RISCV64, "--run=never", option, value], &path);
        assert_eq!(code, Some(1));
        assert_only(&failures(&json), id, "");
    }
}

#[test]
fn warnings_fail_only_if_strict() {
    let dirs = Dirs::new();
    let unstripped = ElfFile {
        sections: vec![(".symtab", SHT_SYMTAB), (".shstrtab", SHT_STRTAB)],
        ..valid(RISCV64)
    };
    let path = dirs.add(RISCV64, &unstripped);
    let arguments = ["--require", RISCV64, "--run=never"];
    let (code, json) = dirs.json(&arguments, &path);
    assert_eq!(code, Some(0));
    assert_only(&failures(&json), "stripped", ".symtab");
    let arguments = [&arguments[..], &["--strict"]].concat();
    assert_eq!(dirs.json(&arguments, &path).0, Some(1));
}

#[test]
fn runs_passes_for_a_program_that_identifies_itself() {
    let dirs = Dirs::new();
    // The script gets a copy of the artifact, and --identify.
    let artifact = dirs.at(&format!("fastboop-stage0-{RISCV64}"));
    let script = format!(
        "IFS= read -r first <\"$1\"\n[ \"$2\" = --identify ] && [ \"$1\" != '{}' ] && [ -x \"$1\" ] && echo '{IDENTITY}'",
        artifact.display()
    );
    let (code, runs) = dirs.run(&script, &["--run=always"]);
    assert_eq!(
        (code, &runs["outcome"]),
        (Some(0), &Value::from("passed")),
        "{runs}"
    );
}

#[test]
fn runs_fails_for_a_failed_run_or_another_identity() {
    let dirs = Dirs::new();
    let other_version = IDENTITY.replace("1.2.3", "1.2.4");
    let other_target = IDENTITY.replace("riscv64gc", "x86_64");
    for (script, words) in [
        (
            &*format!("echo '{other_version}'"),
            "fastboop-stage0 1.2.4 for riscv64gc",
        ),
        (
            &*format!("echo '{other_target}'"),
            "for x86_64-unknown-linux-musl, from --identify",
        ),
        (
            "echo fastboop-stage0 1.2.3",
            "which is not a valid identity",
        ),
        ("", "printed \"\""),
        ("echo no kernel >&2; exit 3", "exit status: 3: no kernel"),
        ("kill -SEGV $$", "SIGSEGV"),
        ("while :; do :; done", "timed out after 1 s"),
        // Its own process group, so not ours.
        ("kill -KILL 0", "SIGKILL"),
        ("echo no end; while :; do echo no end; done", "SIGXFSZ"),
        // The time limit applies to a program that closed its output, too.
        ("exec >&- 2>&-; while :; do :; done", "timed out after 1 s"),
    ] {
        let limit = if words.contains("timed out") {
            "1"
        } else {
            "60"
        };
        let (code, runs) = dirs.run(script, &["--timeout", limit]);
        assert_eq!(code, Some(1), "{script}");
        assert!(runs["reason"].as_str().unwrap().contains(words), "{runs}");
    }
}

/// Whether a process with this id runs.
fn is_running(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status"));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

#[test]
fn descendants_do_not_outlive_the_run() {
    let dirs = Dirs::new();
    let pids = dirs.at("pids");
    // A second fork, whose parent ends at once, and one in another session.
    let start = format!(
        "sh=/bin/sh; PATH=/usr/bin:/bin; export PATH
        detach() {{ (\"$@\" $sh -c 'echo $$ >>{}; exec sleep 600' </dev/null >/dev/null 2>&1 &) ; }}
        detach env; detach setsid
        while [ \"$(wc -l <{0})\" -lt 2 ]; do sleep 0.01; done",
        pids.display()
    );
    for (end, limit, words) in [
        (
            format!("echo '{IDENTITY}'"),
            "60",
            "left 2 processes running",
        ),
        ("exit 3".to_owned(), "60", "left 2 processes running"),
        ("sleep 600".to_owned(), "1", "timed out after 1 s"),
    ] {
        fs::write(&pids, "").unwrap();
        let script = format!("{start}\n{end}");
        let (code, runs) = dirs.run(&script, &["--timeout", limit]);
        let started = fs::read_to_string(&pids).unwrap();
        assert_eq!(started.lines().count(), 2, "{runs}");
        assert_eq!(code, Some(1), "{runs}");
        assert!(runs["reason"].as_str().unwrap().contains(words), "{runs}");
        for pid in started.lines() {
            assert!(!is_running(pid), "{pid}: {runs}");
        }
    }
}

#[test]
fn a_program_that_forks_all_the_time_is_stopped() {
    let dirs = Dirs::new();
    let marker = dirs.at("marker");
    // Each run of the script starts the next one and ends.
    let next = dirs.write(
        "next",
        format!(
            "[ -e {} ] || exit\n/bin/sh \"$0\" & exit\n",
            marker.display()
        )
        .as_bytes(),
    );
    fs::write(&marker, "").unwrap();
    let start = format!("/bin/sh {} </dev/null >/dev/null 2>&1 &", next.display());
    let (code, runs) = dirs.run(&format!("{start}\necho '{IDENTITY}'"), &[]);
    let reason = runs["reason"].as_str().unwrap();
    let left: Vec<String> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read(entry.unwrap().path().join("cmdline")).ok())
        .map(|words| String::from_utf8_lossy(&words).replace('\0', " "))
        .filter(|words| words.contains(next.to_str().unwrap()))
        .collect();
    // Ends them if this fails.
    fs::remove_file(&marker).unwrap();
    assert_eq!(code, Some(1), "{runs}");
    assert!(
        reason.contains("processes running, which were killed"),
        "{reason}"
    );
    assert_eq!(left, [""; 0]);
}

#[test]
fn children_of_an_earlier_program_keep_running() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    dirs.install_emulator(&format!("echo '{IDENTITY}'"));
    let pid_file = dirs.at("pid");
    let preflight = fs::canonicalize(env!("CARGO_BIN_EXE_stage0-preflight")).unwrap();
    // The shell becomes preflight, and so preflight the parent of sleep.
    let script = "/bin/sleep 600 </dev/null >/dev/null 2>&1 & echo $! >\"$1\"; shift; exec \"$@\"";
    let output = Command::new("/bin/sh")
        .args(["-c", script, "sh"])
        .args([&pid_file, &preflight])
        .args(["--run=always", "--require", RISCV64])
        .arg(&path)
        .env("PATH", dirs.path.path())
        .output()
        .unwrap();
    let pid = fs::read_to_string(&pid_file).unwrap();
    let was_running = is_running(pid.trim());
    let mut kill = Command::new("/bin/sh");
    kill.args(["-c", "kill $1", "sh", pid.trim()]);
    assert!(kill.status().unwrap().success());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(was_running);
}

#[test]
fn program_has_its_own_session_and_no_terminal() {
    let dirs = Dirs::new();
    // Of `proc_pid_stat(5)`: the session and the process group are the program's id, and it has no terminal.
    let script = format!(
        "read -r pid name state parent group session terminal rest </proc/$$/stat
        [ $group = $$ ] && [ $session = $$ ] && [ $terminal = 0 ] && echo '{IDENTITY}'"
    );
    let (code, runs) = dirs.run(&script, &["--run=always"]);
    assert_eq!(code, Some(0), "{runs}");
}

#[test]
fn program_dies_with_preflight() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    let pid_file = dirs.at("pid");
    dirs.install_emulator(&format!(
        "echo $$ >{0}.new; /bin/mv {0}.new {0}; exec /bin/sleep 600",
        pid_file.display()
    ));
    let mut program = dirs
        .command(&["--require", RISCV64])
        .arg(&path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let wait_until = |what: &str, is_done: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_done() {
            assert!(Instant::now() < deadline, "{what}");
            thread::sleep(Duration::from_millis(1));
        }
    };
    wait_until("it does not start", &|| pid_file.exists());
    let pid = fs::read_to_string(&pid_file).unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    wait_until("it still runs", &|| !is_running(pid.trim()));
}

#[test]
fn runs_fails_if_the_program_cannot_be_executed() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    let emulator = dirs.path.path().join("qemu-riscv64");
    fs::write(&emulator, "#!/nonexistent\n").unwrap();
    fs::set_permissions(emulator, Permissions::from_mode(0o755)).unwrap();
    let (code, json) = dirs.json(&["--require", RISCV64], &path);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "runs", "cannot execute it: No such file");
}

#[test]
fn checks_the_file_that_a_symbolic_link_points_to() {
    // As in bazel-bin.
    let dirs = Dirs::new();
    let elsewhere = TempDir::new().unwrap();
    let built = elsewhere.path().join("built");
    fs::write(&built, valid(RISCV64).build()).unwrap();
    let link = dirs.at(&format!("fastboop-stage0-{RISCV64}"));
    symlink(&built, &link).unwrap();
    let arguments = ["--require", RISCV64, "--run=never"];
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(0), "{json}");
    fs::remove_file(built).unwrap();
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(1), "{json}");
    assert_only(&failures(&json), "exists", "no such file");
}

#[test]
fn names_what_a_file_is_instead_of_an_artifact() {
    let dirs = Dirs::new();
    let name = format!("fastboop-stage0-{RISCV64}");
    let freebsd = {
        let mut bytes = valid(RISCV64).build();
        bytes[7] = 9;
        bytes
    };
    let unknown = ElfFile {
        machine: 51966,
        ..valid(RISCV64)
    };
    for (bytes, id, words) in [
        (b"MZ\x90\0".to_vec(), "elf-format", "a PE program"),
        (
            b"\xcf\xfa\xed\xfe".to_vec(),
            "elf-format",
            "a Mach-O program",
        ),
        (freebsd, "machine", "got FreeBSD (EI_OSABI 9)"),
        (unknown.build(), "machine", "got e_machine 51966"),
    ] {
        let path = dirs.write(&name, &bytes);
        let (code, json) = dirs.json(&["--require", RISCV64], &path);
        assert_eq!(code, Some(1), "{json}");
        assert_only(&failures(&json), id, words);
    }
}

#[test]
fn runs_is_skipped_or_fails_without_an_emulator() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    for (mode, code, outcome) in [
        ("auto", Some(0), "skipped"),
        ("always", Some(1), "failed"),
        ("never", Some(0), "skipped"),
    ] {
        let (ended, json) = dirs.json(&["--require", RISCV64, "--run", mode], &path);
        assert_eq!(ended, code, "{mode}: {json}");
        assert_eq!(last(&json)["outcome"], outcome, "{mode}");
    }
}

#[test]
fn json_contains_every_check() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    let (_, json) = dirs.json(&["--require", RISCV64, "--run=never"], &path);
    assert_eq!(json["schema"], 1);
    let checks = json["artifacts"][0]["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 19);
    for check in checks {
        for key in ["check", "outcome", "severity", "why"] {
            assert!(check[key].is_string(), "{check}");
        }
    }
}

#[test]
fn text_contains_the_failure_and_why_it_matters() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(X86_64));
    let output = dirs
        .command(&["--require", RISCV64])
        .arg(&path)
        .output()
        .unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1));
    for words in [
        "  ok    elf-format\n",
        "  FAIL  machine            machine mismatch: expected RISC-V (e_machine 243) for riscv64gc",
        "why: a program for another CPU",
        "  skip  runs               machine failed\n",
        "preflight: 1 of 1 artifacts failed\n",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn github_format_adds_annotations_and_a_table() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(X86_64));
    let summary = dirs.write("summary.md", b"before\n");
    let output = dirs
        .command(&["--format=github", "--require", RISCV64])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .arg(&path)
        .output()
        .unwrap();
    let text = text(&output);
    let annotation = format!(
        "\n::error file={},title=machine::machine mismatch: expected RISC-V",
        path.display()
    );
    assert!(text.contains(&annotation), "{text}");
    let summary = fs::read_to_string(summary).unwrap();
    for words in [
        "before\n### stage0-preflight: failed\n",
        "| check | riscv64gc-unknown-linux-musl |\n|---|---|\n| name | ok |\n",
        "| machine | **failed** |\n",
        "| runs | skipped |\n",
        "- `machine`, riscv64gc-unknown-linux-musl: machine mismatch: expected RISC-V (e\\_machine 243)",
    ] {
        assert!(summary.contains(words), "{words}: {summary}");
    }
}

#[test]
fn usage_errors_exit_with_2_and_an_unreadable_budget_with_1() {
    let dirs = Dirs::new();
    for arguments in [
        &[][..],
        &["--require=mips", "x"],
        &["--run=maybe", "x"],
        &["--forbid=", "x"],
        &["--timeout=0", "x"],
    ] {
        let output = dirs.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
    let output = dirs.command(&["--budget=/nowhere", "x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).starts_with("error: /nowhere: "),
        "{}",
        text(&output)
    );
}

#[test]
fn closed_pipe_is_quiet_and_keeps_the_exit_code() {
    let dirs = Dirs::new();
    let bad = dirs.write(&format!("fastboop-stage0-{AARCH64}"), b"not an ELF file");
    for (arguments, code) in [
        (&["--require", AARCH64, bad.to_str().unwrap()][..], 1),
        (&["--help"], 0),
    ] {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(reader);
        let output = dirs
            .command(arguments)
            .stdout(OwnedFd::from(writer))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

//! The check that runs the program.

use clean_build::write_script;
use serde_json::Value;

use crate::{Dirs, IDENTITY, RISCV64, assert_only, failures, last, valid};

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
fn runs_fails_if_the_program_cannot_be_executed() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    let emulator = dirs.path.path().join("qemu-riscv64");
    write_script(&emulator, "#!/nonexistent\n").unwrap();
    let (code, json) = dirs.json(&["--require", RISCV64], &path);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "runs", "cannot execute it: No such file");
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

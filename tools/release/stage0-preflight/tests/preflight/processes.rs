//! What becomes of the processes of a program that is run.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Dirs, IDENTITY, RISCV64, text, valid};

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

//! How the real program ends, and that its servers end with it.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clean_build::write_script;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use wait_timeout::ChildExt;

/// Far more than any of it takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// `second-checkout` with a script in the place of nginx, the first program that it starts.
struct Check {
    directory: tempfile::TempDir,
}

impl Check {
    /// `None` if this user cannot create PID namespaces, as in a sandbox. In .ci/slow/70-remote-cache it is root.
    fn with_nginx(script: &str) -> Option<Self> {
        let mut unshare = Command::new("unshare");
        unshare.args(["--pid", "--fork", "--mount-proc", "true"]);
        if !unshare.status().is_ok_and(|status| status.success()) {
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let nginx = directory.path().join("nginx");
        write_script(&nginx, &format!("#!/bin/sh\n{script}\n")).unwrap();
        Some(Check { directory })
    }

    fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    /// Runs through another program if `prefix` is not empty. No signal is ignored: a test that runs in the background may have inherited
    /// that SIGINT is.
    fn command(&self, prefix: &[&str]) -> Command {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", self.directory.path().display());
        let mut command = Command::new("env");
        command
            .env("PATH", path)
            .arg("--default-signal")
            .args(prefix);
        command.args([env!("CARGO_BIN_EXE_cache-check"), "--work"]);
        command.arg(self.work()).arg("second-checkout");
        command
    }

    /// The processes that have the working directory in their command lines, as all parts of the check have.
    fn processes(&self) -> Vec<String> {
        let work = self.work();
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
        lines
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .filter(|line| line.contains(work.to_str().unwrap()))
            .collect()
    }

    fn wait_until(&self, condition: impl Fn(&[String]) -> bool) {
        let started = Instant::now();
        while !condition(&self.processes()) {
            let processes = self.processes();
            assert!(started.elapsed() < DEADLINE, "{processes:?}");
            sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn reports_the_last_lines_of_a_server_that_ends_at_once() {
    let Some(check) = Check::with_nginx("echo address in use; exit 3") else {
        return;
    };
    let output = check.command(&[]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("error: nginx ended: exit status: 3"),
        "{errors}"
    );
    assert!(errors.contains("\n  address in use"), "{errors}");
    assert!(!check.work().exists());
}

#[test]
fn leaves_no_process_when_it_or_its_parent_is_killed() {
    let parent = ["sh", "-c", "\"$@\"; exit $?", "sh"];
    let cases: [(Signal, &[&str]); 4] = [
        (Signal::SIGTERM, &[]),
        (Signal::SIGINT, &[]),
        (Signal::SIGKILL, &[]),
        (Signal::SIGKILL, &parent),
    ];
    for (signal, prefix) in cases {
        // In the background and in a session of its own, as Bazel's and PostgreSQL's processes are.
        let script = "setsid sh -c \"sleep 600; : $PWD\" & sleep 600";
        let Some(check) = Check::with_nginx(script) else {
            return;
        };
        let mut child = check.command(prefix).spawn().unwrap();
        check.wait_until(|processes| processes.iter().any(|line| line.contains("sleep 600")));
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        let status = child.wait_timeout(DEADLINE).unwrap();
        assert!(status.is_some(), "{signal} does not end the check");
        check.wait_until(<[String]>::is_empty);
    }
}

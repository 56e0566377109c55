//! Runs the real binary as PID 1 of a PID namespace, in a root directory of its own: its mounts affect
//! nothing outside, and a power-off ends only the namespace.
//!
//! Requires `unshare` of util-linux and permission to create namespaces: root, or unprivileged user
//! namespaces. Without them the tests fail with a message; they are never skipped.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use temp_dir::TempDir;

/// The signals that end a namespace's PID 1 when it calls reboot(2), see there.
const SIGHUP_RESTART: i32 = 1;
const SIGINT_POWER_OFF: i32 = 2;

/// Runs as PID 1 and root of the new namespaces. Prepares the root directory $root.
const ENTER: &str = r#"
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
# The binary under test is linked to the host's C library.
for dir in bin lib lib64 usr; do
    if [ -d "/$dir" ]; then
        mkdir -p "$root/$dir"
        mount --rbind "/$dir" "$root/$dir"
    fi
done
# Stage0 leaves mount points alone, so it does not see the host's devices.
mkdir -p "$root/dev"
mount -t tmpfs tmpfs "$root/dev"
"#;

/// Redirects stage0's console and kernel log to files that outlive the namespace.
const WITH_CONSOLE: &str = r#"
for file in console kmsg; do
    : > "$root/dev/$file"
    mount --bind "$out/$file" "$root/dev/$file"
done
"#;

/// Replaces the kernel command line.
const WITH_COMMAND_LINE: &str = r#"
mkdir -p "$root/proc"
mount -t proc proc "$root/proc"
mount --bind "$out/cmdline" "$root/proc/cmdline"
"#;

/// A root directory whose /init is stage0, and a directory for its output.
struct Machine {
    root: TempDir,
    out: TempDir,
}

/// The exit status and output of a run.
struct Outcome {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Machine {
    fn new(settings: &[(&str, &str)]) -> Self {
        let machine = Machine {
            root: TempDir::new().unwrap(),
            out: TempDir::new().unwrap(),
        };
        let stage0 = env!("CARGO_BIN_EXE_fastboop-stage0");
        fs::copy(stage0, machine.root.path().join("init")).unwrap();
        let directory = machine.root.path().join("etc/stage0");
        fs::create_dir_all(&directory).unwrap();
        for (key, value) in settings {
            fs::write(directory.join(key), format!("{value}\n")).unwrap();
        }
        for file in ["console", "kmsg"] {
            fs::write(machine.out.path().join(file), "").unwrap();
        }
        machine
    }

    fn command(&self, preparation: &str, arguments: &str) -> Command {
        let mut command = namespaces();
        command
            .args(["sh", "-c"])
            .arg(format!(
                "{ENTER}{preparation}\nexec chroot \"$root\" /init {arguments}"
            ))
            .env("root", self.root.path())
            .env("out", self.out.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, preparation: &str, arguments: &str) -> Outcome {
        let output = self.command(preparation, arguments).output().unwrap();
        Outcome {
            status: output.status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn output(&self, file: &str) -> String {
        fs::read_to_string(self.out.path().join(file)).unwrap()
    }
}

/// A command in new PID, mount and network namespaces that dies with the test.
fn namespaces() -> Command {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let unshare = || {
        let mut command = Command::new("unshare");
        if !is_root {
            command.args(["--user", "--map-root-user"]);
        }
        // A user namespace may mount sysfs only with a network namespace of its own.
        command.args(["--mount", "--pid", "--net", "--kill-child"]);
        command
    };
    let probe = unshare().arg("true").output();
    let problem = match &probe {
        Ok(output) if output.status.success() => return unshare(),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    panic!(
        "cannot create namespaces: {problem}; run the tests as root or allow unprivileged user \
         namespaces, and install util-linux"
    );
}

#[track_caller]
fn assert_killed_by(outcome: &Outcome, signal: i32) {
    // unshare ends with the signal that killed its child.
    assert_eq!(
        outcome.status.signal(),
        Some(signal),
        "{}: {}",
        outcome.status,
        outcome.stderr
    );
}

const NO_ROOT: &str = "step root: no root is configured; write the file /etc/stage0/root or set \
                       stage0.root= on the kernel command line";

#[test]
fn reports_a_missing_root_on_console_and_kmsg_and_powers_off() {
    let machine = Machine::new(&[("on_error", "poweroff")]);
    let outcome = machine.run(WITH_CONSOLE, "");
    assert_killed_by(&outcome, SIGINT_POWER_OFF);
    assert_eq!(
        outcome.stderr, "",
        "nothing is written to standard error if there is a console"
    );

    let console = machine.output("console");
    let lines: Vec<_> = console.lines().collect();
    assert_eq!(lines.len(), 2, "{console}");
    assert!(
        lines[0].starts_with("stage0: fastboop-stage0 0.1.0 ("),
        "{console}"
    );
    assert_eq!(lines[1], format!("stage0: {NO_ROOT} (on_error: poweroff)"));

    let kmsg = machine.output("kmsg");
    let expected = format!("<3>stage0: {NO_ROOT} (on_error: poweroff)");
    assert_eq!(kmsg.lines().last(), Some(expected.as_str()), "{kmsg}");
}

#[test]
fn reboots_on_error() {
    let outcome = Machine::new(&[("on_error", "reboot")]).run("", "");
    assert_killed_by(&outcome, SIGHUP_RESTART);
    // Without a console it logs to standard error.
    assert!(outcome.stderr.contains(NO_ROOT), "{}", outcome.stderr);
}

#[test]
fn waits_for_the_root_device_until_the_timeout() {
    let settings = [("root", "LABEL=nowhere"), ("timeout", "1")];
    let machine = Machine::new(&[&settings[..], &[("on_error", "poweroff")]].concat());
    let outcome = machine.run("", "");
    assert_killed_by(&outcome, SIGINT_POWER_OFF);
    let mut lines = outcome.stderr.lines().skip(1);
    assert_eq!(lines.next(), Some("stage0: waiting for LABEL=nowhere"));
    let failure = lines.next().unwrap();
    let expected = "stage0: step root: LABEL=nowhere: not found after 1 s; block devices: ";
    assert!(failure.starts_with(expected), "{failure}");
}

#[test]
fn rejects_a_root_that_is_not_a_block_device_at_once() {
    let machine = Machine::new(&[("on_error", "poweroff"), ("root", "/dev/console")]);
    let outcome = machine.run(WITH_CONSOLE, "");
    assert_killed_by(&outcome, SIGINT_POWER_OFF);
    let console = machine.output("console");
    let expected = "stage0: step root: /dev/console: not a block device (on_error: poweroff)";
    assert_eq!(console.lines().last(), Some(expected), "{console}");
}

/// The module directory of the running kernel, in the machine's root.
fn module_directory(machine: &Machine) -> std::path::PathBuf {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let directory = machine.root.path().join("modules").join(release.trim());
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// Makes /lib/modules a link to the machine's module directory, and keeps the rest of the host's /lib,
/// which is read-only.
const WITH_MODULES: &str = r#"
mkdir -p "$root/host-lib"
mount --rbind /lib "$root/host-lib"
mount -t tmpfs tmpfs "$root/lib"
for entry in /lib/*; do
    ln -s "/host-lib/${entry##*/}" "$root/lib/"
done
rm -f "$root/lib/modules"
ln -s /modules "$root/lib/modules"
"#;

#[test]
fn fails_without_modules_dep() {
    let machine = Machine::new(&[("on_error", "poweroff"), ("modules", "erofs")]);
    let directory = module_directory(&machine);
    let release = directory.file_name().unwrap().to_str().unwrap();
    let outcome = machine.run(WITH_MODULES, "");
    assert_killed_by(&outcome, SIGINT_POWER_OFF);
    let expected = format!(
        "stage0: step modules: /lib/modules/{release}/modules.dep: No such file or directory"
    );
    assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
}

#[test]
fn names_an_unknown_module() {
    let machine = Machine::new(&[("on_error", "poweroff")]);
    let lists = machine.root.path().join("etc/modules-load.d");
    fs::create_dir_all(&lists).unwrap();
    fs::write(lists.join("root.conf"), "# nothing\nno-such\n").unwrap();
    fs::write(module_directory(&machine).join("modules.dep"), "a.ko:\n").unwrap();
    let outcome = machine.run(WITH_MODULES, "");
    assert_killed_by(&outcome, SIGINT_POWER_OFF);
    let expected =
        "no module no-such: neither in modules.dep nor an alias nor built into the kernel";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
}

#[test]
fn names_the_file_of_a_broken_module() {
    let machine = Machine::new(&[("on_error", "poweroff"), ("modules", "broken")]);
    let directory = module_directory(&machine);
    fs::write(directory.join("modules.dep"), "kernel/broken.ko.zst:\n").unwrap();
    fs::create_dir(directory.join("kernel")).unwrap();
    fs::write(directory.join("kernel/broken.ko.zst"), "nothing").unwrap();
    let outcome = machine.run(WITH_MODULES, "");
    assert_killed_by(&outcome, SIGINT_POWER_OFF);
    let failure = outcome.stderr.lines().last().unwrap();
    assert!(
        failure.starts_with("stage0: step modules: broken: /lib/modules/"),
        "{failure}"
    );
    assert!(failure.contains("/kernel/broken.ko.zst: "), "{failure}");
}

#[test]
fn kernel_command_line_takes_precedence_over_files() {
    let machine = Machine::new(&[("on_error", "hang"), ("root", "/dev/file")]);
    let line = "quiet stage0.on-error=reboot stage0.timeout=1 stage0.root=\"LABEL=the kernel's\" stage0.typo=1\n";
    fs::write(machine.out.path().join("cmdline"), line).unwrap();
    let outcome = machine.run(WITH_COMMAND_LINE, "");
    assert_killed_by(&outcome, SIGHUP_RESTART);
    assert!(
        outcome
            .stderr
            .contains("step root: LABEL=the kernel's: not found after 1 s"),
        "{}",
        outcome.stderr
    );
    let warning = "stage0: settings: the kernel command line: unknown setting \"typo\"; ignored";
    assert!(
        outcome.stderr.lines().any(|line| line == warning),
        "{}",
        outcome.stderr
    );
}

#[test]
fn names_a_failed_mount_and_still_applies_the_settings() {
    let machine = Machine::new(&[("on_error", "poweroff")]);
    fs::write(machine.root.path().join("run"), "in the way").unwrap();
    let outcome = machine.run(WITH_CONSOLE, "");
    assert_killed_by(&outcome, SIGINT_POWER_OFF);
    let console = machine.output("console");
    assert!(
        console.contains("stage0: step mount /run: tmpfs: File exists"),
        "{console}"
    );
    assert!(!console.contains("step root"), "{console}");
}

#[test]
fn hangs_by_default() {
    let machine = Machine::new(&[]);
    let mut child = machine
        .command("", "")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let failure = lines.find(|line| line.as_ref().unwrap().contains("step root"));
    assert!(failure.unwrap().unwrap().ends_with("(on_error: hang)"));
    assert!(child.try_wait().unwrap().is_none(), "PID 1 must not end");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines.next().is_none(), "the failure is the last line");
}

/// The shell is the host's; its output shows what stage0 mounted.
#[test]
fn shell_sees_all_mounts_and_pid_1_outlives_it() {
    let machine = Machine::new(&[("on_error", "shell")]);
    let mut child = machine
        .command("", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(b"cat /proc/mounts; echo parent $PPID; exit 7\n")
        .unwrap();
    drop(stdin);
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let ended = stderr.find(|line| line.as_ref().unwrap().contains("/bin/sh ended"));
    assert!(
        ended
            .unwrap()
            .unwrap()
            .contains("(exit status: 7); hanging")
    );
    assert!(child.try_wait().unwrap().is_none(), "PID 1 must not end");
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();

    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.lines().any(|line| line == "parent 1"), "{stdout}");
    for mount in ["proc /proc proc ", "sysfs /sys sysfs ", "tmpfs /run tmpfs "] {
        assert!(
            stdout.lines().any(|line| line.starts_with(mount)),
            "{mount}: {stdout}"
        );
    }
    let devices = stdout.lines().filter(|line| line.contains(" /dev "));
    assert_eq!(
        devices.count(),
        1,
        "existing mount points are left alone: {stdout}"
    );
}

#[test]
fn identifies_itself_as_pid_1_too() {
    // In a container the process is PID 1.
    let outcome = Machine::new(&[]).run("", "--identify");
    assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
    assert!(
        outcome.stdout.starts_with("{\"type\":\"fastboop\""),
        "{}",
        outcome.stdout
    );
}

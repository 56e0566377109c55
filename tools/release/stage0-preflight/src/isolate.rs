//! Runs a program so that it can neither outlive its run nor stop this one.
//!
//! - It has a session and a process group of its own: a signal to its group (`kill(0)`) does not reach
//!   this program, and it has no terminal.
//! - It dies with this program, and cannot fill the disk with its output or a core dump.
//! - All its descendants end with the run, also those that left its group or session: they become
//!   children of this process, a subreaper, when their parent ends.
//!
//! It is no sandbox. The program runs as the same user, so it can signal this process by its id, or all
//! processes of the user (`kill(-1)`); then preflight ends by that signal and reports nothing, so it does
//! not pass. And if preflight itself is killed, only the program dies with it, not its descendants.
//!
//! The session and the limits are set between fork and exec, which takes unsafe code in one process. So
//! this program starts itself, with [`HELPER`], and replaces itself with the program.

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getpid, kill_process, kill_process_group,
    set_child_subreaper, set_parent_process_death_signal, setrlimit, setsid, wait,
};
use wait_timeout::ChildExt;

/// The first argument of this program when it is to replace itself with the program in the others.
const HELPER: &str = "--exec-in-new-session";

/// The exit code of the helper if the program cannot be executed, as in shells.
const CANNOT_EXECUTE: u8 = 126;

/// The time limit for killed processes to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// It was killed at its time limit.
    TimedOut,
    /// By itself, but this number of its descendants still ran, and were killed.
    LeftProcesses(usize),
}

/// The command that runs the program in `words`.
pub fn command(words: impl IntoIterator<Item = OsString>) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg(HELPER).args(words);
    command
}

/// Runs `command`, which [`command`] created, and waits until it and all its descendants have ended.
pub fn run(command: &mut Command, timeout: Duration) -> io::Result<Ended> {
    set_child_subreaper(Some(getpid()))?;
    // A shell that replaced itself with this program can leave it children.
    let others = running_children()?;
    let mut child = command.spawn()?;
    let status = child.wait_timeout(timeout)?;
    if status.is_none() {
        kill_group(&child)?;
        child.wait()?;
    }
    let killed = kill_descendants(&others)?;
    Ok(match status {
        None => Ended::TimedOut,
        Some(_) if killed > 0 => Ended::LeftProcesses(killed),
        Some(status) => Ended::Exited(status),
    })
}

/// Replaces this process with the program on its command line, if it was started by [`run`]. Returns only
/// if it was not, or if that fails.
pub fn become_program() -> Option<ExitCode> {
    let mut words = env::args_os().skip(1);
    if words.next()? != HELPER {
        return None;
    }
    let error = execute(words);
    cli_main::error(format_args!(
        "cannot execute it: {error}; check that TMPDIR is not noexec"
    ));
    Some(ExitCode::from(CANNOT_EXECUTE))
}

fn execute(mut words: impl Iterator<Item = OsString>) -> io::Error {
    let Some(program) = words.next() else {
        return io::ErrorKind::InvalidInput.into();
    };
    match prepare() {
        Ok(()) => Command::new(program).args(words).exec(),
        Err(error) => error.into(),
    }
}

/// Sets what the program inherits.
fn prepare() -> rustix::io::Result<()> {
    // An output file may become as large as what is read of it; a larger one ends the program.
    let limits = [
        (Resource::Fsize, crate::execute::MAX_OUTPUT),
        (Resource::Core, 0),
    ];
    for (resource, limit) in limits {
        let limit = Some(limit);
        setrlimit(
            resource,
            Rlimit {
                current: limit,
                maximum: limit,
            },
        )?;
    }
    setsid()?;
    set_parent_process_death_signal(Some(Signal::KILL))
}

/// Kills a child, which has not been waited for, and its process group.
fn kill_group(child: &Child) -> io::Result<()> {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    // The group does not exist before the helper has created it.
    for result in [
        kill_process_group(pid, Signal::KILL),
        kill_process(pid, Signal::KILL),
    ] {
        match result {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Kills all children of this process except for `others`, and their children, which become ours, until
/// there are none. Returns how many were still running.
fn kill_descendants(others: &HashSet<Pid>) -> io::Result<usize> {
    let deadline = Instant::now() + KILL_TIMEOUT;
    let mut killed = HashSet::new();
    let mut was_none_running = false;
    loop {
        // A process that ends while the list of processes is read hides its children from that list. So the
        // list is read again, unless no process has ended since.
        let has_changed = reap()?;
        if was_none_running && !has_changed {
            return Ok(killed.len());
        }
        let mut running = running_children()?;
        running.retain(|pid| !others.contains(pid));
        for pid in &running {
            // It was not waited for, so its id does not belong to another process.
            match kill_process(*pid, Signal::KILL) {
                Ok(()) => killed.insert(*pid),
                Err(Errno::SRCH) => false,
                Err(error) => return Err(error.into()),
            };
        }
        was_none_running = running.is_empty();
        if !was_none_running {
            if Instant::now() > deadline {
                let limit = KILL_TIMEOUT.as_secs();
                let text = format!("its processes did not end {limit} s after they were killed");
                return Err(io::Error::other(text));
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Waits for the children that have ended. Returns whether there was any.
fn reap() -> io::Result<bool> {
    let mut has_any = false;
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => has_any = true,
            Ok(None) | Err(Errno::CHILD) => return Ok(has_any),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The children of this process that have not ended.
fn running_children() -> io::Result<HashSet<Pid>> {
    let mut children = HashSet::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else {
            continue;
        };
        // It can end at any time.
        let Ok(stat) = fs::read(format!("/proc/{}/stat", pid.as_raw_pid())) else {
            continue;
        };
        if let Some((state, parent)) = parse_stat(&stat) {
            if parent == getpid().as_raw_pid() && !matches!(state, b'Z' | b'X') {
                children.insert(pid);
            }
        }
    }
    Ok(children)
}

/// The state and the parent in `/proc/<pid>/stat`. See `proc_pid_stat(5)`.
fn parse_stat(stat: &[u8]) -> Option<(u8, i32)> {
    // After the program's name, which can contain anything, also parentheses.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    Some((state, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_stat_with_any_program_name() {
        let stat = b"12 (a) Z 1 (b) S 34 12 12 0 -1";
        assert_eq!(parse_stat(stat), Some((b'S', 34)));
        assert_eq!(parse_stat(b"12 (a\n) R 1 2"), Some((b'R', 1)));
        assert_eq!(parse_stat(b"12 (a) R"), None);
        assert_eq!(parse_stat(b""), None);
    }
}

//! Runs a program so that it can neither outlive its run nor stop this one.
//!
//! - It has a session and a process group of its own: a signal to its group (`kill(0)`) does not reach
//!   this program, and it has no terminal.
//! - It dies with this program, and cannot fill the disk with its output or a core dump.
//! - All its descendants end with the run, also those that left its group or session: they become
//!   children of this process, a subreaper, when their parent ends.
//!
//! It is not a sandbox. The program runs as the same user, so it can signal this process by its id, or all
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
use std::process::{Command, ExitCode, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getpgrp, getpid, kill_process, kill_process_group,
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
    let others = running_children()?.map(|child| Ok(child?.pid));
    let others = others.collect::<io::Result<HashSet<Pid>>>()?;
    let mut child = command.spawn()?;
    let status = child.wait_timeout(timeout)?;
    if status.is_none() {
        child.kill()?;
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

/// Kills all children of this process except for `others`, their process groups, and their children, which
/// become ours, until there are none. Returns how many were still running.
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
        was_none_running = true;
        let mut result = Ok(());
        // Each is killed as soon as it is found, as the list is outdated at once.
        for child in running_children()? {
            let child = child?;
            if !others.contains(&child.pid) {
                was_none_running = false;
                killed.insert(child.pid);
                result = result.and(kill_child(&child));
            }
        }
        result?;
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

/// A child of this process.
#[derive(Debug, PartialEq, Eq)]
struct Running {
    pid: Pid,
    /// The process group.
    group: Pid,
}

/// Kills a child, which has not been waited for, and its process group.
///
/// A process that forks and exits all the time is never found before it has ended, but it cannot fork while a
/// signal to its group is pending.
fn kill_child(child: &Running) -> io::Result<()> {
    // Its session is its own or that of the helper, so all processes of its group are descendants.
    let group = (child.group != getpgrp()).then(|| kill_process_group(child.group, Signal::KILL));
    for result in [
        group.unwrap_or(Ok(())),
        kill_process(child.pid, Signal::KILL),
    ] {
        match result {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The children of this process that have not ended, as they are found in /proc.
fn running_children() -> io::Result<impl Iterator<Item = io::Result<Running>>> {
    Ok(fs::read_dir("/proc")?.filter_map(|entry| match entry {
        Ok(entry) => running_child(entry.file_name().to_str()?).map(Ok),
        Err(error) => Some(Err(error)),
    }))
}

fn running_child(name: &str) -> Option<Running> {
    let pid = parse_pid(name)?;
    // It can end at any time.
    let stat = parse_stat(&fs::read(format!("/proc/{name}/stat")).ok()?)?;
    let is_running = !matches!(stat.state, b'Z' | b'X');
    (is_running && stat.parent == getpid().as_raw_pid()).then_some(Running {
        pid,
        group: stat.group,
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: u8,
    parent: i32,
    group: Pid,
}

/// Parses `/proc/<pid>/stat`. See `proc_pid_stat(5)`. `None` also for a process without a group: the group of a kernel thread is 0, and that
/// of a process which the kernel is removing is -1, which as a group to kill would be process 1.
fn parse_stat(stat: &[u8]) -> Option<Stat> {
    // After the program's name, which can contain anything, also parentheses.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    Some(Stat {
        state: *fields.next()?.as_bytes().first()?,
        parent: fields.next()?.parse().ok()?,
        group: parse_pid(fields.next()?)?,
    })
}

/// Parses a number above 0.
fn parse_pid(text: &str) -> Option<Pid> {
    let number = text.parse().ok().filter(|number| *number > 0)?;
    Pid::from_raw(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_stat_with_any_program_name() {
        let stat = |state, parent, group| {
            Some(Stat {
                state,
                parent,
                group: Pid::from_raw(group).unwrap(),
            })
        };
        assert_eq!(
            parse_stat(b"12 (a) Z 1 (b) S 34 56 12 0 -1"),
            stat(b'S', 34, 56)
        );
        assert_eq!(parse_stat(b"12 (a\n) R 1 2"), stat(b'R', 1, 2));
        assert_eq!(parse_stat(b"12 (a) X 1 -1 -1"), None);
        assert_eq!(parse_stat(b"12 (a) S 2 0 0"), None);
        assert_eq!(parse_stat(b"12 (a) R"), None);
        assert_eq!(parse_stat(b""), None);
    }
}

//! Runs the check in a PID namespace of its own, so that nothing it starts outlives it.
//!
//! Bazel and PostgreSQL put processes into the background, which no destructor reaches when the check is killed. The kernel kills all
//! processes of a PID namespace with its first one. Here that is a shell, which also reaps orphans and ends when the check does.
//! `--kill-child` kills it when unshare ends, and `--pdeathsig` kills unshare when this process ends, which in turn ends with its parent.

use std::env;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use wait_timeout::ChildExt;

/// For the whole check: the backstop of every wait without a deadline of its own.
const DEADLINE: Duration = Duration::from_secs(90 * 60);

const RUN: [&str; 7] = [
    "--pdeathsig",
    "KILL",
    "unshare",
    "--pid",
    "--fork",
    "--kill-child=KILL",
    "--mount-proc",
];

/// Runs this program again, in the namespace, and returns its exit code.
pub fn run() -> Result<ExitCode> {
    set_pdeathsig(Signal::SIGKILL)?;
    let mut command = Command::new("setpriv");
    command
        .args(RUN)
        // More than one command, or the shell would become the check instead of waiting for it.
        .args(["bash", "-c", "\"$@\"; exit $?", "init"])
        .arg(env::current_exe()?)
        .arg("--in-namespace")
        .args(env::args_os().skip(1));
    let mut child = command.spawn().context("cannot start setpriv")?;
    let Some(status) = child.wait_timeout(DEADLINE)? else {
        child.kill()?;
        child.wait()?;
        bail!("the check did not end within {} s", DEADLINE.as_secs());
    };
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

//! Runs programs with their output in a log file.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::stat::{Mode, umask};

use crate::Error;

/// The number of lines of a log in an error.
const TAIL_LINES: usize = 15;

/// A temporary umask of this process, inherited by the programs that it starts. Dropping it restores the previous umask.
pub(crate) struct Umask(Mode);

impl Umask {
    pub(crate) fn set(bits: u32) -> Self {
        Umask(umask(Mode::from_bits_truncate(bits)))
    }
}

impl Drop for Umask {
    fn drop(&mut self) {
        umask(self.0);
    }
}

/// Runs a command with its output in `log`.
///
/// # Errors
/// The command cannot be started, or fails; the error then contains the last lines of `log`.
pub fn run(mut command: Command, log: &Path) -> Result<(), Error> {
    let file = File::create(log).map_err(Error::file(log))?;
    let errors = file.try_clone().map_err(Error::file(log))?;
    command.stdin(Stdio::null()).stdout(file).stderr(errors);
    let status = command.status().map_err(|cause| Error::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        cause,
    })?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed {
        command: command_line(&command),
        status,
        log: log.to_owned(),
        tail: read_tail(log),
    })
}

fn command_line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy());
    arguments.fold(program, |line, argument| line + " " + &argument)
}

/// Returns the last lines of a log for an error message; empty if the log cannot be read.
pub fn read_tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().collect::<Vec<_>>();
    let start = lines.len().saturating_sub(TAIL_LINES);
    lines.get(start..).unwrap_or_default().join("\n")
}

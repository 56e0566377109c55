//! Running a program to its end, with its output in a file.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::stat::{Mode, umask};

use crate::Error;

/// How many lines of a log an error shows.
const TAIL: usize = 15;

/// This process's umask, which those that it starts inherit; dropped, it is what it was before.
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

/// Runs a command that has to succeed, with its output in `log`.
///
/// # Errors
/// It does not start, or fails; then the error has the end of the log.
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
        command: words(&command),
        status,
        log: log.to_owned(),
        tail: tail(log),
    })
}

fn words(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|word| word.to_string_lossy());
    arguments.fold(program, |line, word| line + " " + &word)
}

/// Returns the last lines of a log, for an error; nothing if it cannot be read.
pub fn tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().collect::<Vec<_>>();
    let start = lines.len().saturating_sub(TAIL);
    lines.get(start..).unwrap_or_default().join("\n")
}

//! What happens when stage0 cannot go on: one line that names the step and the cause, then the
//! configured action. PID 1 must not end, or the kernel panics and the line is gone.

use std::fmt;
use std::fs::OpenOptions;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::sys::reboot::{RebootMode, reboot};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, pause};
use stage0_settings::OnError;

use crate::console::{CONSOLE, Level, say};

/// The configured action, once it is known. A panic, which can be anywhere, needs it too.
static ACTION: OnceLock<OnError> = OnceLock::new();

/// From now on, do this after a failure.
pub fn set_action(action: OnError) {
    let _ = ACTION.set(action);
}

/// A step of the start that failed.
#[derive(Debug)]
pub struct Failure {
    step: String,
    cause: String,
}

impl Failure {
    /// The `step` failed because of `cause`, which should say what to do about it.
    pub fn new(step: impl Into<String>, cause: impl fmt::Display) -> Self {
        Failure {
            step: step.into(),
            cause: cause.to_string(),
        }
    }

    /// Says what failed and takes the configured action.
    pub fn act(&self) -> ! {
        let action = ACTION.get().copied().unwrap_or_default();
        say(
            Level::Error,
            &format!("{self} (on_error: {})", action.name()),
        );
        match action {
            OnError::Hang => {}
            OnError::Reboot => restart(RebootMode::RB_AUTOBOOT),
            OnError::PowerOff => restart(RebootMode::RB_POWER_OFF),
            OnError::Shell => shell(),
        }
        hang()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {}", self.step, self.cause)
    }
}

/// Ends everything at once; nothing was written that would have to be synced. Returns when the
/// kernel refuses.
fn restart(mode: RebootMode) {
    let Err(error) = reboot(mode);
    say(
        Level::Error,
        &format!("the kernel refused {mode:?}: {error}; hanging"),
    );
}

/// Runs a shell on the console until it ends. As a child, because PID 1 must not end with it.
fn shell() {
    const SHELL: &str = "/bin/sh";
    let mut command = Command::new(SHELL);
    let console = OpenOptions::new().read(true).write(true).open(CONSOLE);
    if let Ok(console) = console {
        if let (Ok(output), Ok(error)) = (console.try_clone(), console.try_clone()) {
            command
                .stdin(console)
                .stdout(output)
                .stderr(Stdio::from(error));
        }
    }
    match command.status() {
        Ok(status) => say(Level::Error, &format!("{SHELL} ended ({status}); hanging")),
        Err(error) => say(
            Level::Error,
            &format!("cannot run {SHELL}: {error}; hanging"),
        ),
    }
}

/// Waits for ever, and cleans up after processes that have lost their parents.
fn hang() -> ! {
    loop {
        if let Err(Errno::ECHILD) = waitpid(Pid::from_raw(-1), None) {
            pause();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_step_and_cause() {
        let failure = Failure::new("mount /dev", Errno::EPERM);
        let expected = "step mount /dev: EPERM: Operation not permitted";
        assert_eq!(failure.to_string(), expected);
    }
}

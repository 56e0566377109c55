//! Failures of stage0: one line that names the step and the cause, then the configured action.
//! PID 1 must not exit, or the kernel panics and the line is lost.

use std::fmt;
use std::process::Command;
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::sys::reboot::{RebootMode, reboot};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, pause};
use stage0_settings::OnError;

use crate::console::{self, Level, log};

/// The configured action, once it is known. Global, because the panic hook needs it too.
static ACTION: OnceLock<OnError> = OnceLock::new();

/// Sets the action that follows a failure. Only the first call has an effect.
pub fn set_action(action: OnError) {
    let _ = ACTION.set(action);
}

/// A failed step of the boot.
#[derive(Debug)]
pub struct Failure {
    step: String,
    cause: String,
}

impl Failure {
    /// A failure of `step`. `cause` should end with what to do about it.
    pub fn new(step: impl Into<String>, cause: impl fmt::Display) -> Self {
        Failure {
            step: step.into(),
            cause: cause.to_string(),
        }
    }

    /// Logs the failure and takes the configured action.
    pub fn handle(&self) -> ! {
        let action = ACTION.get().copied().unwrap_or_default();
        log(
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

/// Restarts or powers off at once; nothing was written that would have to be synced. Returns only
/// if the kernel refuses.
fn restart(mode: RebootMode) {
    let Err(error) = reboot(mode);
    log(
        Level::Error,
        &format!("the kernel refused {mode:?}: {error}; hanging"),
    );
}

/// Runs a shell on the console until it exits. As a child, because PID 1 must outlive it.
fn shell() {
    const SHELL: &str = "/bin/sh";
    let mut command = Command::new(SHELL);
    console::attach(&mut command);
    match command.status() {
        Ok(status) => log(Level::Error, &format!("{SHELL} ended ({status}); hanging")),
        Err(error) => log(
            Level::Error,
            &format!("cannot run {SHELL}: {error}; hanging"),
        ),
    }
}

/// Waits forever and reaps orphaned processes.
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
    fn display_names_step_and_cause() {
        let failure = Failure::new("mount /dev", Errno::EPERM);
        let expected = "step mount /dev: EPERM: Operation not permitted";
        assert_eq!(failure.to_string(), expected);
    }
}

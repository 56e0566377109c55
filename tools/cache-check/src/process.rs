//! Programs that run beside the check, such as a server: started, waited for until they are ready, killed in the end.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take until it is ready: BuildGrid loads many modules.
const START: Duration = Duration::from_secs(60);

/// How often something is asked that nobody tells.
pub const ASK: Duration = Duration::from_millis(50);

/// A running program; dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it. All that it says goes to `log`.
    pub fn start(name: String, mut command: Command, log: PathBuf) -> Result<Self, String> {
        let said = |error| format!("{}: {error}", log.display());
        let file = File::create(&log).map_err(said)?;
        let errors = file.try_clone().map_err(said)?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = command.spawn().map_err(|error| {
            let program = command.get_program().to_string_lossy();
            format!("cannot start {program}: {error}; in the Debian root, run tools/cache-check/with-servers")
        })?;
        Ok(Process { name, child, log })
    }

    /// Waits until it is ready.
    pub fn wait(&mut self, mut ready: impl FnMut() -> bool) -> Result<(), String> {
        let began = Instant::now();
        while !ready() {
            let ended = self.child.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || began.elapsed() > START {
                return Err(format!(
                    "{} does not start; it said:\n{}",
                    self.name,
                    self.said()
                ));
            }
            thread::sleep(ASK);
        }
        Ok(())
    }

    /// All that it has said.
    pub fn said(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        // It fails where the program is gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(program: &str, argument: &str) -> (tempfile::TempDir, Result<Process, String>) {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let mut command = Command::new(program);
        command.arg(argument);
        (directory, Process::start("it".to_owned(), command, log))
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let (_directory, process) = start("/nonexistent/bgd", "x");
        let error = process.unwrap_err();
        assert!(error.contains("cannot start /nonexistent/bgd"), "{error}");
    }

    #[test]
    fn a_program_that_ends_before_it_is_ready_is_an_error_that_has_what_it_said() {
        let (_directory, process) = start("echo", "no room");
        let error = process.unwrap().wait(|| false).unwrap_err();
        assert!(error.contains("it does not start"), "{error}");
        assert!(error.contains("no room"), "{error}");
    }

    #[test]
    fn a_process_that_is_dropped_is_gone() {
        let (_directory, process) = start("sleep", "600");
        let process = process.unwrap();
        let entry = PathBuf::from(format!("/proc/{}", process.id()));
        assert!(entry.exists());
        drop(process);
        assert!(!entry.exists());
    }
}

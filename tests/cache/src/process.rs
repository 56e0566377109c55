//! Background processes: servers, workers, the database.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clean_build::read_tail;

/// The interval at which conditions without a notification are polled.
pub const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The time limit for a start. BuildGrid imports many modules before it listens.
const START_DEADLINE: Duration = Duration::from_secs(180);

/// A background process whose output goes to a log. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    pub fn start(name: &str, mut command: Command, log: PathBuf) -> Result<Self> {
        let output = File::create(&log).with_context(|| log.display().to_string())?;
        let errors = output.try_clone()?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = command.spawn().with_context(|| {
            let program = command.get_program().to_string_lossy();
            format!(
                "cannot start {program}; tests/cache/with-servers installs it in the Debian root"
            )
        })?;
        Ok(Process {
            name: name.to_owned(),
            child,
            log,
        })
    }

    pub fn wait_until_ready(&mut self, mut is_ready: impl FnMut() -> bool) -> Result<()> {
        let started = Instant::now();
        while !is_ready() {
            self.ensure_running()?;
            ensure!(
                started.elapsed() < START_DEADLINE,
                "{}: not ready after {} s; {}",
                self.name,
                START_DEADLINE.as_secs(),
                self.last_lines()
            );
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Returns an error with the end of the log if the process has ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} ended: {status}; {}", self.name, self.last_lines());
        }
        Ok(())
    }

    fn last_lines(&self) -> String {
        let log = &self.log;
        format!("the last lines of {}:\n{}", log.display(), read_tail(log))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        // Fails only if the process has ended.
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

    fn start(program: &str, argument: &str) -> (tempfile::TempDir, Result<Process>) {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.arg(argument);
        let process = Process::start("server", command, directory.path().join("log"));
        (directory, process)
    }

    #[test]
    fn names_a_missing_program() {
        let (_directory, process) = start("/nonexistent/bgd", "x");
        let error = process.unwrap_err().to_string();
        assert!(error.contains("cannot start /nonexistent/bgd"), "{error}");
    }

    #[test]
    fn reports_the_last_lines_of_a_process_that_ends() {
        let (_directory, process) = start("echo", "Concurrent RPC limit exceeded");
        let error = process.unwrap().wait_until_ready(|| false).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("server ended: exit status: 0"), "{error}");
        assert!(error.contains("Concurrent RPC limit exceeded"), "{error}");
    }

    #[test]
    fn kills_a_dropped_process() {
        let (_directory, process) = start("sleep", "600");
        let process = process.unwrap();
        let entry = PathBuf::from(format!("/proc/{}", process.id()));
        assert!(entry.exists());
        drop(process);
        assert!(!entry.exists());
    }
}

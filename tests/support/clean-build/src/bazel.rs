//! Bazel in a place.

use std::fs;
use std::path::Path;
use std::process::Command;

use bazel_logs::events::Metrics;
use bazel_logs::execution::Spawn;

use crate::{Error, Place};

/// What Bazel recorded about a successful build.
#[derive(Debug)]
pub struct Build {
    /// Its cost.
    pub metrics: Metrics,
    /// Its actions.
    pub spawns: Vec<Spawn>,
}

impl Place {
    /// Builds; `name` is that of the log.
    ///
    /// # Errors
    /// Bazel fails, or leaves no logs.
    pub fn build_well(&self, name: &str, arguments: &[&str]) -> Result<Build, Error> {
        let log = self.logs().join(name);
        let (execution, events) = (
            log.with_extension("execution"),
            log.with_extension("events"),
        );
        let mut bazel = self.bazel("build");
        bazel
            .args(["--noshow_progress", "--color=no"])
            .arg(option("--repository_cache", &self.downloads()))
            .arg(option("--execution_log_json_file", &execution))
            .arg(option("--build_event_json_file", &events))
            .args(
                self.surroundings()
                    .jobs
                    .map(|jobs| format!("--jobs={jobs}")),
            )
            .args(arguments);
        self.run_well(bazel, name)?;
        Ok(Build {
            metrics: bazel_logs::events::read(&events)?,
            spawns: bazel_logs::execution::read(&execution)?,
        })
    }

    /// Another command of Bazel's that has to succeed, such as `clean`.
    ///
    /// # Errors
    /// It fails.
    pub fn command_well(&self, command: &str, arguments: &[&str]) -> Result<(), Error> {
        let mut bazel = self.bazel(command);
        bazel.args(arguments);
        self.run_well(bazel, command)
    }

    /// The process id of Bazel's server of this place, where there is one.
    pub fn server(&self) -> Option<i32> {
        // Bazel makes one directory for each checkout, two for itself.
        for entry in fs::read_dir(self.output()).ok()? {
            let file = entry.ok()?.path().join("server/server.pid.txt");
            if let Ok(text) = fs::read_to_string(file) {
                return text.trim().parse().ok();
            }
        }
        None
    }

    fn bazel(&self, command: &str) -> Command {
        let mut bazel = self.command(&self.checkout().join("tools/bazel"));
        bazel
            .current_dir(self.checkout())
            .arg(option("--output_user_root", &self.output()))
            .arg("--max_idle_secs=60") // should nobody stop the server
            .arg(command);
        bazel
    }
}

fn option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

//! Runs Bazel in a build directory.

use std::fs;
use std::path::Path;
use std::process::Command;

use bazel_logs::events::Metrics;
use bazel_logs::execution::Spawn;

use crate::{BuildDir, Error};

/// The logs of a successful build.
#[derive(Debug)]
pub struct BuildLogs {
    /// Its duration and number of actions.
    pub metrics: Metrics,
    /// The executed actions, including cache hits.
    pub spawns: Vec<Spawn>,
}

impl BuildDir {
    /// Runs `tools/bazel build` and returns its logs. `name` is the name of the file with its output.
    ///
    /// # Errors
    /// Bazel fails, or its logs cannot be read.
    pub fn bazel_build(&self, name: &str, arguments: &[&str]) -> Result<BuildLogs, Error> {
        let log = self.logs().join(name);
        let (execution, events) = (
            log.with_extension("execution"),
            log.with_extension("events"),
        );
        let mut bazel = self.bazel_command("build");
        bazel
            .args(["--noshow_progress", "--color=no"])
            .arg(option("--repository_cache", &self.downloads()))
            .arg(option("--execution_log_json_file", &execution))
            .arg(option("--build_event_json_file", &events))
            .args(self.env().jobs.map(|jobs| format!("--jobs={jobs}")))
            .args(arguments);
        self.run(bazel, name)?;
        Ok(BuildLogs {
            metrics: bazel_logs::events::read(&events)?,
            spawns: bazel_logs::execution::read(&execution)?,
        })
    }

    /// Runs another command of Bazel, such as `clean`. Its output is in the log `command`.
    ///
    /// # Errors
    /// The command fails.
    pub fn bazel(&self, command: &str, arguments: &[&str]) -> Result<(), Error> {
        let mut bazel = self.bazel_command(command);
        bazel.args(arguments);
        self.run(bazel, command)
    }

    /// The process ID of this directory's Bazel server, if one is running.
    pub fn server_pid(&self) -> Option<i32> {
        // The output user root contains one directory for the checkout, and others of Bazel.
        for entry in fs::read_dir(self.output()).ok()? {
            let file = entry.ok()?.path().join("server/server.pid.txt");
            if let Ok(text) = fs::read_to_string(file) {
                return text.trim().parse().ok();
            }
        }
        None
    }

    fn bazel_command(&self, command: &str) -> Command {
        let mut bazel = self.command(&self.checkout().join("tools/bazel"));
        bazel
            .current_dir(self.checkout())
            .arg(option("--output_user_root", &self.output()))
            // Stops the server even if this process is killed.
            .arg("--max_idle_secs=60")
            .arg(command);
        bazel
    }
}

fn option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

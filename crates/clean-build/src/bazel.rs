//! Bazel in a place.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};

use bazel_logs::events::Metrics;
use bazel_logs::execution::Spawn;

use crate::command::{run, tail};
use crate::{Error, Place};

/// What came of a build.
#[derive(Debug)]
pub struct Build {
    /// How Bazel ended.
    pub status: ExitStatus,
    /// What Bazel said.
    pub log: String,
    /// What it cost. Bazel writes it for a build that fails too.
    pub metrics: Metrics,
    /// The actions.
    pub spawns: Vec<Spawn>,
}

impl Place {
    /// Builds, however it ends.
    ///
    /// # Errors
    /// Bazel does not start, or leaves no logs.
    pub fn build(&self, name: &str, arguments: &[&str]) -> Result<Build, Error> {
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
        let status = {
            let _umask = self.umask();
            run(bazel, &log)?
        };
        let said = fs::read(&log).map_err(Error::file(&log))?;
        let logs = || -> Result<_, Error> {
            Ok((
                bazel_logs::events::read(&events)?,
                bazel_logs::execution::read(&execution)?,
            ))
        };
        let (metrics, spawns) = logs().map_err(|error| match status.success() {
            true => error,
            // Why there is no log.
            false => Error::Failed {
                command: "bazel build".to_owned(),
                status,
                tail: tail(&log),
                log,
            },
        })?;
        Ok(Build {
            status,
            log: String::from_utf8_lossy(&said).into_owned(),
            metrics,
            spawns,
        })
    }

    /// Builds, and that has to succeed.
    ///
    /// # Errors
    /// It does not.
    pub fn build_well(&self, name: &str, arguments: &[&str]) -> Result<Build, Error> {
        let build = self.build(name, arguments)?;
        if build.status.success() {
            return Ok(build);
        }
        let log = self.logs().join(name);
        Err(Error::Failed {
            command: format!("bazel build {}", arguments.join(" ")),
            status: build.status,
            tail: tail(&log),
            log,
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

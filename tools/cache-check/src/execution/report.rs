//! What came of the builds, and whether it is as it should be.

use std::collections::BTreeMap;
use std::fmt;

use bazel_logs::execution::Spawn;
use clean_build::{Build, Place};
use serde::Serialize;

use crate::setting::Setting;

/// What Bazel's log calls an action that ran on another machine.
const REMOTE: &str = "remote";

/// What the user has to be told where no worker is. BuildGrid says it, and Bazel passes it on.
const NO_WORKER: &str = "Operation has been queued for too long";

/// What came of one build.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    name: &'static str,
    exit_code: Option<i32>,
    /// How many actions each of Bazel's runners ran.
    runners: BTreeMap<String, usize>,
    /// The actions that did not run on another machine.
    not_remote: Vec<String>,
    /// Bazel's errors; after `ERROR: ` the cause may be on a line of its own.
    errors: Vec<String>,
    sha256: Option<String>,
    /// By Bazel's own count.
    seconds: f64,
}

/// All builds.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub target: String,
    pub local: Outcome,
    pub remote: Outcome,
    /// How many actions of `remote` each worker executed.
    pub by_each: [usize; 2],
    pub killed: Outcome,
    /// How many actions were given to another worker then.
    pub lost: usize,
    pub nobody: Outcome,
}

impl Outcome {
    /// What came of a build in `place`.
    pub fn of(name: &'static str, setting: &Setting, place: &Place, build: &Build) -> Self {
        let success = build.status.success();
        let digest = place.digest(&setting.artifact).ok();
        Outcome {
            name,
            exit_code: build.status.code(),
            runners: runners(&build.spawns),
            not_remote: not_remote(&build.spawns),
            errors: errors(&build.log),
            // What a build that failed left is none of it.
            sha256: digest.filter(|_| success).map(|digest| digest.to_string()),
            seconds: build.metrics.wall_time.as_secs_f64(),
        }
    }

    /// How many actions it had.
    pub fn actions(&self) -> usize {
        self.runners.values().sum()
    }

    /// What is wrong with it, where all should run remotely and make the same as a build here.
    fn faults(&self, local: &Outcome) -> Vec<String> {
        let name = self.name;
        let mut faults = Vec::new();
        if self.exit_code != Some(0) {
            faults.push(format!("{name}: the build failed"));
        } else if self.sha256.is_none() || self.sha256 != local.sha256 {
            faults.push(format!(
                "{name}: the artifact is not what a build here makes"
            ));
        }
        if self.actions() == 0 {
            faults.push(format!("{name}: no action ran, so nothing is shown"));
        }
        let elsewhere = self.not_remote.iter();
        faults.extend(elsewhere.map(|action| format!("{name}: not remote: {action}")));
        faults
    }
}

impl Report {
    /// All that is not as it should be.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.remote.faults(&self.local);
        faults.extend(self.killed.faults(&self.local));
        if self.lost == 0 {
            faults
                .push("killed: no action was lost with the worker, so nothing is shown".to_owned());
        }
        if self.nobody.exit_code == Some(0) {
            faults.push("nobody: the build succeeded, so somebody executed its actions".to_owned());
        } else if !self
            .nobody
            .errors
            .iter()
            .any(|line| line.contains(NO_WORKER))
        {
            faults.push(format!("nobody: Bazel does not say {NO_WORKER:?}"));
        }
        faults
    }
}

fn runners(spawns: &[Spawn]) -> BTreeMap<String, usize> {
    let mut runners = BTreeMap::new();
    for spawn in spawns {
        *runners.entry(spawn.runner.clone()).or_default() += 1;
    }
    runners
}

fn not_remote(spawns: &[Spawn]) -> Vec<String> {
    let elsewhere = spawns.iter().filter(|spawn| spawn.runner != REMOTE);
    elsewhere
        .map(|spawn| format!("{} ({})", spawn.name(), spawn.runner))
        .collect()
}

/// The lines with errors, and each one's next.
fn errors(log: &str) -> Vec<String> {
    let lines = log.lines().zip(log.lines().skip(1));
    lines
        .filter(|(line, _)| line.starts_with("ERROR: "))
        .map(|(line, next)| format!("{line} {next}"))
        .collect()
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runners = self.runners.iter();
        let runners = runners.map(|(name, count)| format!("{count} {name}"));
        let runners = runners.collect::<Vec<_>>().join(", ");
        write!(
            f,
            "{:7} {:.1} s, {} actions: {runners}",
            self.name,
            self.seconds,
            self.actions()
        )?;
        match &self.sha256 {
            Some(sha256) => write!(f, "\n        sha256 {sha256}"),
            None => {
                let first = self.errors.first();
                write!(f, "\n        {}", first.map_or("it failed", String::as_str))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spawn(runner: &str) -> Spawn {
        Spawn {
            runner: runner.to_owned(),
            mnemonic: "Rustc".to_owned(),
            target_label: "//a".to_owned(),
            ..Spawn::default()
        }
    }

    fn outcome(name: &'static str, spawns: &[Spawn], sha256: &str) -> Outcome {
        Outcome {
            name,
            exit_code: Some(0),
            runners: runners(spawns),
            not_remote: not_remote(spawns),
            sha256: Some(sha256.to_owned()),
            ..Outcome::default()
        }
    }

    fn good() -> Report {
        let log = format!("ERROR: failed:\nUnavailable: {NO_WORKER}\n");
        Report {
            local: outcome("here", &[spawn("linux-sandbox")], "1"),
            remote: outcome("remote", &[spawn("remote")], "1"),
            killed: outcome("killed", &[spawn("remote")], "1"),
            lost: 1,
            nobody: Outcome {
                exit_code: Some(34),
                errors: errors(&log),
                ..Outcome::default()
            },
            ..Report::default()
        }
    }

    #[test]
    fn as_it_should_be() {
        assert_eq!(good().faults(), [""; 0]);
    }

    #[test]
    fn an_action_that_ran_here_is_named() {
        let spawns = [spawn("remote"), spawn("linux-sandbox")];
        let report = Report {
            remote: outcome("remote", &spawns, "1"),
            ..good()
        };
        assert_eq!(
            report.faults(),
            ["remote: not remote: Rustc //a (linux-sandbox)"]
        );
        assert!(
            report
                .remote
                .to_string()
                .contains("2 actions: 1 linux-sandbox, 1 remote")
        );
    }

    #[test]
    fn another_artifact_and_a_failed_build_are_found() {
        let mut report = Report {
            killed: outcome("killed", &[spawn("remote")], "2"),
            ..good()
        };
        assert_eq!(
            report.faults(),
            ["killed: the artifact is not what a build here makes"]
        );
        report.killed.exit_code = Some(34);
        assert_eq!(report.faults(), ["killed: the build failed"]);
    }

    #[test]
    fn what_shows_nothing_is_found() {
        let report = Report {
            remote: outcome("remote", &[], "1"),
            lost: 0,
            ..good()
        };
        assert_eq!(report.faults().len(), 2);
    }

    #[test]
    fn a_build_that_nobody_executed_has_to_fail_and_say_why() {
        let mut report = good();
        report.nobody.errors = errors("ERROR: failed:\nUnavailable: the server is gone\n");
        assert_eq!(report.faults().len(), 1);
        report.nobody.exit_code = Some(0);
        assert_eq!(report.faults().len(), 1);
    }
}

//! What the execution log and the queue's database have to show.

use std::fmt;

use bazel_logs::execution::Spawn;

use super::WORKERS;
use super::database::Progress;

/// The name of remote execution in Bazel's log.
const REMOTE: &str = "remote";

#[derive(Debug, Default)]
pub struct Summary {
    pub seconds: f64,
    pub sha256: String,
    pub actions: usize,
    /// The actions that ran on this machine.
    pub not_remote: Vec<String>,
    /// When a worker was killed.
    pub at_kill: Option<Progress>,
    /// At the end of the build.
    pub at_end: Progress,
}

pub fn not_remote(spawns: &[Spawn]) -> Vec<String> {
    let others = spawns.iter().filter(|spawn| spawn.runner != REMOTE);
    let names = others.map(|spawn| format!("{} ({})", spawn.name(), spawn.runner));
    names.collect()
}

impl Summary {
    pub fn failures(&self) -> Vec<String> {
        let others = self.not_remote.iter();
        let mut failures = others
            .map(|action| format!("not remote: {action}"))
            .collect::<Vec<_>>();
        if self.actions == 0 {
            failures.push("the build has no action".to_owned());
        }
        if self.at_kill.is_none() {
            failures.push(format!(
                "no worker was killed: the build ended before each had completed enough actions: {}",
                completed(self.at_end)
            ));
        } else if self.at_end.retried == 0 {
            failures.push("no action of the killed worker was given to the other one".to_owned());
        }
        failures
    }
}

fn completed(Progress { completed, .. }: Progress) -> String {
    let counts = WORKERS.iter().zip(completed);
    let counts = counts.map(|(name, count)| format!("{count} by {name}"));
    counts.collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "build {:.1} s, {} actions", self.seconds, self.actions)?;
        if let Some(progress) = self.at_kill {
            writeln!(
                f,
                "completed when a worker was killed: {}",
                completed(progress)
            )?;
        }
        writeln!(f, "completed at the end: {}", completed(self.at_end))?;
        writeln!(f, "given to another worker: {}", self.at_end.retried)?;
        write!(f, "sha256 {}", self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(spawns: &[(&str, &str)]) -> Summary {
        let spawn = |&(label, runner): &(&str, &str)| Spawn {
            runner: runner.to_owned(),
            mnemonic: "Rustc".to_owned(),
            target_label: label.to_owned(),
            ..Spawn::default()
        };
        let spawns = spawns.iter().map(spawn).collect::<Vec<_>>();
        Summary {
            actions: spawns.len(),
            not_remote: not_remote(&spawns),
            at_kill: Some(Progress::default()),
            at_end: Progress {
                retried: 1,
                ..Progress::default()
            },
            ..Summary::default()
        }
    }

    #[test]
    fn accepts_a_remote_build() {
        assert_eq!(summary(&[("//a", "remote")]).failures(), [""; 0]);
    }

    #[test]
    fn names_an_action_that_stays_local() {
        let summary = summary(&[("//a", "remote"), ("//b", "linux-sandbox")]);
        assert_eq!(
            summary.failures(),
            ["not remote: Rustc //b (linux-sandbox)"]
        );
    }

    #[test]
    fn rejects_a_build_without_actions() {
        assert_eq!(summary(&[]).failures(), ["the build has no action"]);
    }

    #[test]
    fn rejects_a_build_without_a_killed_worker_or_a_retried_action() {
        let mut summary = summary(&[("//a", "remote")]);
        summary.at_end = Progress::default();
        assert_eq!(
            summary.failures(),
            ["no action of the killed worker was given to the other one"]
        );
        summary.at_kill = None;
        let failures = summary.failures();
        assert!(failures[0].ends_with("0 by one, 0 by two"), "{failures:?}");
    }
}

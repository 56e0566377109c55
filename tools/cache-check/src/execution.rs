//! A build whose actions all run on two workers, one of which is killed in the middle.

mod database;
mod worker;

use anyhow::Result;
use bazel_logs::execution::Spawn;
use clean_build::Surroundings;

use crate::context::{self, Context, FIRST};
use crate::server::Server;
use database::{Database, Progress};
use worker::Worker;

/// Bazel's `--jobs`: how many actions wait in BuildGrid at once.
const JOBS: usize = 50;

/// The names of the workers. The last one is killed during the build.
const WORKERS: [&str; 2] = ["one", "two"];

pub fn run(context: &Context, target: &str, artifact: &str) -> Result<Vec<String>> {
    let mut cluster = Cluster::start(context)?;
    let place = context.checkout(FIRST, Surroundings::plain(), "")?;
    let executor = format!("--remote_executor=grpc://{}", cluster.buildgrid.address);
    let jobs = format!("--jobs={JOBS}");
    let arguments = ["--config=rbe", &executor, &jobs, target];
    let (place, build) = context::build(place, "remote", &arguments, || cluster.watch())?;
    let summary = Summary {
        actions: build.spawns.len(),
        not_remote: not_remote(&build.spawns),
        at_kill: cluster.at_kill,
        at_end: cluster.database.progress()?,
    };
    println!(
        "{:.1} s: {summary:#?}",
        build.metrics.wall_time.as_secs_f64()
    );
    println!("sha256 {}", place.digest(artifact)?);
    place.discard()?;
    Ok(summary.failures())
}

/// What executes actions.
struct Cluster {
    database: Database,
    buildgrid: Server,
    workers: Vec<Worker>,
    /// The progress when a worker was killed.
    at_kill: Option<Progress>,
}

impl Cluster {
    fn start(context: &Context) -> Result<Self> {
        let database = Database::start(&context.work.join("database"))?;
        let directory = context.work.join("buildgrid");
        let buildgrid = Server::buildgrid(&directory, &database.url(), JOBS + WORKERS.len())?;
        let workers = WORKERS
            .iter()
            .map(|name| Worker::start(name, buildgrid.address, &context.work.join(name)));
        Ok(Cluster {
            workers: workers.collect::<Result<_>>()?,
            database,
            buildgrid,
            at_kill: None,
        })
    }

    /// Returns an error if a server or a worker has ended. Kills the last worker once both have worked and it has an action to lose.
    fn watch(&mut self) -> Result<()> {
        self.database.ensure_running()?;
        self.buildgrid.ensure_running()?;
        for worker in &mut self.workers {
            worker.ensure_running()?;
        }
        if self.at_kill.is_none() {
            let progress = self.database.progress()?;
            if progress.allows_kill() {
                drop(self.workers.pop());
                self.at_kill = Some(progress);
            }
        }
        Ok(())
    }
}

/// The name of remote execution in Bazel's log.
const REMOTE: &str = "remote";

#[derive(Debug)]
struct Summary {
    actions: usize,
    /// The actions that ran on this machine.
    not_remote: Vec<String>,
    /// When a worker was killed.
    at_kill: Option<Progress>,
    /// At the end of the build.
    at_end: Progress,
}

fn not_remote(spawns: &[Spawn]) -> Vec<String> {
    let others = spawns.iter().filter(|spawn| spawn.runner != REMOTE);
    let names = others.map(|spawn| format!("{} ({})", spawn.name(), spawn.runner));
    names.collect()
}

impl Summary {
    fn failures(&self) -> Vec<String> {
        let others = self.not_remote.iter();
        let mut failures = others
            .map(|action| format!("not remote: {action}"))
            .collect::<Vec<_>>();
        if self.actions == 0 {
            failures.push("the build has no action".to_owned());
        }
        if self.at_kill.is_none() {
            let [one, two] = self.at_end.completed;
            failures.push(format!(
                "no worker was killed: the build ended early, with {one} actions by one and {two} by the other"
            ));
        } else if self.at_end.retried == 0 {
            failures.push("no action of the killed worker was given to the other one".to_owned());
        }
        failures
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
        assert!(
            failures[0].ends_with("with 0 actions by one and 0 by the other"),
            "{failures:?}"
        );
    }
}

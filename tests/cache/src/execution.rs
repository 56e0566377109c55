//! A build whose actions all run on two workers, one of which is killed in the middle.

mod database;
mod worker;

use anyhow::Result;
use bazel_logs::execution::Spawn;
use clean_build::BuildEnv;

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
    let build_dir = context.checkout(FIRST, BuildEnv::default(), "")?;
    let executor = format!("--remote_executor=grpc://{}", cluster.buildgrid.address);
    let jobs = format!("--jobs={JOBS}");
    let arguments = ["--config=rbe", &executor, &jobs, target];
    let (build_dir, build) = context::build(build_dir, "remote", &arguments, || cluster.watch())?;
    let at_end = cluster.database.progress()?;
    let summary = Summary::new(&build.spawns, cluster.at_kill, at_end);
    println!(
        "{:.1} s: {summary:?}",
        build.metrics.wall_time.as_secs_f64()
    );
    println!("sha256 {}", build_dir.digest(artifact)?);
    build_dir.discard()?;
    Ok(summary.failures())
}

/// The servers and workers that execute actions.
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

impl Summary {
    fn new(spawns: &[Spawn], at_kill: Option<Progress>, at_end: Progress) -> Self {
        let others = spawns.iter().filter(|spawn| spawn.runner != REMOTE);
        let names = others.map(|spawn| format!("{} ({})", spawn.name(), spawn.runner));
        Summary {
            actions: spawns.len(),
            not_remote: names.collect(),
            at_kill,
            at_end,
        }
    }

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

    const LOST: Progress = Progress {
        completed: [6, 5],
        executing: 0,
        retried: 1,
    };

    fn failures(runners: &[&str], at_kill: Option<Progress>, at_end: Progress) -> Vec<String> {
        let spawns = runners.iter().map(|runner| Spawn {
            runner: (*runner).to_owned(),
            mnemonic: "Rustc".to_owned(),
            target_label: "//a".to_owned(),
            ..Spawn::default()
        });
        Summary::new(&spawns.collect::<Vec<_>>(), at_kill, at_end).failures()
    }

    #[test]
    fn names_an_action_that_stays_local() {
        assert_eq!(failures(&["remote"], Some(LOST), LOST), [""; 0]);
        assert_eq!(
            failures(&["remote", "linux-sandbox"], Some(LOST), LOST),
            ["not remote: Rustc //a (linux-sandbox)"]
        );
    }

    #[test]
    fn rejects_a_build_that_shows_nothing() {
        assert_eq!(failures(&[], Some(LOST), LOST), ["the build has no action"]);
        let unfair = Progress {
            completed: [135, 3],
            ..Progress::default()
        };
        let failure = &failures(&["remote"], None, unfair)[0];
        assert!(failure.ends_with("with 135 actions by one and 3 by the other"));
        assert_eq!(
            failures(&["remote"], Some(LOST), unfair),
            ["no action of the killed worker was given to the other one"]
        );
    }
}

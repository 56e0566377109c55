//! A build whose actions all run on two workers, one of which is killed in the middle.

mod database;
mod summary;
mod worker;

use anyhow::Result;
use clean_build::Surroundings;

use crate::context::{self, Context, FIRST};
use crate::server::Server;
use database::{Database, Progress};
use summary::Summary;
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
        seconds: build.metrics.wall_time.as_secs_f64(),
        sha256: place.digest(artifact)?.to_string(),
        actions: build.spawns.len(),
        not_remote: summary::not_remote(&build.spawns),
        at_kill: cluster.at_kill,
        at_end: cluster.database.progress()?,
    };
    println!("{summary}");
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

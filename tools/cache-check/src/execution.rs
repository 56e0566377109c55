//! Actions on other machines: all of them, while one is lost, and where there is none.

mod database;
mod report;
mod worker;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use clean_build::{Place, Surroundings};
use serde_json::Value;

use crate::configuration::Scheduler;
use crate::process::ASK;
use crate::server::{Endpoint, Server};
use crate::setting::{FIRST, Setting};
pub use database::Database;
use report::{Outcome, Report};
use worker::Worker;

/// How long an action may wait for a worker where there are some: it is a long queue for two of them.
const BUSY: Duration = Duration::from_secs(1800);

/// And where there is none.
const ABANDONED: Duration = Duration::from_secs(20);

/// How long Bazel may take to give up then: each time that `--remote_retries` asks waits for so long, and other work is on the machine.
const GIVE_UP: Duration = Duration::from_secs(300);

/// Builds here, by two workers, by two of which one is killed, and by none.
pub fn run(setting: &Setting, postgresql: &Path) -> Result<(bool, Value), String> {
    // First, as it fails at once where something is not installed.
    let database = setting.database(postgresql)?;
    let here = setting.place(FIRST, Surroundings::plain(), "")?;
    let build = here.build_well("here", &[&setting.target]);
    let build = build.map_err(|error| error.to_string())?;
    let local = Outcome::of("here", setting, &here, &build);
    println!("{local}");
    here.discard().map_err(|error| error.to_string())?;

    let trial = Trial {
        setting,
        // A place of its own: nothing can come from the build before.
        place: setting.place("elsewhere/remote", Surroundings::plain(), "")?,
        database,
    };
    let server = trial.server("grid", BUSY)?;
    let mut workers = [trial.worker("one", &server)?, trial.worker("two", &server)?];
    let remote = trial.build("remote", server.endpoint())?;
    println!("{remote}");
    let by_each = workers.each_ref().map(Worker::done);
    println!(
        "        {} by one worker, {} by the other",
        by_each[0], by_each[1]
    );

    let [victim, _] = &mut workers;
    // In the middle: a quarter of all, as there are two of them.
    let until = victim.done() + remote.actions() / 4;
    let (killed, lost) = trial.kill_in_the_middle(server.endpoint(), victim, until)?;
    println!("{killed}\n        {lost} actions given to another worker");
    drop((workers, server));
    let nobody = trial.nobody()?;
    println!("{nobody}");

    let report = Report {
        target: setting.target.clone(),
        local,
        remote,
        by_each,
        killed,
        lost,
        nobody,
    };
    let faults = report.faults();
    faults.iter().for_each(|fault| println!("error: {fault}"));
    let json = serde_json::to_value(&report).map_err(|error| error.to_string())?;
    Ok((faults.is_empty(), json))
}

/// A checkout that builds remotely.
struct Trial<'a> {
    setting: &'a Setting,
    place: Place,
    database: Database,
}

impl Trial<'_> {
    /// Starts BuildGrid, with an empty cache.
    fn server(&self, name: &str, queue: Duration) -> Result<Server, String> {
        let database = self.database.address();
        self.setting.executor(name, Scheduler { database, queue })
    }

    fn worker(&self, name: &str, server: &Server) -> Result<Worker, String> {
        Worker::start(name, server.endpoint(), &self.setting.directory(name))
    }

    /// Builds from nothing, and no action may come from a cache.
    fn build(&self, name: &'static str, server: Endpoint) -> Result<Outcome, String> {
        let executor = format!("--remote_executor={server}");
        let arguments = ["--config=rbe", &executor, "--noremote_accept_cached"];
        let arguments = [&arguments[..], &[&self.setting.target]].concat();
        let cleaned = self.place.command_well("clean", &[]);
        let build = cleaned.and_then(|()| self.place.build(name, &arguments));
        let build = build.map_err(|error| error.to_string())?;
        Ok(Outcome::of(name, self.setting, &self.place, &build))
    }

    /// A worker is killed when it has executed so many actions; what came of the build, and how many actions had to be given to another
    /// worker.
    fn kill_in_the_middle(
        &self,
        server: Endpoint,
        victim: &mut Worker,
        until: usize,
    ) -> Result<(Outcome, usize), String> {
        let before = self.database.tried_again()?;
        let ended = AtomicBool::new(false);
        let outcome = thread::scope(|scope| {
            scope.spawn(|| {
                while victim.done() < until && !ended.load(Ordering::SeqCst) {
                    thread::sleep(ASK);
                }
                victim.kill();
            });
            let outcome = self.build("killed", server);
            ended.store(true, Ordering::SeqCst);
            outcome
        })?;
        Ok((outcome, self.database.tried_again()? - before))
    }

    /// Nobody is there to execute anything. Should Bazel wait for ever, the server is killed.
    fn nobody(&self) -> Result<Outcome, String> {
        let mut server = self.server("abandoned", ABANDONED)?;
        let endpoint = server.endpoint();
        let (ended, end) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let build = scope.spawn(move || {
                let outcome = self.build("nobody", endpoint);
                drop(ended);
                outcome
            });
            if end.recv_timeout(GIVE_UP) == Err(RecvTimeoutError::Timeout) {
                server.kill();
            }
            let failed = |_| Err("the thread that builds ended early".to_owned());
            build.join().unwrap_or_else(failed)
        })
    }
}

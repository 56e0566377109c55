//! PostgreSQL, which holds BuildGrid's queue: a server with files and a socket in one directory.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::Process;

/// `nobody`: PostgreSQL refuses to run as root.
const USER: u32 = 65534;

const ROLE: &str = "buildgrid";

/// One row. The stages are those of the Remote Execution API: 3 is EXECUTING, 4 is COMPLETED.
const PROGRESS: &str = "SELECT count(*) FILTER (WHERE worker_name = 'one' AND stage = 4), \
     count(*) FILTER (WHERE worker_name = 'two' AND stage = 4), \
     count(*) FILTER (WHERE worker_name = 'two' AND stage = 3), \
     count(*) FILTER (WHERE n_tries > 1) FROM jobs";

/// How many actions each worker has to complete before one is killed.
const COMPLETED_BEFORE_KILL: usize = 5;

#[derive(Debug)]
pub struct Database {
    directory: PathBuf,
    server: Process,
}

/// The progress of the workers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Actions that each of `WORKERS` completed.
    pub completed: [usize; 2],
    /// Actions that the last of them executes.
    pub executing: usize,
    /// Actions that were given to another worker when theirs was lost.
    pub retried: usize,
}

impl Database {
    /// Starts a server with BuildGrid's tables.
    pub fn start(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)?;
        // Whoever reaches the socket may do everything: only this user and root.
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        chown(directory, Some(USER), Some(USER))
            .context("PostgreSQL runs as `nobody`, and root has to start it")?;
        let data = directory.join("data");
        let mut initdb = command("initdb", directory);
        initdb.arg("--pgdata").arg(&data);
        initdb.args(["--auth=trust", "--no-sync", "--username", ROLE]);
        clean_build::run(initdb, &directory.join("initdb.log"))?;

        let mut postgres = command("postgres", directory);
        postgres.arg("-D").arg(&data).arg("-k").arg(directory);
        postgres.args(["-c", "listen_addresses=", "-c", "fsync=off"]);
        let log = directory.join("log");
        let mut server = Process::start("PostgreSQL", postgres, log)?;
        server.wait_until_ready(|| {
            let mut command = Command::new("pg_isready");
            command.arg("--quiet").arg("--host").arg(directory);
            command.status().is_ok_and(|status| status.success())
        })?;
        let database = Database {
            directory: directory.to_owned(),
            server,
        };
        let mut migrate = Command::new("bgd");
        migrate.args(["migrate", "apply", &database.url()]);
        clean_build::run(migrate, &directory.join("migrate.log"))?;
        Ok(database)
    }

    /// The address for SQLAlchemy.
    pub fn url(&self) -> String {
        let directory = self.directory.display();
        format!("postgresql+psycopg://{ROLE}@/postgres?host={directory}")
    }

    pub fn ensure_running(&mut self) -> Result<()> {
        self.server.ensure_running()
    }

    pub fn progress(&self) -> Result<Progress> {
        let mut psql = Command::new("psql");
        psql.arg("--host").arg(&self.directory);
        psql.args(["--username", ROLE, "--dbname=postgres"]);
        psql.args(["--no-align", "--tuples-only", "--command", PROGRESS]);
        let log = self.directory.join("psql.log");
        clean_build::run(psql, &log)?;
        let row = fs::read_to_string(log)?;
        Progress::parse(&row).with_context(|| format!("unexpected row from PostgreSQL: {row}"))
    }
}

impl Progress {
    fn parse(row: &str) -> Option<Self> {
        let columns = row.trim().split('|').map(str::parse);
        let columns = columns.collect::<Result<Vec<_>, _>>().ok()?;
        let [one, two, executing, retried] = columns.try_into().ok()?;
        Some(Progress {
            completed: [one, two],
            executing,
            retried,
        })
    }

    /// Whether both workers have worked, and the last one has an action that is lost with it.
    pub fn allows_kill(&self) -> bool {
        self.completed.iter().min() >= Some(&COMPLETED_BEFORE_KILL) && self.executing > 0
    }
}

/// A command of PostgreSQL's user.
fn command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.uid(USER).gid(USER).current_dir(directory);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_row() {
        let progress = Progress::parse("63|74|1|2\n").unwrap();
        assert_eq!(progress.completed, [63, 74]);
        assert_eq!((progress.executing, progress.retried), (1, 2));
        assert_eq!(Progress::parse("63|74|1\n"), None);
        assert_eq!(Progress::parse("x|74|1|2\n"), None);
    }

    #[test]
    fn allows_a_kill_once_both_workers_have_worked_and_the_last_one_works() {
        let allows_kill = |row| Progress::parse(row).unwrap().allows_kill();
        assert!(allows_kill("5|5|1|0"));
        assert!(!allows_kill("135|3|1|0"));
        assert!(!allows_kill("3|135|1|0"));
        assert!(!allows_kill("5|5|0|0"));
    }
}

//! PostgreSQL, in which BuildGrid keeps its queue: a server with files of its own, reached through a socket in the file system.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::Process;

/// `nobody`: PostgreSQL refuses to run as root.
const USER: u32 = 65534;

/// What the database's own user is called.
const ROLE: &str = "buildgrid";

/// A running database server; dropped, it is killed.
#[derive(Debug)]
pub struct Database {
    programs: PathBuf,
    directory: PathBuf,
    _server: Process,
}

impl Database {
    /// Makes one with BuildGrid's tables, whose files are all in `directory`. `programs` is where PostgreSQL's programs are.
    pub fn start(programs: &Path, bgd: &Path, directory: &Path) -> Result<Self, String> {
        let said = |error| format!("{}: {error}", directory.display());
        fs::create_dir_all(directory).map_err(said)?;
        // Whoever reaches the socket may do everything: only this user and root.
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).map_err(said)?;
        chown(directory, Some(USER), Some(USER)).map_err(|error| {
            format!(
                "{}: {error}; PostgreSQL runs as another user, which takes root to start",
                directory.display()
            )
        })?;
        let data = directory.join("data");

        let mut initdb = own(&programs.join("initdb"), directory);
        initdb.arg("--pgdata").arg(&data);
        initdb.args(["--auth=trust", "--no-sync", "--username", ROLE]);
        output(initdb)?;

        let mut postgres = own(&programs.join("postgres"), directory);
        postgres.arg("-D").arg(&data);
        postgres
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(directory);
        let log = directory.join("log");
        let mut server = Process::start("PostgreSQL".to_owned(), postgres, log)?;
        server.wait(|| {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.arg("--quiet").arg("--host").arg(directory);
            ask.status().is_ok_and(|status| status.success())
        })?;

        let database = Database {
            programs: programs.to_owned(),
            directory: directory.to_owned(),
            _server: server,
        };
        let mut migrate = Command::new(bgd);
        migrate.args(["migrate", "apply", &database.address()]);
        output(migrate)?;
        Ok(database)
    }

    /// As SQLAlchemy names it.
    pub fn address(&self) -> String {
        format!(
            "postgresql+psycopg://{ROLE}@/postgres?host={}",
            self.directory.display()
        )
    }

    /// How many actions were given to a worker more than once.
    pub fn tried_again(&self) -> Result<usize, String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.arg("--host").arg(&self.directory);
        psql.args([
            "--username",
            ROLE,
            "--no-align",
            "--tuples-only",
            "--dbname=postgres",
        ]);
        psql.args(["--command", "SELECT count(*) FROM jobs WHERE n_tries > 1"]);
        let count = output(psql)?;
        let number = count.trim().parse();
        number.map_err(|_| format!("PostgreSQL does not answer with a number: {count}"))
    }
}

/// A command of this user.
fn own(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.uid(USER).gid(USER).current_dir(directory);
    command
}

/// What a command that has to succeed says.
fn output(mut command: Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| {
        format!("cannot start {program}: {error}; in the Debian root, run tools/cache-check/with-servers")
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} ended with {}: {said}", output.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_says_why() {
        let mut command = Command::new("cat");
        command.arg("/nonexistent");
        let error = output(command).unwrap_err();
        assert!(error.contains("/nonexistent"), "{error}");
        let error = output(Command::new("/nonexistent/initdb")).unwrap_err();
        assert!(
            error.contains("cannot start /nonexistent/initdb"),
            "{error}"
        );
    }
}

//! A directory for one build.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use bazel_logs::events::Metrics;
use bazel_logs::execution::Spawn;
use stage0_artifact::Sha256Digest;

use crate::command::{run, succeed, tail};
use crate::{Error, Surroundings};

/// A directory for one build. [`Place::discard`] throws it away.
#[derive(Debug)]
pub struct Place {
    directory: PathBuf,
    surroundings: Surroundings,
}

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
    /// Clones `source`, a git repository, into a new directory. Only what is committed is there.
    ///
    /// What another place has downloaded ([`Place::downloads`]) can be copied: Bazel keeps it by its digest, and checks that.
    ///
    /// # Errors
    /// The directory exists, or cannot be made; git fails.
    pub fn new(
        directory: &Path,
        source: &Path,
        surroundings: Surroundings,
        downloads: Option<&Path>,
    ) -> Result<Self, Error> {
        let place = Place {
            directory: directory.to_owned(),
            surroundings,
        };
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent).map_err(Error::file(parent))?;
        }
        for directory in [
            place.directory.clone(),
            place.home(),
            place.temporary(),
            place.downloads(),
            place.logs(),
        ] {
            fs::create_dir(&directory).map_err(Error::file(&directory))?;
            if let Some(id) = place.surroundings.user {
                chown(&directory, Some(id), Some(id)).map_err(Error::file(&directory))?;
            }
        }
        let mut git = place.command("git".as_ref());
        git.args(["clone", "--quiet", "--no-hardlinks"])
            .arg(source)
            .arg(place.checkout());
        succeed(git, &place.logs().join("git"))?;
        if let Some(downloads) = downloads {
            let mut copy = place.command("cp".as_ref());
            copy.args(["--recursive", "--no-preserve=all"])
                .arg(downloads.join("."))
                .arg(place.downloads());
            succeed(copy, &place.logs().join("copy"))?;
        }
        Ok(place)
    }

    /// The checkout.
    pub fn checkout(&self) -> PathBuf {
        self.directory.join("checkout")
    }

    /// What Bazel downloaded. [`Place::discard`] leaves it.
    pub fn downloads(&self) -> PathBuf {
        self.directory.join("downloads")
    }

    /// Copies what Cargo downloaded into another CARGO_HOME. Cargo knows the crates' digests, from Cargo.lock; the index it trusts.
    ///
    /// # Errors
    /// There is nothing, or it cannot be copied.
    pub fn add_crates(&self, cargo_home: &Path) -> Result<(), Error> {
        let mut copy = self.command("cp".as_ref());
        copy.args(["--recursive", "--no-preserve=all", "--parents", "registry"])
            .arg(self.cargo_home())
            .current_dir(cargo_home);
        let own = self.cargo_home();
        fs::create_dir_all(&own).map_err(Error::file(&own))?;
        succeed(copy, &self.logs().join("copy-crates"))
    }

    /// What is special about this place.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Adds lines to a file of the checkout, or makes it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append(&self, file: &str, lines: &str) -> Result<(), Error> {
        let path = self.checkout().join(file);
        let mut text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(Error::File { path, source }),
        };
        text.push_str(lines);
        fs::write(&path, text).map_err(Error::file(path))
    }

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
            .args(arguments);
        let status = run(bazel, &log)?;
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
        succeed(bazel, &self.logs().join(command))
    }

    /// The digest of a file that the build made.
    ///
    /// # Errors
    /// It is not there.
    pub fn digest(&self, artifact: &str) -> Result<Sha256Digest, Error> {
        let path = self.checkout().join(artifact);
        let bytes = fs::read(&path).map_err(Error::file(path))?;
        Ok(Sha256Digest::of(&bytes))
    }

    /// Stops Bazel's server and deletes the checkout, HOME, TMPDIR and Bazel's output. The downloads and the
    /// logs are left.
    ///
    /// # Errors
    /// Something cannot be deleted.
    pub fn discard(self) -> Result<(), Error> {
        // Bazel's output holds directories that even their owner may not write to: Bazel deletes it.
        self.command_well("clean", &["--expunge"])?;
        for directory in [self.checkout(), self.home(), self.temporary()] {
            fs::remove_dir_all(&directory).map_err(Error::file(&directory))?;
        }
        Ok(())
    }

    fn bazel(&self, command: &str) -> Command {
        let mut bazel = self.command(&self.checkout().join("tools/bazel"));
        bazel
            .current_dir(self.checkout())
            .arg(option("--output_user_root", &self.directory.join("output")))
            .arg("--max_idle_secs=60") // should nobody stop the server
            .arg(command);
        bazel
    }

    /// The process id of Bazel's server of this place, where there is one.
    pub fn server(&self) -> Option<i32> {
        // Bazel makes one directory for each checkout, two for itself.
        for entry in fs::read_dir(self.directory.join("output")).ok()? {
            let file = entry.ok()?.path().join("server/server.pid.txt");
            if let Ok(text) = fs::read_to_string(file) {
                return text.trim().parse().ok();
            }
        }
        None
    }

    /// Runs another program than Bazel in the checkout, with these surroundings, and that has to succeed; what it says goes to the
    /// log of that name, which is returned.
    ///
    /// # Errors
    /// It does not start, or fails.
    pub fn run_well(
        &self,
        name: &str,
        program: &str,
        arguments: &[&str],
        environment: &[(OsString, OsString)],
    ) -> Result<String, Error> {
        let mut command = self.command(program.as_ref());
        command
            .current_dir(self.checkout())
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)));
        let log = self.logs().join(name);
        succeed(command, &log)?;
        fs::read_to_string(&log).map_err(Error::file(log))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = self
            .surroundings
            .command(program, &self.home(), &self.temporary());
        command.current_dir(&self.directory);
        command
    }

    fn home(&self) -> PathBuf {
        self.directory.join("home")
    }

    /// Where Cargo looks when nobody says otherwise.
    fn cargo_home(&self) -> PathBuf {
        self.home().join(".cargo")
    }

    fn temporary(&self) -> PathBuf {
        self.directory.join("temporary")
    }

    fn logs(&self) -> PathBuf {
        self.directory.join("logs")
    }
}

impl Drop for Place {
    /// A server that is left would keep its memory; an error has been reported before, or nobody minds.
    fn drop(&mut self) {
        if self.checkout().exists() {
            let _ = self.command_well("shutdown", &[]);
        }
    }
}

fn option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

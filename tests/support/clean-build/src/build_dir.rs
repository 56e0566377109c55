//! The directory of one build.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use fastboop_files::Sha256Digest;

use crate::command::{self, Umask};
use crate::{BuildEnv, Error, FileOrder, Tmpfs, files};

/// The size of a tmpfs: more than a build writes. Memory is allocated as it is used.
const TMPFS_SIZE: &str = "12g";

/// The directory of one build. [`BuildDir::discard`] deletes most of it.
#[derive(Debug)]
pub struct BuildDir {
    directory: PathBuf,
    env: BuildEnv,
    /// Mounted at `directory`, unless that is on the disk. The last field, so that it is unmounted last.
    _tmpfs: Option<Tmpfs>,
}

impl BuildDir {
    /// Clones the git repository `source` into a new directory. Uncommitted changes are not cloned.
    ///
    /// `downloads` is copied to [`BuildDir::downloads`]. Bazel stores downloads by digest and verifies them.
    ///
    /// # Errors
    /// The directory exists or cannot be created, or git fails.
    pub fn new(
        directory: &Path,
        source: &Path,
        env: BuildEnv,
        downloads: Option<&Path>,
    ) -> Result<Self, Error> {
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent).map_err(Error::file(parent))?;
        }
        let tmpfs = match env.file_order {
            FileOrder::Disk => None,
            FileOrder::Tmpfs | FileOrder::TmpfsReversed => {
                Some(Tmpfs::mount(directory, TMPFS_SIZE)?)
            }
        };
        if tmpfs.is_none() {
            fs::create_dir(directory).map_err(Error::file(directory))?;
        }
        let build_dir = BuildDir {
            directory: directory.to_owned(),
            env,
            _tmpfs: tmpfs,
        };
        build_dir.set_owner(directory)?;
        for directory in [
            build_dir.home(),
            build_dir.tmp_dir(),
            build_dir.downloads(),
            build_dir.logs(),
        ] {
            fs::create_dir(&directory).map_err(Error::file(&directory))?;
            build_dir.set_owner(&directory)?;
        }
        build_dir.check_out(source)?;
        if let Some(downloads) = downloads {
            build_dir.copy(downloads, &build_dir.downloads())?;
        }
        Ok(build_dir)
    }

    fn set_owner(&self, path: &Path) -> Result<(), Error> {
        match self.env.user {
            Some(id) => chown(path, Some(id), Some(id)).map_err(Error::file(path)),
            None => Ok(()),
        }
    }

    fn check_out(&self, source: &Path) -> Result<(), Error> {
        let mut git = self.command("git".as_ref());
        git.args(["clone", "--quiet", "--no-hardlinks"])
            .arg(source)
            .arg(self.checkout());
        self.run(git, "git")?;
        if self.env.file_order == FileOrder::TmpfsReversed {
            files::reverse_entries(&self.checkout())?;
        }
        match self.env.year {
            Some(year) => files::set_year(&self.checkout(), year),
            None => Ok(()),
        }
    }

    /// Copies the contents of `from` into `to`, a directory of this build, which is created if it does not exist.
    ///
    /// # Errors
    /// `from` cannot be read, or `to` cannot be written.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<(), Error> {
        let mut mkdir = self.command("mkdir".as_ref());
        mkdir.arg("--parents").arg(to);
        self.run(mkdir, "copy")?;
        let mut cp = self.command("cp".as_ref());
        cp.args(["--recursive", "--no-preserve=all"])
            .arg(from.join("."))
            .arg(to);
        self.run(cp, "copy")
    }

    /// The directory of the checkout.
    pub fn checkout(&self) -> PathBuf {
        self.directory.join("checkout")
    }

    /// The directory of Bazel's repository cache. [`BuildDir::discard`] does not delete it.
    pub fn downloads(&self) -> PathBuf {
        self.directory.join("downloads")
    }

    /// Copies Cargo's registry from another CARGO_HOME. Cargo verifies crates by their digests in Cargo.lock, but not the index.
    ///
    /// # Errors
    /// `cargo_home` contains no registry, or it cannot be copied.
    pub fn add_crates(&self, cargo_home: &Path) -> Result<(), Error> {
        let mut cp = self.command("cp".as_ref());
        cp.args(["--recursive", "--no-preserve=all", "--parents", "registry"])
            .arg(self.cargo_home())
            .current_dir(cargo_home);
        let own = self.cargo_home();
        fs::create_dir_all(&own).map_err(Error::file(&own))?;
        command::run(cp, &self.logs().join("copy-crates"))
    }

    /// The environment of the build.
    pub fn env(&self) -> &BuildEnv {
        &self.env
    }

    /// Appends lines to a file of the checkout, which is created if it does not exist.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn append(&self, file: &str, lines: &str) -> Result<(), Error> {
        let path = self.checkout().join(file);
        let mut text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(cause) => return Err(Error::File { path, cause }),
        };
        text.push_str(lines);
        fs::write(&path, text).map_err(Error::file(path))
    }

    /// Runs a command with its output in the log `name`.
    ///
    /// # Errors
    /// The command cannot be started, or fails.
    pub fn run(&self, command: Command, name: &str) -> Result<(), Error> {
        let _umask = self.set_umask();
        command::run(command, &self.logs().join(name))
    }

    /// Returns the output of the command that ran with the log `name`.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn read_log(&self, name: &str) -> Result<String, Error> {
        let log = self.logs().join(name);
        fs::read_to_string(&log).map_err(Error::file(log))
    }

    /// Creates a command with the environment of the build. Its current directory is that of the build.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = self.env.command(program, &self.home(), &self.tmp_dir());
        command.current_dir(&self.directory);
        command
    }

    /// Returns the digest of an artifact, whose path is relative to the checkout.
    ///
    /// # Errors
    /// The artifact cannot be read.
    pub fn digest(&self, artifact: &str) -> Result<Sha256Digest, Error> {
        let path = self.checkout().join(artifact);
        let bytes = fs::read(&path).map_err(Error::file(path))?;
        Ok(Sha256Digest::compute(&bytes))
    }

    /// Stops Bazel's server and deletes the checkout, HOME, TMPDIR and Bazel's output, but not the downloads and the logs.
    ///
    /// # Errors
    /// A directory cannot be deleted.
    pub fn discard(self) -> Result<(), Error> {
        // Bazel's output contains read-only directories, which remove_dir_all cannot empty.
        if self.output().exists() {
            self.bazel("clean", &["--expunge"])?;
        }
        for directory in [self.checkout(), self.home(), self.tmp_dir()] {
            fs::remove_dir_all(&directory).map_err(Error::file(&directory))?;
        }
        Ok(())
    }

    pub(crate) fn set_umask(&self) -> Option<Umask> {
        self.env.umask.map(Umask::set)
    }

    /// The HOME of the build.
    pub fn home(&self) -> PathBuf {
        self.directory.join("home")
    }

    /// Cargo's default CARGO_HOME, which crate_universe uses.
    pub fn cargo_home(&self) -> PathBuf {
        self.home().join(".cargo")
    }

    fn tmp_dir(&self) -> PathBuf {
        self.directory.join("tmp")
    }

    /// Bazel's output user root, which Bazel creates.
    pub(crate) fn output(&self) -> PathBuf {
        self.directory.join("output")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.directory.join("logs")
    }
}

impl Drop for BuildDir {
    /// Stops the server, which would keep its memory. Errors are ignored: the server stops after a minute in any case.
    fn drop(&mut self) {
        if self.checkout().exists() && self.output().exists() {
            let _ = self.bazel("shutdown", &[]);
        }
    }
}

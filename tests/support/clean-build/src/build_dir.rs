//! A directory for one build.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use fastboop_files::Sha256Digest;

use crate::command::{Umask, run};
use crate::{Error, FileOrder, MemoryDisk, Surroundings, files};

/// Room for all that a build writes, and more: memory is taken as it is used.
const MEMORY: &str = "12g";

/// A directory for one build. [`Place::discard`] throws it away.
#[derive(Debug)]
pub struct Place {
    directory: PathBuf,
    surroundings: Surroundings,
    /// What all of it is in, where that is not the disk. Unmounted last.
    _memory: Option<MemoryDisk>,
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
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent).map_err(Error::file(parent))?;
        }
        let memory = match surroundings.file_order {
            FileOrder::Disk => None,
            FileOrder::Memory | FileOrder::MemoryReversed => Some(memory_disk(directory)?),
        };
        if memory.is_none() {
            fs::create_dir(directory).map_err(Error::file(directory))?;
        }
        let place = Place {
            directory: directory.to_owned(),
            surroundings,
            _memory: memory,
        };
        place.own(directory)?;
        for directory in [
            place.home(),
            place.temporary(),
            place.downloads(),
            place.logs(),
        ] {
            fs::create_dir(&directory).map_err(Error::file(&directory))?;
            place.own(&directory)?;
        }
        place.check_out(source)?;
        if let Some(downloads) = downloads {
            place.copy(downloads, &place.downloads())?;
        }
        Ok(place)
    }

    fn own(&self, path: &Path) -> Result<(), Error> {
        match self.surroundings.user {
            Some(id) => chown(path, Some(id), Some(id)).map_err(Error::file(path)),
            None => Ok(()),
        }
    }

    fn check_out(&self, source: &Path) -> Result<(), Error> {
        let mut git = self.command("git".as_ref());
        git.args(["clone", "--quiet", "--no-hardlinks"])
            .arg(source)
            .arg(self.checkout());
        self.run_well(git, "git")?;
        if self.surroundings.file_order == FileOrder::MemoryReversed {
            files::reverse(&self.checkout())?;
        }
        match self.surroundings.year {
            Some(year) => files::date(&self.checkout(), year),
            None => Ok(()),
        }
    }

    /// Copies what is in a directory into another one of this place, which is made if need be.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<(), Error> {
        let mut make = self.command("mkdir".as_ref());
        make.arg("--parents").arg(to);
        self.run_well(make, "copy")?;
        let mut copy = self.command("cp".as_ref());
        copy.args(["--recursive", "--no-preserve=all"])
            .arg(from.join("."))
            .arg(to);
        self.run_well(copy, "copy")
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
        run(copy, &self.logs().join("copy-crates"))
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
            Err(cause) => return Err(Error::File { path, cause }),
        };
        text.push_str(lines);
        fs::write(&path, text).map_err(Error::file(path))
    }

    /// Runs a command that has to succeed; `name` is that of its log.
    ///
    /// # Errors
    /// It fails.
    pub fn run_well(&self, command: Command, name: &str) -> Result<(), Error> {
        let _umask = self.umask();
        run(command, &self.logs().join(name))
    }

    /// What the command with the log of that name has said.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn said(&self, name: &str) -> Result<String, Error> {
        let log = self.logs().join(name);
        fs::read_to_string(&log).map_err(Error::file(log))
    }

    /// A command with these surroundings, which starts in the place's directory.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = self
            .surroundings
            .command(program, &self.home(), &self.temporary());
        command.current_dir(&self.directory);
        command
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
        if self.output().exists() {
            self.command_well("clean", &["--expunge"])?;
        }
        for directory in [self.checkout(), self.home(), self.temporary()] {
            fs::remove_dir_all(&directory).map_err(Error::file(&directory))?;
        }
        Ok(())
    }

    pub(crate) fn umask(&self) -> Option<Umask> {
        self.surroundings.umask.map(Umask::set)
    }

    /// HOME.
    pub fn home(&self) -> PathBuf {
        self.directory.join("home")
    }

    /// Where Cargo looks when nobody says otherwise, also for crate_universe.
    pub fn cargo_home(&self) -> PathBuf {
        self.home().join(".cargo")
    }

    fn temporary(&self) -> PathBuf {
        self.directory.join("temporary")
    }

    /// Bazel's; it is there once Bazel was.
    pub(crate) fn output(&self) -> PathBuf {
        self.directory.join("output")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.directory.join("logs")
    }
}

impl Drop for Place {
    /// A server that is left would keep its memory; an error has been reported before, or nobody minds.
    fn drop(&mut self) {
        if self.checkout().exists() && self.output().exists() {
            let _ = self.command_well("shutdown", &[]);
        }
    }
}

fn memory_disk(directory: &Path) -> Result<MemoryDisk, Error> {
    MemoryDisk::mount(directory, MEMORY)?.ok_or_else(|| Error::Mount {
        path: directory.to_owned(),
    })
}

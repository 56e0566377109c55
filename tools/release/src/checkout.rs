//! The sources that a release is made of.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::program;

/// A Git checkout.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// Its top directory.
    pub top: PathBuf,
    /// The commit that is checked out: 40 hex digits.
    pub commit: String,
    /// What counts as now, in seconds since 1970: `SOURCE_DATE_EPOCH`, else the commit's time.
    pub epoch: u64,
}

impl Checkout {
    /// The checkout that `directory` is in. Files that differ from the commit are refused unless
    /// `allow_dirty` says otherwise.
    pub fn find(directory: &Path, allow_dirty: bool) -> Result<Checkout> {
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            program::line(command.arg("-C").arg(directory).args(arguments))
        };
        let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
        let changes = git(&["status", "--porcelain"])?;
        ensure!(
            allow_dirty || changes.is_empty(),
            "{}: not what is committed; commit or stash this first:\n{changes}",
            top.display()
        );
        let time = match env::var("SOURCE_DATE_EPOCH") {
            Ok(time) => time,
            Err(_) => git(&["show", "--no-patch", "--format=%ct", "HEAD"])?,
        };
        let epoch = time
            .parse()
            .with_context(|| format!("{time:?}: not a number of seconds; see SOURCE_DATE_EPOCH"))?;
        let commit = git(&["rev-parse", "HEAD"])?;
        Ok(Checkout { top, commit, epoch })
    }

    /// Bazel, as this checkout calls it.
    pub fn bazel(&self) -> Command {
        self.program(self.top.join("tools/bazel"))
    }

    /// `program`, started at the top, with the same time everywhere.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.top);
        command.env("SOURCE_DATE_EPOCH", self.epoch.to_string());
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "1").unwrap();
        for arguments in [
            &["init", "--quiet"][..],
            &["add", "file"],
            &[
                "-c",
                "user.name=n",
                "-c",
                "user.email=e",
                "commit",
                "--quiet",
                "-m",
                "m",
            ],
        ] {
            let mut git = Command::new("git");
            let git = git.arg("-C").arg(dir.path()).args(arguments);
            program::run(git.env("GIT_COMMITTER_DATE", "1234567890 +0000")).unwrap();
        }
        dir
    }

    #[test]
    fn what_is_committed_is_described() {
        let dir = repository();
        let checkout = Checkout::find(dir.path(), false).unwrap();
        assert_eq!(checkout.top, dir.path().canonicalize().unwrap());
        assert_eq!(checkout.commit.len(), 40);
        assert_eq!(checkout.epoch, 1234567890);
    }

    #[test]
    fn changes_are_refused_by_name() {
        let dir = repository();
        fs::write(dir.path().join("file"), "2").unwrap();
        let message = Checkout::find(dir.path(), false).unwrap_err().to_string();
        assert!(message.contains("commit or stash"), "{message}");
        assert!(message.contains("file"), "{message}");
        assert!(Checkout::find(dir.path(), true).is_ok());
    }
}

//! The Git checkout that a release is made from.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::program;

/// A Git checkout.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// Its top directory.
    pub top: PathBuf,
    /// The id of the commit.
    commit: String,
    /// The modification time of all files in the release, in seconds since 1970: `SOURCE_DATE_EPOCH`
    /// if set, else the time of the commit.
    pub epoch: u64,
}

impl Checkout {
    /// The checkout that `directory` is in. Fails if files differ from the commit, unless
    /// `allow_dirty`.
    pub fn find(directory: &Path, allow_dirty: bool) -> Result<Checkout> {
        let git = |arguments: &[&str]| git(directory, arguments);
        let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
        let changes = git(&["status", "--porcelain"])?;
        ensure!(
            allow_dirty || changes.is_empty(),
            "{}: uncommitted changes; commit or stash them:\n{changes}",
            top.display()
        );
        let time = match env::var("SOURCE_DATE_EPOCH") {
            Ok(time) => time,
            Err(_) => git(&["show", "--no-patch", "--format=%ct", "HEAD"])?,
        };
        let epoch = time.parse();
        let epoch = epoch
            .with_context(|| format!("SOURCE_DATE_EPOCH: {time:?}: not a number of seconds"))?;
        let commit = git(&["rev-parse", "HEAD"])?;
        Ok(Checkout { top, commit, epoch })
    }

    /// Fails if this clone has the tag `tag` on another commit: the release would not be what the tag
    /// names. A clone need not have every tag of its origin.
    pub fn check_tag(&self, tag: &str) -> Result<()> {
        // The second is the commit of an annotated tag. Neither is printed if the tag does not exist.
        let format = "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)";
        let name = format!("refs/tags/{tag}");
        let tagged = git(&self.top, &["for-each-ref", format, &name])?;
        ensure!(
            tagged.is_empty() || tagged == self.commit,
            "{tag}: the tag is on commit {tagged}, but this is {}; check out the tag, or release another version",
            self.commit
        );
        Ok(())
    }

    /// A command that runs the checkout's `tools/bazel`.
    pub fn bazel(&self) -> Command {
        self.program(self.top.join("tools/bazel"))
    }

    /// A command that runs `program` in the top directory, with [`Checkout::epoch`] as
    /// `SOURCE_DATE_EPOCH`.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.top);
        command.env("SOURCE_DATE_EPOCH", self.epoch.to_string());
        command
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    program::text_output(command.arg("-C").arg(directory).args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn rejects_uncommitted_changes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "1").unwrap();
        let identity = ["-c", "user.name=n", "-c", "user.email=e"];
        for arguments in [
            &["init", "--quiet"][..],
            &["add", "file"],
            &["commit", "--quiet", "-m", "m"],
        ] {
            let mut git = Command::new("git");
            git.current_dir(dir.path()).args(identity).args(arguments);
            program::run(git.env("GIT_COMMITTER_DATE", "1234567890 +0000")).unwrap();
        }
        let checkout = Checkout::find(dir.path(), false).unwrap();
        assert_eq!(checkout.top, dir.path().canonicalize().unwrap());
        assert_eq!(checkout.epoch, 1234567890);

        fs::write(&file, "2").unwrap();
        let error = Checkout::find(dir.path(), false).unwrap_err().to_string();
        assert!(error.contains("commit or stash"), "{error}");
        assert!(error.contains("file"), "{error}");
        assert!(Checkout::find(dir.path(), true).is_ok());
    }
}

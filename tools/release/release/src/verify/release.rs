//! The directory of a release, as read for verification.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fastboop_files::Sums;

use crate::assets::PLAN;
use crate::digests;
use crate::plan::Plan;
use crate::version::Version;

/// A release to verify.
pub struct Release {
    pub directory: PathBuf,
    pub plan: Plan,
    pub version: Version,
    /// The paths of all files in the directory, relative to it.
    pub names: BTreeSet<String>,
    /// The digests of the files that SHA256SUMS has to list; an error if there are subdirectories.
    pub digests: Result<Sums>,
}

impl Release {
    pub fn open(directory: &Path) -> Result<Release> {
        digests::check_directory(directory)?;
        let path = directory.join(PLAN);
        let bytes = digests::read(&path)?;
        let context = || format!("{}: not the plan of a release", path.display());
        let plan: Plan = serde_json::from_slice(&bytes).with_context(context)?;
        let version = plan.version.parse().with_context(context)?;
        let mut names = BTreeSet::new();
        for file in digests::list_files(directory)? {
            let name = file.strip_prefix(directory).unwrap_or(&file);
            names.insert(name.to_string_lossy().into_owned());
        }
        Ok(Release {
            directory: directory.to_owned(),
            plan,
            version,
            names,
            digests: digests::hash_release(directory),
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The message for a problem with the file `name`.
    pub fn problem(&self, name: &str, text: &str) -> String {
        format!("{}: {text}", self.path(name).display())
    }
}

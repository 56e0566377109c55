//! The context of all builds of a check.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::ValueEnum;
use clean_build::{BuildDir, WorkDir};

use crate::variation::{Variation, variation};

/// A string that differs between builds, inserted into stage0 to verify that the check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leak {
    /// The path of the checkout, as from a code generator
    Path,
    /// The time, as from a build script
    Clock,
}

#[derive(Debug)]
pub struct Context {
    source: PathBuf,
    work: WorkDir,
    downloads: Option<PathBuf>,
    /// The number of builds.
    pub builds: usize,
    leak: Option<Leak>,
}

impl Context {
    pub fn new(
        source: &Path,
        work: WorkDir,
        downloads: Option<PathBuf>,
        builds: usize,
        leak: Option<Leak>,
    ) -> anyhow::Result<Self> {
        let source = source
            .canonicalize()
            .with_context(|| format!("{}; set the checkout with --source", source.display()))?;
        Ok(Context {
            source,
            work,
            downloads,
            builds,
            leak,
        })
    }

    /// Creates the build directory of build `index`, from 0.
    pub fn build_dir(&self, index: usize) -> anyhow::Result<BuildDir> {
        let work = self.work.path();
        let first = work.join(variation(0).directory).join("downloads");
        // The user of another build may not be able to read the directory of --downloads.
        let downloads = match first.exists() {
            true => Some(first.as_path()),
            false => self.downloads.as_deref(),
        };
        let Variation { directory, env } = variation(index);
        let build_dir = BuildDir::new(&work.join(directory), &self.source, env, downloads)?;
        if let Some(leak) = self.leak {
            build_dir.edit_program("stage0/src/main.rs", &leak.to_text(&build_dir))?;
        }
        eprintln!("build {}  {}", index + 1, describe(&build_dir));
        Ok(build_dir)
    }

    /// Creates the directory for the artifacts of build `index`.
    pub fn artifacts_dir(&self, index: usize) -> anyhow::Result<PathBuf> {
        let path = self
            .work
            .path()
            .join("artifacts")
            .join((index + 1).to_string());
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// Returns the directory with all artifacts, which is deleted on drop.
    pub fn into_work_dir(self) -> WorkDir {
        self.work
    }
}

/// Describes the directory and the environment of a build.
pub fn describe(build_dir: &BuildDir) -> String {
    format!("{}, {}", build_dir.checkout().display(), build_dir.env())
}

impl Leak {
    fn to_text(self, build_dir: &BuildDir) -> String {
        match self {
            Leak::Path => format!("built in {}", build_dir.checkout().display()),
            Leak::Clock => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                format!("built at {}", now.unwrap_or_default().as_nanos())
            }
        }
    }
}

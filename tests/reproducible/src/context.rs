//! What all builds of a check have in common.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::ValueEnum;
use clean_build::{BuildDir, WorkDir};

use crate::variation::{Variation, variation};

/// Something that differs from build to build, put into stage0 on purpose: the check has to find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leak {
    /// The checkout's path, as a code generator might write it
    Path,
    /// The time, as a build script might
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

    /// A clean checkout for build `index`, from 0.
    pub fn build_dir(&self, index: usize) -> anyhow::Result<BuildDir> {
        let work = self.work.path();
        let first = work.join(variation(0).directory).join("downloads");
        // Another user may not be able to read the directory of --downloads.
        let downloads = match first.exists() {
            true => Some(first.as_path()),
            false => self.downloads.as_deref(),
        };
        let Variation { directory, env } = variation(index);
        let build_dir = BuildDir::new(&work.join(directory), &self.source, env, downloads)?;
        if let Some(leak) = self.leak {
            build_dir.edit_program("stage0/src/main.rs", &leak.text(&build_dir))?;
        }
        eprintln!("build {}  {}", index + 1, describe(&build_dir));
        Ok(build_dir)
    }

    /// The directory for the artifacts of build `index`.
    pub fn artifacts(&self, index: usize) -> anyhow::Result<PathBuf> {
        let path = self
            .work
            .path()
            .join("artifacts")
            .join((index + 1).to_string());
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// Hands over the directory with all artifacts; dropped, it is deleted.
    pub fn into_work_dir(self) -> WorkDir {
        self.work
    }
}

/// Where a build runs and in which environment.
pub fn describe(build_dir: &BuildDir) -> String {
    format!("{}, {}", build_dir.checkout().display(), build_dir.env())
}

impl Leak {
    fn text(self, build_dir: &BuildDir) -> String {
        match self {
            Leak::Path => format!("built in {}", build_dir.checkout().display()),
            Leak::Clock => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                format!("built at {}", now.unwrap_or_default().as_nanos())
            }
        }
    }
}

//! Measures builds by Bazel.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clean_build::{BuildDir, BuildEnv};

use super::case::{Case, Dependency};
use super::cost::{Cost, Meter};
use super::tool::{Context, InitialState, Tool};

/// A checkout for builds by Bazel.
pub struct Bazel {
    build_dir: BuildDir,
}

impl Tool for Bazel {
    const NAME: &str = "Bazel";

    fn new(context: &Context, name: &str, initial: InitialState) -> anyhow::Result<Self> {
        let (downloads, cache) = match initial {
            InitialState::Cold => (None, ""),
            InitialState::Warm(downloads) => (Some(downloads), context.cache.as_str()),
        };
        let directory = context.directory(Self::NAME, name);
        let build_dir = BuildDir::new(&directory, &context.source, BuildEnv::default(), downloads)?;
        if let Some(downloads) = downloads {
            build_dir.add_crates(&crates(downloads))?;
        }
        build_dir.append("user.bazelrc", cache)?;
        Ok(Bazel { build_dir })
    }

    fn downloads(&self) -> PathBuf {
        self.build_dir.downloads()
    }

    fn build(&self, name: &str) -> anyhow::Result<Cost> {
        let meter = Meter::start(self.build_dir.server_pid())?;
        let build = self.build_dir.bazel_build(name, &["//:fastboop-cli"])?;
        let metrics = build.metrics;
        meter.stop(
            self.build_dir.server_pid(),
            Some(metrics.wall_time),
            metrics.actions_executed,
        )
    }

    fn edit(&self, case: Case, dependency: &Dependency) -> anyhow::Result<()> {
        Ok(case.edit(&self.build_dir, dependency)?)
    }

    fn discard(self) -> anyhow::Result<()> {
        let home = self.build_dir.cargo_home();
        fs::rename(&home, crates(&self.downloads())).with_context(|| home.display().to_string())?;
        Ok(self.build_dir.discard()?)
    }
}

/// Where Cargo's downloads are kept, beside Bazel's: crate_universe runs Cargo.
fn crates(downloads: &Path) -> PathBuf {
    downloads.with_file_name("crates")
}

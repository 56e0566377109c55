//! Builds by Bazel.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clean_build::{Place, Surroundings};

use crate::case::{Case, Dependency};
use crate::cost::{Cost, Meter};
use crate::tool::{Begin, Setting, Tool};

/// A checkout that Bazel builds.
pub struct Bazel {
    place: Place,
}

impl Tool for Bazel {
    const NAME: &str = "Bazel";

    fn new(setting: &Setting, name: &str, begin: Begin) -> anyhow::Result<Self> {
        let (downloads, cache) = match begin {
            Begin::Cold => (None, ""),
            Begin::Warm(downloads) => (Some(downloads), setting.cache.as_str()),
        };
        let directory = setting.directory(Self::NAME, name);
        let place = Place::new(
            &directory,
            &setting.source,
            Surroundings::plain(),
            downloads,
        )?;
        if let Some(downloads) = downloads {
            place.add_crates(&crates(downloads))?;
        }
        place.append("user.bazelrc", cache)?;
        Ok(Bazel { place })
    }

    fn downloads(&self) -> PathBuf {
        self.place.downloads()
    }

    fn build(&self, name: &str) -> anyhow::Result<Cost> {
        let meter = Meter::start(self.place.server())?;
        let build = self.place.build_well(name, &["//:fastboop-cli"])?;
        let metrics = build.metrics;
        meter.stop(
            self.place.server(),
            Some(metrics.wall_time),
            metrics.actions_executed,
        )
    }

    fn edit(&self, case: Case, dependency: &Dependency) -> anyhow::Result<()> {
        Ok(case.edit(&self.place, dependency)?)
    }

    fn discard(self) -> anyhow::Result<()> {
        let home = self.place.cargo_home();
        fs::rename(&home, crates(&self.downloads())).with_context(|| home.display().to_string())?;
        Ok(self.place.discard()?)
    }
}

/// Where Cargo's downloads are kept, beside Bazel's: crate_universe asks Cargo.
fn crates(downloads: &Path) -> PathBuf {
    downloads.with_file_name("crates")
}

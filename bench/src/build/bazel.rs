//! Builds by Bazel.

use std::fs;
use std::path::{Path, PathBuf};

use clean_build::{Place, Surroundings};

use super::case::{Case, Dependency};
use super::cost::{Cost, Meter};
use super::tool::{Begin, Setting, Tool};

/// A checkout that Bazel builds.
pub struct Bazel {
    place: Place,
}

impl Tool for Bazel {
    const NAME: &str = "Bazel";

    fn new(setting: &Setting, name: &str, begin: Begin) -> Result<Self, String> {
        let (downloads, cache) = match begin {
            Begin::Cold => (None, ""),
            Begin::Warm(downloads) => (Some(downloads), setting.cache.as_str()),
        };
        let place = || {
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
            Ok(place)
        };
        let place = place().map_err(|error: clean_build::Error| error.to_string())?;
        Ok(Bazel { place })
    }

    fn downloads(&self) -> PathBuf {
        self.place.downloads()
    }

    fn build(&self, name: &str) -> Result<Cost, String> {
        let meter = Meter::start(self.place.server())?;
        let build = self.place.build_well(name, &["//:fastboop-cli"]);
        let metrics = build.map_err(|error| error.to_string())?.metrics;
        meter.stop(
            self.place.server(),
            Some(metrics.wall_time),
            metrics.actions_executed,
        )
    }

    fn edit(&self, case: Case, dependency: &Dependency) -> Result<(), String> {
        case.edit(&self.place, dependency)
            .map_err(|error| error.to_string())
    }

    fn discard(self) -> Result<(), String> {
        let home = self.place.cargo_home();
        fs::rename(&home, crates(&self.downloads()))
            .map_err(|error| format!("{}: {error}", home.display()))?;
        self.place.discard().map_err(|error| error.to_string())
    }
}

/// Where Cargo's downloads are kept, beside Bazel's: crate_universe asks Cargo.
fn crates(downloads: &Path) -> PathBuf {
    downloads.with_file_name("crates")
}

//! Builds by Bazel.

use std::path::Path;

use clean_build::{Place, Surroundings};

use crate::Tool;
use crate::case::{Case, Dependency};
use crate::cost::{Cost, Meter};

/// A checkout that Bazel builds.
pub struct Bazel {
    place: Place,
}

impl Bazel {
    /// A new one, with the downloads of `first`. `cache` is a line for user.bazelrc.
    pub fn new(
        source: &Path,
        directory: &Path,
        cache: &str,
        first: Option<&Bazel>,
    ) -> Result<Self, String> {
        let downloads = first.map(|first| first.place.downloads());
        let place = Place::new(
            directory,
            source,
            Surroundings::plain(),
            downloads.as_deref(),
        );
        let place = place.map_err(|error| error.to_string())?;
        place
            .append("user.bazelrc", cache)
            .map_err(|error| error.to_string())?;
        Ok(Bazel { place })
    }
}

impl Tool for Bazel {
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

    fn edit(&self, case: &Case, dependency: &Dependency) -> Result<(), String> {
        case.edit(&self.place, dependency)
            .map_err(|error| error.to_string())
    }
}

//! What all builds of a check share.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use clean_build::{Place, Work};

use crate::variation::{Variation, variation};

/// Something that differs from build to build, let into stage0 on purpose: the check has to find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leak {
    /// The checkout's path, as a code generator might write it
    Path,
    /// The time, as a build script might
    Clock,
}

/// What all builds of a check share.
#[derive(Debug)]
pub struct Setting {
    source: PathBuf,
    work: Work,
    downloads: Option<PathBuf>,
    /// How many builds.
    pub builds: usize,
    leak: Option<Leak>,
}

impl Setting {
    /// Looks for the source.
    pub fn new(
        source: &Path,
        work: Work,
        downloads: Option<PathBuf>,
        builds: usize,
        leak: Option<Leak>,
    ) -> Result<Self, String> {
        let source = source.canonicalize().map_err(|error| {
            let shown = source.display();
            format!("{shown}: {error}; name the checkout with --source")
        })?;
        Ok(Setting {
            source,
            work,
            downloads,
            builds,
            leak,
        })
    }

    /// A clean checkout for build number `index`, from 0.
    pub fn place(&self, index: usize) -> Result<Place, String> {
        let work = self.work.directory();
        let before = work.join(variation(0).path).join("downloads");
        // Another user may not be able to read what is named.
        let downloads = match before.exists() {
            true => Some(before.as_path()),
            false => self.downloads.as_deref(),
        };
        let Variation { path, surroundings } = variation(index);
        let place = Place::new(&work.join(path), &self.source, surroundings, downloads);
        let place = place.map_err(|error| error.to_string())?;
        self.leak.map_or(Ok(()), |leak| leak.plant(&place))?;
        eprintln!("build {}  {}", index + 1, self.how(&place));
        Ok(place)
    }

    /// Where a build is made, by whom, with what.
    pub fn how(&self, place: &Place) -> String {
        format!("{}, {}", place.checkout().display(), place.surroundings())
    }

    /// The directory for what build number `index` makes.
    pub fn artifacts(&self, index: usize) -> Result<PathBuf, String> {
        let path = self
            .work
            .directory()
            .join("artifacts")
            .join(format!("{}", index + 1));
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

impl Leak {
    fn plant(self, place: &Place) -> Result<(), String> {
        let text = match self {
            Leak::Path => format!("built in {}", place.checkout().display()),
            Leak::Clock => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                format!("built at {}", now.unwrap_or_default().as_nanos())
            }
        };
        let planted = place.put_into_program("stage0/src/main.rs", &text);
        planted.map_err(|error| error.to_string())
    }
}

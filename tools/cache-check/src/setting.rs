//! What all commands share: where they work, what they build, which server they start.

use std::path::{Path, PathBuf};

use clean_build::{Place, Surroundings, Work};

use crate::configuration::Scheduler;
use crate::execution::Database;
use crate::server::{Endpoint, Kind, Server, ServerOptions};

/// The name of the first checkout.
pub const FIRST: &str = "first";

/// What all commands share.
pub struct Setting {
    source: PathBuf,
    work: Work,
    downloads: Option<PathBuf>,
    /// The label to build.
    pub target: String,
    /// The file that this makes, relative to the checkout.
    pub artifact: String,
    server: ServerOptions,
}

impl Setting {
    /// Looks for the source.
    pub fn new(
        source: &Path,
        work: Work,
        downloads: Option<PathBuf>,
        target: String,
        artifact: String,
        server: ServerOptions,
    ) -> Result<Self, String> {
        let source = source.canonicalize().map_err(|error| {
            format!(
                "{}: {error}; name the checkout with --source",
                source.display()
            )
        })?;
        Ok(Setting {
            source,
            work,
            downloads,
            target,
            artifact,
            server,
        })
    }

    /// A clean checkout at `name` below the directory to work in, whose user.bazelrc has these lines.
    pub fn place(
        &self,
        name: &str,
        surroundings: Surroundings,
        settings: &str,
    ) -> Result<Place, String> {
        let directory = self.work.directory().join(name);
        let before = self.work.directory().join(FIRST).join("downloads");
        // Another user may not be able to read what is named.
        let downloads = match before.exists() {
            true => Some(before.as_path()),
            false => self.downloads.as_deref(),
        };
        let place = Place::new(&directory, &self.source, surroundings, downloads);
        let place = place.map_err(|error| error.to_string())?;
        let appended = place.append("user.bazelrc", &format!("{settings}\n"));
        appended.map_err(|error| error.to_string())?;
        Ok(place)
    }

    /// A clean checkout in which nothing was downloaded before.
    pub fn bare_place(&self, name: &str) -> Result<Place, String> {
        let directory = self.work.directory().join(name);
        let place = Place::new(&directory, &self.source, Surroundings::plain(), None);
        place.map_err(|error| error.to_string())
    }

    /// Starts the cache server, with what it was given before where that was asked for.
    pub fn server(&self) -> Result<Server, String> {
        let own = self.directory("server");
        Server::start(&self.server, self.server.storage.as_deref().unwrap_or(&own))
    }

    /// Starts another one, with its files in the directory `name`.
    pub fn another_server(&self, name: &str) -> Result<Server, String> {
        Server::start(&self.server, &self.directory(name))
    }

    /// Starts the database of an executor's queue; `programs` is where PostgreSQL's are.
    pub fn database(&self, programs: &Path) -> Result<Database, String> {
        Database::start(programs, &self.server.bgd, &self.directory("database"))
    }

    /// Starts BuildGrid as an executor, with its files in the directory `name`.
    pub fn executor(&self, name: &str, scheduler: Scheduler) -> Result<Server, String> {
        let options = ServerOptions {
            kind: Kind::Buildgrid,
            scheduler: Some(scheduler),
            ..self.server.clone()
        };
        Server::start(&options, &self.directory(name))
    }

    /// A directory to work in.
    pub fn directory(&self, name: &str) -> PathBuf {
        self.work.directory().join(name)
    }
}

/// The lines for user.bazelrc that point the configurations `cache` and `cache-readonly` at a server.
pub fn endpoint(server: Endpoint) -> String {
    format!("common:cache --remote_cache={server}")
}

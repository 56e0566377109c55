//! What happens to a build whose cache server is in trouble: the artifact has to be the same, and the build has to end.

mod storage;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bazel_logs::comparison::Count;
use clean_build::{Build, MemoryDisk, Place, Surroundings};
use serde::Serialize;
use serde_json::Value;

use crate::proxy::{Proxy, Trouble};
use crate::server::{Endpoint, Server};
use crate::setting::{FIRST, Setting};

/// How long each 16 KiB from a slow server take: some 800 kB a second, and never less than this for an answer.
const SLOW: Duration = Duration::from_millis(20);

/// The size of a server's disk that fills up: room for its own files, and for few blobs.
const SMALL: &str = "2m";

/// What came of one build.
#[derive(Debug, Serialize)]
struct Outcome {
    fault: &'static str,
    /// Whether the build succeeded and made the same artifact.
    right: bool,
    exit_code: Option<i32>,
    from_cache: Count,
    connections: u64,
    bytes_from_server: u64,
    seconds: f64,
    /// Bazel's first complaint.
    said: Option<String>,
}

/// A checkout in which all faults are tried, and the artifact that they must not change.
struct Trial<'a> {
    setting: &'a Setting,
    place: Place,
    sha256: String,
}

/// Tries each fault; whether the artifact was always right.
pub fn run(setting: &Setting) -> Result<(bool, Value), String> {
    let server = setting.server()?;
    let place = setting.place(FIRST, Surroundings::plain(), "")?;
    let sha256 = fill(setting, &place, server.endpoint()).map_err(|error| error.to_string())?;
    println!("{} through {server}, sha256 {sha256}", setting.target);
    let trial = Trial {
        setting,
        place,
        sha256,
    };

    let mut outcomes = Vec::new();
    let healthy = trial.build("none", server.endpoint(), Trouble::default())?;
    // Half of what a healthy one gives: in the middle of the build.
    let middle = healthy.bytes_from_server / 2;
    outcomes.push(healthy);
    outcomes.push(trial.slow(&server)?);
    outcomes.extend(trial.full()?);
    let blobs = server.blobs();
    outcomes.push(trial.dying(server, middle)?);
    // The last one, as it leaves nothing to read.
    outcomes.push(trial.corrupted(&blobs)?);

    let right = outcomes.iter().filter(|outcome| outcome.right).count();
    println!("{right} of {} builds right", outcomes.len());
    let reached = outcomes.iter().all(|outcome| outcome.connections > 0);
    if !reached {
        println!(
            "error: a build did not ask its server; does .bazelrc still define the configuration `cache`?"
        );
    }
    let json = serde_json::to_value(&outcomes).map_err(|error| error.to_string())?;
    Ok((reached && right == outcomes.len(), json))
}

/// The first build, which fills the cache; the artifact's digest.
fn fill(setting: &Setting, place: &Place, server: Endpoint) -> Result<String, clean_build::Error> {
    let url = format!("--remote_cache={server}");
    place.build_well("fill", &["--config=cache", &url, &setting.target])?;
    Ok(place.digest(&setting.artifact)?.to_string())
}

impl Trial<'_> {
    fn slow(&self, server: &Server) -> Result<Outcome, String> {
        let trouble = Trouble {
            delay: SLOW,
            after: None,
        };
        self.build("slow", server.endpoint(), trouble)
    }

    /// A server of its own, with next to no room. `None` where that cannot be made.
    fn full(&self) -> Result<Option<Outcome>, String> {
        let disk = MemoryDisk::mount(&self.setting.directory("full"), SMALL);
        let Some(_disk) = disk.map_err(|error| error.to_string())? else {
            println!("full: not tried, as mounting a small disk takes root");
            return Ok(None);
        };
        let server = self.setting.another_server("full")?;
        self.build("full", server.endpoint(), Trouble::default())
            .map(Some)
    }

    /// Every blob that the server keeps has another byte in it.
    fn corrupted(&self, blobs: &std::path::Path) -> Result<Outcome, String> {
        storage::damage(blobs).map_err(|error| format!("{}: {error}", blobs.display()))?;
        let server = self.setting.server()?;
        self.build("corrupted", server.endpoint(), Trouble::default())
    }

    /// The server is killed when it has given this many bytes.
    fn dying(&self, server: Server, after: u64) -> Result<Outcome, String> {
        let endpoint = server.endpoint();
        let server = Arc::new(Mutex::new(server));
        let shared = Arc::clone(&server);
        let kill = move || shared.lock().unwrap_or_else(PoisonError::into_inner).kill();
        let trouble = Trouble {
            delay: Duration::ZERO,
            after: Some((after, Box::new(kill))),
        };
        self.build("dies", endpoint, trouble)
    }

    /// Builds from nothing, through a proxy.
    fn build(
        &self,
        fault: &'static str,
        server: Endpoint,
        trouble: Trouble,
    ) -> Result<Outcome, String> {
        let proxy =
            Proxy::start(server.address, trouble).map_err(|error| format!("proxy: {error}"))?;
        let url = format!("--remote_cache={}", server.at(proxy.address()));
        let arguments = ["--config=cache", &url, &self.setting.target];
        let cleaned = self.place.command_well("clean", &[]);
        let build = cleaned.and_then(|()| self.place.build(fault, &arguments));
        let build = build.map_err(|error| error.to_string())?;
        let outcome = Outcome {
            fault,
            right: self.is_right(&build),
            exit_code: build.status.code(),
            from_cache: Count::of(&build.spawns, |_| true),
            connections: proxy.connections(),
            bytes_from_server: proxy.received(),
            seconds: build.metrics.wall_time.as_secs_f64(),
            said: complaint(&build.log),
        };
        println!("{outcome}");
        Ok(outcome)
    }

    fn is_right(&self, build: &Build) -> bool {
        let digest = self.place.digest(&self.setting.artifact);
        build.status.success() && digest.is_ok_and(|digest| digest.to_string() == self.sha256)
    }
}

fn complaint(log: &str) -> Option<String> {
    let complains = |line: &&str| line.starts_with("WARNING: ") || line.starts_with("ERROR: ");
    log.lines().find(complains).map(str::to_owned)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.right { "same artifact" } else { "WRONG" };
        write!(
            f,
            "{:9}  {verdict}, {:.1} s, {} of {} actions from the cache, {} connections, {} bytes",
            self.fault,
            self.seconds,
            self.from_cache.hits,
            self.from_cache.total,
            self.connections,
            self.bytes_from_server
        )?;
        if let Some(code @ 1..) = self.exit_code {
            write!(f, ", exit code {code}")?;
        }
        let said = self.said.iter();
        said.into_iter()
            .try_for_each(|line| write!(f, "\n           {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_complaint_is_told() {
        let log = "INFO: a\nWARNING: Remote Cache: gone\nERROR: b\n";
        assert_eq!(complaint(log).unwrap(), "WARNING: Remote Cache: gone");
        assert_eq!(complaint("INFO: a\n"), None);
    }

    #[test]
    fn a_wrong_artifact_is_called_so() {
        let outcome = Outcome {
            fault: "dies",
            right: false,
            exit_code: Some(1),
            from_cache: Count { hits: 1, total: 2 },
            connections: 3,
            bytes_from_server: 4,
            seconds: 5.0,
            said: Some("ERROR: b".to_owned()),
        };
        assert_eq!(
            outcome.to_string(),
            "dies       WRONG, 5.0 s, 1 of 2 actions from the cache, 3 connections, 4 bytes, exit code 1\n           ERROR: b"
        );
    }
}

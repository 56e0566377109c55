//! One checkout fills the cache and is thrown away; another one, elsewhere and of another user, must find everything there.

use std::fmt;

use bazel_logs::comparison::{self, Cause, Count, Miss};
use bazel_logs::execution::Spawn;
use clean_build::{Build, Place, Surroundings};
use serde::Serialize;
use serde_json::Value;

use crate::leak::Leak;
use crate::setting::{FIRST, Setting, endpoint};

/// `nobody`: no name needs to go with it.
const OTHER_USER: u32 = 65534;

/// How many differences of an action are shown; JSON has all.
const SHOWN: usize = 5;

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    server: String,
    target: String,
    first: String,
    second: String,
    /// Rust's actions in the second build.
    rust: Count,
    /// The others.
    others: Count,
    /// By Bazel's own count.
    first_seconds: f64,
    second_seconds: f64,
    sha256: [String; 2],
    misses: Vec<Miss>,
}

/// Runs the check; whether it holds, and all that was found.
pub fn run(setting: &Setting, leak: Option<Leak>) -> Result<(bool, Value), String> {
    let server = setting.server()?;
    let settings = endpoint(server.endpoint());
    let plain = Surroundings::plain();
    let other = Surroundings {
        user: Some(OTHER_USER),
        locale: "C".to_owned(),
        time_zone: "X-5:45".to_owned(),
        ..Surroundings::plain()
    };
    let first = built(setting, FIRST, plain, &settings, leak)?;
    let second = built(setting, "elsewhere/second-checkout", other, &settings, leak)?;
    let report = Report {
        server: server.to_string(),
        target: setting.target.clone(),
        first: first.place,
        second: second.place,
        rust: Count::of(&second.build.spawns, Spawn::is_rust),
        others: Count::of(&second.build.spawns, |spawn| !spawn.is_rust()),
        first_seconds: first.build.metrics.wall_time.as_secs_f64(),
        second_seconds: second.build.metrics.wall_time.as_secs_f64(),
        sha256: [first.sha256, second.sha256],
        misses: comparison::misses(&first.build.spawns, &second.build.spawns),
    };
    print!("{report}");
    let json = serde_json::to_value(&report).map_err(|error| error.to_string())?;
    Ok((report.holds(), json))
}

struct Built {
    place: String,
    build: Build,
    sha256: String,
}

/// Builds in a new checkout and throws that away.
fn built(
    setting: &Setting,
    name: &str,
    surroundings: Surroundings,
    settings: &str,
    leak: Option<Leak>,
) -> Result<Built, String> {
    let place = setting.place(name, surroundings, settings)?;
    leak.map_or(Ok(()), |leak| leak.plant(&place))?;
    let built = build(setting, &place).map_err(|error| error.to_string())?;
    place.discard().map_err(|error| error.to_string())?;
    Ok(built)
}

fn build(setting: &Setting, place: &Place) -> Result<Built, clean_build::Error> {
    Ok(Built {
        build: place.build_well("build", &["--config=cache", &setting.target])?,
        sha256: place.digest(&setting.artifact)?.to_string(),
        place: format!("{}, {}", place.checkout().display(), place.surroundings()),
    })
}

impl Report {
    fn holds(&self) -> bool {
        let [first, second] = &self.sha256;
        self.misses.is_empty() && self.rust.total > 0 && first == second
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} through {}", self.target, self.server)?;
        writeln!(f, "first   {}: {:.1} s", self.first, self.first_seconds)?;
        writeln!(f, "second  {}: {:.1} s", self.second, self.second_seconds)?;
        for miss in &self.misses {
            write!(f, "{}", shown(miss))?;
        }
        let [first, second] = &self.sha256;
        writeln!(f, "sha256  {first}")?;
        if first != second {
            writeln!(
                f,
                "error: the second build made other bytes, sha256 {second}"
            )?;
        }
        let (rust, others) = (self.rust, self.others);
        writeln!(
            f,
            "{} of {} Rust actions from the cache",
            rust.hits, rust.total
        )?;
        writeln!(
            f,
            "{} of {} other actions from the cache",
            others.hits, others.total
        )
    }
}

fn shown(miss: &Miss) -> String {
    let why = match &miss.cause {
        Cause::NotInFirst => vec!["the first build had no such action".to_owned()],
        Cause::NotInCache => vec!["same key, but the cache does not have it".to_owned()],
        Cause::Follows(writers) => {
            let names = writers.iter().map(ToString::to_string);
            vec![format!(
                "follows from {}",
                names.collect::<Vec<_>>().join(", ")
            )]
        }
        Cause::Differs(differences) => {
            let all = differences.iter().map(ToString::to_string);
            let more = differences.len().saturating_sub(SHOWN);
            let rest = (more > 0).then(|| format!("… and {more} more"));
            all.take(SHOWN).chain(rest).collect()
        }
    };
    let head = format!(
        "missed  {}, which writes {}\n",
        miss.action, miss.action.output
    );
    why.iter()
        .fold(head, |text, line| format!("{text}        {line}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bazel_logs::execution::Name;

    fn report(misses: Vec<Miss>, hits: usize) -> Report {
        Report {
            server: "nginx".to_owned(),
            target: "//a".to_owned(),
            first: "/a".to_owned(),
            second: "/b".to_owned(),
            rust: Count { hits, total: 2 },
            others: Count::default(),
            first_seconds: 2.0,
            second_seconds: 1.0,
            sha256: ["00".to_owned(), "00".to_owned()],
            misses,
        }
    }

    fn miss(cause: Cause) -> Miss {
        Miss {
            action: Name {
                label: "//a".to_owned(),
                mnemonic: "Rustc".to_owned(),
                output: "liba.rlib".to_owned(),
            },
            rust: true,
            cause,
        }
    }

    #[test]
    fn all_from_the_cache_holds() {
        let report = report(Vec::new(), 2);
        assert!(report.holds());
        assert!(
            report
                .to_string()
                .contains("2 of 2 Rust actions from the cache")
        );
    }

    #[test]
    fn a_miss_does_not_hold_and_is_named() {
        let report = report(vec![miss(Cause::NotInCache)], 1);
        assert!(!report.holds());
        let text = report.to_string();
        assert!(
            text.contains("missed  Rustc //a, which writes liba.rlib"),
            "{text}"
        );
        assert!(text.contains("1 of 2 Rust actions"), "{text}");
    }

    #[test]
    fn other_bytes_do_not_hold() {
        let mut report = report(Vec::new(), 2);
        report.sha256[1] = "11".to_owned();
        assert!(!report.holds());
    }

    #[test]
    fn a_build_without_rust_proves_nothing() {
        let mut report = report(Vec::new(), 0);
        report.rust.total = 0;
        assert!(!report.holds());
    }
}

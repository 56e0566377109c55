//! One checkout fills the cache and is deleted; a second one, elsewhere and of another user, has to find everything there.

use anyhow::Result;
use bazel_logs::comparison::{self, Cause, Count, Miss};
use bazel_logs::execution::Spawn;
use clean_build::BuildEnv;

use crate::context::{self, ARTIFACT, Context, FIRST, TARGET};
use crate::edits;
use crate::server::Server;

/// `nobody`, who needs no entry in /etc/passwd.
const OTHER_USER: u32 = 65534;

/// The number of printed differences per action.
const MAX_DIFFERENCES: usize = 5;

struct Summary {
    /// Rust actions of the second build.
    rust: Count,
    misses: Vec<Miss>,
    /// The digests of the artifact of the first and the second build.
    sha256: [String; 2],
}

pub fn run(context: &Context) -> Result<Vec<String>> {
    let mut nginx = Server::nginx(&context.work.join("nginx"))?;
    let bazelrc = format!("common:cache --remote_cache=http://{}", nginx.address);
    let arguments = ["--config=cache", TARGET];
    let mut watch = || nginx.ensure_running();

    let build_dir = context.checkout(FIRST, BuildEnv::default(), &bazelrc)?;
    let (build_dir, first) = context::build(build_dir, "first", &arguments, &mut watch)?;
    let first_digest = build_dir.digest(ARTIFACT)?.to_string();
    build_dir.discard()?;

    let env = BuildEnv {
        user: Some(OTHER_USER),
        locale: "C".to_owned(),
        time_zone: "X-5:45".to_owned(),
        ..BuildEnv::default()
    };
    let build_dir = context.checkout("elsewhere/second", env, &bazelrc)?;
    let (build_dir, second) = context::build(build_dir, "second", &arguments, &mut watch)?;
    let [first_seconds, seconds] =
        [&first, &second].map(|build| build.metrics.wall_time.as_secs_f64());
    println!("first build {first_seconds:.1} s, second build {seconds:.1} s");
    let rust = Count::from_spawns(&second.spawns, Spawn::is_rust);
    let all = Count::from_spawns(&second.spawns, |_| true);
    println!("from the cache: {rust} Rust actions, {all} in all");
    let digest = build_dir.digest(ARTIFACT)?.to_string();
    println!("sha256 {digest}");
    let summary = Summary {
        rust,
        misses: comparison::misses(&first.spawns, &second.spawns),
        sha256: [first_digest, digest],
    };
    let mut failures = summary.failures();
    failures.extend(edits::run(build_dir, watch)?);
    Ok(failures)
}

impl Summary {
    fn failures(&self) -> Vec<String> {
        let mut failures = self.misses.iter().map(describe).collect::<Vec<_>>();
        if self.rust.total == 0 {
            failures.push("the second build has no Rust action".to_owned());
        }
        let [first, second] = &self.sha256;
        if first != second {
            failures.push(format!(
                "SHA-256 mismatch: first build {first}, second build {second}"
            ));
        }
        failures
    }
}

fn describe(miss: &Miss) -> String {
    let cause = match &miss.cause {
        Cause::NotInFirst => "the first build had no such action".to_owned(),
        Cause::NotInCache => "its key is the same, but the cache has no entry".to_owned(),
        Cause::Follows(writers) => format!("follows from {}", joined(writers)),
        Cause::Differs(differences) => {
            let shown = differences.iter().take(MAX_DIFFERENCES);
            format!("{} differences: {}", differences.len(), joined(shown))
        }
    };
    let action = &miss.action;
    format!(
        "not from the cache: {action}, which writes {}: {cause}",
        action.output
    )
}

fn joined(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items = items.into_iter().map(|item| item.to_string());
    items.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spawn(input: &str, cache_hit: bool) -> Spawn {
        let mut spawn = Spawn {
            mnemonic: "Rustc".to_owned(),
            target_label: "//a".to_owned(),
            listed_outputs: vec!["liba.rlib".to_owned()],
            remote_cacheable: true,
            cache_hit,
            ..Spawn::default()
        };
        spawn.arguments.push(input.to_owned());
        spawn
    }

    fn summary(first: &[Spawn], second: &[Spawn]) -> Summary {
        Summary {
            rust: Count::from_spawns(second, Spawn::is_rust),
            misses: comparison::misses(first, second),
            sha256: ["00".to_owned(), "00".to_owned()],
        }
    }

    #[test]
    fn accepts_a_build_from_the_cache() {
        let summary = summary(&[spawn("x", false)], &[spawn("x", true)]);
        assert_eq!(summary.failures(), [""; 0]);
    }

    #[test]
    fn names_an_action_that_was_rebuilt_and_the_difference() {
        let summary = summary(&[spawn("/first", false)], &[spawn("/second", false)]);
        assert_eq!(
            summary.failures(),
            [
                "not from the cache: Rustc //a, which writes liba.rlib: 1 differences: argument 0000: \"/first\", then \"/second\""
            ]
        );
    }

    #[test]
    fn rejects_a_different_artifact() {
        let mut summary = summary(&[spawn("x", false)], &[spawn("x", true)]);
        summary.sha256[1] = "11".to_owned();
        assert_eq!(
            summary.failures(),
            ["SHA-256 mismatch: first build 00, second build 11"]
        );
    }

    #[test]
    fn rejects_a_build_without_rust_actions() {
        let summary = summary(&[], &[]);
        assert_eq!(summary.failures(), ["the second build has no Rust action"]);
    }
}

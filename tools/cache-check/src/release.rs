//! A release reads from no cache, whatever user.bazelrc says.

use std::fs;
use std::path::Path;

use bazel_logs::comparison::Count;
use clean_build::{Error, Surroundings};
use serde::Serialize;
use serde_json::Value;

use crate::proxy::{Proxy, Trouble};
use crate::setting::{FIRST, Setting};

/// What is built: an action that a cache may hold, of no consequence.
const TARGET: &str = "//tools/sandbox:interfaces";

/// One build and what it asked.
#[derive(Debug, Serialize)]
struct Outcome {
    arguments: Vec<String>,
    connections: u64,
    from_cache: Count,
    disk_cache_files: usize,
    faults: Vec<String>,
}

/// Builds with and without `--config=release`; whether the former asked nobody.
pub fn run(setting: &Setting) -> Result<(bool, Value), String> {
    let server = setting.server()?;
    let proxy = Proxy::start(server.endpoint().address, Trouble::default());
    let proxy = proxy.map_err(|error| format!("proxy: {error}"))?;
    let url = server.endpoint().at(proxy.address());
    let disk = setting.directory("disk-cache");
    // All the ways in which a user names a cache.
    let settings = format!(
        "common --remote_cache={url} --disk_cache={}\ncommon:cache --remote_cache={url}\nbuild --config=cache --remote_accept_cached",
        disk.display()
    );
    let place = setting.place(FIRST, Surroundings::plain(), &settings)?;
    let said = |error: Error| error.to_string();
    let tried = |arguments: &[&str], faults: fn(&Outcome) -> Vec<String>| {
        // Through gRPC Bazel greets the server even then.
        place.command_well("clean", &[]).map_err(said)?;
        let before = proxy.connections();
        let words = [arguments, &[TARGET]].concat();
        let build = place.build_well("build", &words);
        let build = build.map_err(said)?;
        let mut outcome = Outcome {
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            connections: proxy.connections() - before,
            from_cache: Count::of(&build.spawns, |_| true),
            disk_cache_files: files(&disk),
            faults: Vec::new(),
        };
        outcome.faults = faults(&outcome);
        Ok::<_, String>(outcome)
    };

    let mut outcomes = vec![tried(&["--config=release"], asked_nobody)?];
    // These two show that there was something to ask. In the release's compilation mode, so that it is the same action.
    let filling = ["--compilation_mode=opt", "--remote_upload_local_results"];
    outcomes.push(tried(&filling, asked)?);
    outcomes.push(tried(&["--compilation_mode=opt"], was_given)?);
    outcomes.push(tried(
        &["--config=cache", "--config=release"],
        was_not_given,
    )?);
    outcomes.push(tried(
        &["--config=release", "--config=cache"],
        was_not_given,
    )?);

    for outcome in &outcomes {
        println!(
            "{}: {} connections, {} of {} actions from a cache",
            outcome.arguments.join(" "),
            outcome.connections,
            outcome.from_cache.hits,
            outcome.from_cache.total
        );
        outcome
            .faults
            .iter()
            .for_each(|fault| println!("error: {fault}"));
    }
    let holds = outcomes.iter().all(|outcome| outcome.faults.is_empty());
    let json = serde_json::to_value(&outcomes).map_err(|error| error.to_string())?;
    Ok((holds, json))
}

fn asked_nobody(outcome: &Outcome) -> Vec<String> {
    let mut faults = was_not_given(outcome);
    if outcome.connections > 0 {
        faults.push("the server was asked, with --config=release alone".to_owned());
    }
    if outcome.disk_cache_files > 0 {
        faults.push("the disk cache was used".to_owned());
    }
    faults
}

fn was_not_given(outcome: &Outcome) -> Vec<String> {
    let mut faults = Vec::new();
    if outcome.from_cache.hits > 0 {
        faults.push("an action came from a cache".to_owned());
    }
    if outcome.from_cache.total == 0 {
        faults.push(format!("{TARGET} ran no action, so nothing is shown"));
    }
    faults
}

fn asked(outcome: &Outcome) -> Vec<String> {
    match outcome.connections {
        0 => vec!["nobody was asked without --config=release either: nothing is shown".to_owned()],
        _ => Vec::new(),
    }
}

fn was_given(outcome: &Outcome) -> Vec<String> {
    match outcome.from_cache.hits {
        0 => vec!["nothing came without --config=release either: nothing is shown".to_owned()],
        _ => Vec::new(),
    }
}

/// How many files there are below a directory; none where it does not exist.
fn files(directory: &Path) -> usize {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(connections: u64, hits: usize, disk_cache_files: usize) -> Outcome {
        Outcome {
            arguments: Vec::new(),
            connections,
            from_cache: Count { hits, total: 1 },
            disk_cache_files,
            faults: Vec::new(),
        }
    }

    #[test]
    fn a_release_that_asks_a_cache_is_found_out() {
        assert_eq!(asked_nobody(&outcome(0, 0, 0)), [""; 0]);
        assert_eq!(asked_nobody(&outcome(1, 0, 0)).len(), 1);
        assert_eq!(asked_nobody(&outcome(1, 1, 1)).len(), 3);
        assert_eq!(was_not_given(&outcome(1, 1, 0)).len(), 1);
    }

    #[test]
    fn a_comparison_that_shows_nothing_is_found_out() {
        assert_eq!(asked(&outcome(0, 0, 0)).len(), 1);
        assert_eq!(was_given(&outcome(1, 0, 0)).len(), 1);
        assert_eq!(was_given(&outcome(1, 1, 0)), [""; 0]);
    }
}

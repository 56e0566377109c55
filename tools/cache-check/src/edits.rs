//! What an edit rebuilds.

use clean_build::{Build, Place, Surroundings};
use serde::Serialize;
use serde_json::Value;

use crate::setting::{FIRST, Setting, endpoint};

/// An edit, and which targets it may rebuild.
struct Edit {
    name: &'static str,
    /// A file with a `main`, whose program the edit changes.
    file: &'static str,
    /// The packages, of which each has to be rebuilt and no other may be.
    packages: &'static [&'static str],
}

const EDITS: [Edit; 2] = [
    Edit {
        name: "stage0",
        file: "stage0/src/main.rs",
        packages: &[
            "//stage0",
            "//crates/fastboop-stage0-generator",
            "//crates/fastboop-cli",
        ],
    },
    Edit {
        name: "program",
        file: "crates/fastboop-cli/src/main.rs",
        packages: &["//crates/fastboop-cli"],
    },
];

/// What an edit puts into the program.
const TEXT: &str = "an edit by cache-check";

#[derive(Debug, Serialize)]
struct Outcome {
    edit: &'static str,
    /// The actions that ran or were fetched, by mnemonic and label: all whose inputs changed.
    ran: Vec<String>,
    faults: Vec<String>,
    seconds: f64,
}

/// Makes each edit; whether only what depends on it was rebuilt.
pub fn run(setting: &Setting) -> Result<(bool, Value), String> {
    let server = setting.server()?;
    let settings = endpoint(server.endpoint());
    let place = setting.place(FIRST, Surroundings::plain(), &settings)?;
    built(setting, &place, "first")?;
    let nothing = built(setting, &place, "nothing")?;
    let mut outcomes = vec![Outcome::new("nothing", &[], &nothing)];
    for edit in &EDITS {
        let made = place.put_into_program(edit.file, TEXT);
        made.map_err(|error| error.to_string())?;
        let build = built(setting, &place, edit.name)?;
        outcomes.push(Outcome::new(edit.name, edit.packages, &build));
    }
    for outcome in &outcomes {
        println!(
            "edit {}: {} actions, {:.2} s",
            outcome.edit,
            outcome.ran.len(),
            outcome.seconds
        );
        outcome.ran.iter().for_each(|action| println!("  {action}"));
        outcome
            .faults
            .iter()
            .for_each(|fault| println!("error: {fault}"));
    }
    let holds = outcomes.iter().all(|outcome| outcome.faults.is_empty());
    let json = serde_json::to_value(&outcomes).map_err(|error| error.to_string())?;
    Ok((holds, json))
}

fn built(setting: &Setting, place: &Place, name: &str) -> Result<Build, String> {
    let build = place.build_well(name, &["--config=cache", &setting.target]);
    build.map_err(|error| error.to_string())
}

impl Outcome {
    fn new(edit: &'static str, packages: &[&str], build: &Build) -> Self {
        let names = build.spawns.iter().map(bazel_logs::execution::Spawn::name);
        let names = names.collect::<Vec<_>>();
        let labels = names.iter().map(|name| name.label.as_str());
        Outcome {
            edit,
            ran: names.iter().map(ToString::to_string).collect(),
            faults: faults(packages, &labels.collect::<Vec<_>>()),
            seconds: build.metrics.wall_time.as_secs_f64(),
        }
    }
}

/// What should not have run, and what should have and did not.
fn faults(packages: &[&str], labels: &[&str]) -> Vec<String> {
    let package = |label: &str| label.split(':').next().unwrap_or_default().to_owned();
    let ran = labels
        .iter()
        .map(|label| package(label))
        .collect::<Vec<_>>();
    let too_much = labels
        .iter()
        .filter(|label| !packages.contains(&package(label).as_str()))
        .map(|label| format!("{label} was rebuilt, which does not depend on the edit"));
    let missing = packages
        .iter()
        .filter(|package| !ran.iter().any(|ran| ran == *package))
        .map(|package| format!("nothing in {package} was rebuilt, which depends on the edit"));
    too_much.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_packages_that_depend_on_the_edit_may_run() {
        assert_eq!(
            faults(&["//a", "//b"], &["//a:x", "//b:y", "//b:z"]),
            [""; 0]
        );
        assert_eq!(faults(&[], &[]), [""; 0]);
    }

    #[test]
    fn another_target_is_named() {
        let faults = faults(&["//a"], &["//a:x", "//stage0:fastboop-stage0"]);
        assert_eq!(
            faults,
            ["//stage0:fastboop-stage0 was rebuilt, which does not depend on the edit"]
        );
    }

    #[test]
    fn an_edit_without_effect_is_named() {
        assert_eq!(
            faults(&["//a"], &[]),
            ["nothing in //a was rebuilt, which depends on the edit"]
        );
    }
}

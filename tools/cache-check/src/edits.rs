//! The actions that run after an edit.

use std::collections::BTreeSet;

use anyhow::Result;
use bazel_logs::execution::Spawn;
use clean_build::Place;

use crate::context::{self, TARGET};

struct Edit {
    name: &'static str,
    /// A file with a `main` to change; `None`: no edit.
    file: Option<&'static str>,
    /// The packages that depend on the file: in each an action has to run, and in no other.
    packages: &'static [&'static str],
}

const EDITS: [Edit; 3] = [
    Edit {
        name: "no-edit",
        file: None,
        packages: &[],
    },
    Edit {
        name: "stage0",
        file: Some("stage0/src/main.rs"),
        packages: &[
            "//stage0",
            "//crates/fastboop-stage0-generator",
            "//crates/fastboop-cli",
        ],
    },
    Edit {
        name: "program",
        file: Some("crates/fastboop-cli/src/main.rs"),
        packages: &["//crates/fastboop-cli"],
    },
];

/// Edits and rebuilds a checkout that is built; returns what is wrong.
pub fn run(mut place: Place, mut watch: impl FnMut() -> Result<()>) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    for edit in &EDITS {
        if let Some(file) = edit.file {
            place.put_into_program(file, "an edit by cache-check")?;
        }
        let arguments = ["--config=cache", TARGET];
        let (built, build) = context::build(place, edit.name, &arguments, &mut watch)?;
        place = built;
        let seconds = build.metrics.wall_time.as_secs_f64();
        println!("{}: {seconds:.1} s", edit.name);
        let actions = build.spawns.iter().map(Spawn::name).collect::<Vec<_>>();
        actions.iter().for_each(|action| println!("  {action}"));
        failures.extend(edit.failure(actions.iter().map(|action| action.label.as_str())));
    }
    place.discard()?;
    Ok(failures)
}

impl Edit {
    fn failure<'a>(&self, rebuilt: impl Iterator<Item = &'a str>) -> Option<String> {
        let found = rebuilt.filter_map(|label| label.split(':').next());
        let found = found.collect::<BTreeSet<_>>();
        let expected = self.packages.iter().copied().collect::<BTreeSet<_>>();
        (found != expected).then(|| {
            let name = self.name;
            format!("{name}: expected actions in {expected:?}, got actions in {found:?}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requires_actions_in_exactly_the_dependent_packages() {
        let [no_edit, _, program] = EDITS;
        let cli = "//crates/fastboop-cli:fastboop-cli";
        assert_eq!(program.failure([cli, cli].into_iter()), None);
        assert_eq!(
            program.failure([cli, "//stage0:x"].into_iter()).unwrap(),
            r#"program: expected actions in {"//crates/fastboop-cli"}, got actions in {"//crates/fastboop-cli", "//stage0"}"#
        );
        assert!(program.failure([].into_iter()).is_some());
        assert!(no_edit.failure([cli].into_iter()).is_some());
    }
}

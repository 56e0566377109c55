//! The actions that run after an edit.

use std::collections::BTreeSet;

use anyhow::Result;
use bazel_logs::execution::Spawn;
use clean_build::BuildDir;

use crate::context::{self, TARGET};

/// A file with a `main` to change, and the packages that depend on it: in each an action has to run, and in no other.
type Edit = (Option<&'static str>, &'static [&'static str]);

const EDITS: [Edit; 3] = [
    (None, &[]),
    (
        Some("stage0/src/main.rs"),
        &[
            "//stage0",
            "//crates/fastboop-stage0-generator",
            "//crates/fastboop-cli",
        ],
    ),
    (
        Some("crates/fastboop-cli/src/main.rs"),
        &["//crates/fastboop-cli"],
    ),
];

/// Edits and rebuilds a checkout; returns the failures.
pub fn run(mut build_dir: BuildDir, mut watch: impl FnMut() -> Result<()>) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    for (file, packages) in EDITS {
        if let Some(file) = file {
            build_dir.edit_program(file, "an edit by cache-check")?;
        }
        let (built, build) =
            context::build(build_dir, "edit", &["--config=cache", TARGET], &mut watch)?;
        build_dir = built;
        let name = file.unwrap_or("no file");
        let seconds = build.metrics.wall_time.as_secs_f64();
        println!("edit of {name}: {seconds:.1} s");
        let actions = build.spawns.iter().map(Spawn::name).collect::<Vec<_>>();
        actions.iter().for_each(|action| println!("  {action}"));
        let labels = actions.iter().map(|action| action.label.as_str());
        let failure = failure(packages, labels);
        failures.extend(failure.map(|failure| format!("edit of {name}: {failure}")));
    }
    build_dir.discard()?;
    Ok(failures)
}

fn failure<'a>(expected: &[&str], labels: impl Iterator<Item = &'a str>) -> Option<String> {
    let found = labels.filter_map(|label| label.split(':').next());
    let found = found.collect::<BTreeSet<_>>();
    let expected = expected.iter().copied().collect::<BTreeSet<_>>();
    (found != expected)
        .then(|| format!("expected actions in {expected:?}, got actions in {found:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requires_actions_in_exactly_the_dependent_packages() {
        let failure = |labels: &[&'static str]| failure(&["//a"], labels.iter().copied());
        assert_eq!(failure(&["//a:x", "//a:y"]), None);
        assert_eq!(
            failure(&["//a:x", "//stage0:z"]).unwrap(),
            r#"expected actions in {"//a"}, got actions in {"//a", "//stage0"}"#
        );
        assert!(failure(&[]).is_some());
    }
}

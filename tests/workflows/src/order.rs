//! The order of jobs and of the steps in them: "Release flow" in the stage0 contract.

use crate::workflow::{Action, Job, Workflow};

/// By workflow: all jobs of a group end before those of the next group start.
const JOBS: [(&str, &[&[&str]]); 2] = [
    (
        "ci.yml",
        &[&["stage0-static"], &["debian", "rpm", "alpine"]],
    ),
    (
        "release.yml",
        &[
            &["gate"],
            &["stage0-static"],
            &["stage0-preflight"],
            &["debian", "rpm", "alpine"],
            &["assets"],
            &["draft"],
            &["publish"],
            &["crates"],
        ],
    ),
];

const PACKAGE: &[&str] = &["packaging/build ", "packaging/check ", UPLOAD];
const COSIGN: &str = "sigstore/cosign-installer@";
const UPLOAD: &str = "actions/upload-artifact@";

/// By workflow and job: the beginnings of its last steps, with nothing between them.
const LAST_STEPS: [(&str, &str, &[&str]); 6] = [
    (
        "alpine.yml",
        "package",
        &[
            "packaging/build ",
            "packaging/alpine/build ",
            "packaging/check ",
            UPLOAD,
        ],
    ),
    ("debian.yml", "package", PACKAGE),
    ("rpm.yml", "package", PACKAGE),
    (
        "release.yml",
        "assets",
        &[
            COSIGN,
            // It writes SHA256SUMS last.
            "cargo run --locked --package release -- assemble ",
            "cargo run --locked --package release -- verify ",
            ".ci/github/verify-signature ",
            "actions/attest@",
            UPLOAD,
        ],
    ),
    (
        "release.yml",
        "draft",
        &[
            COSIGN,
            ".ci/github/verify-signature ",
            ".ci/github/publish draft ",
        ],
    ),
    (
        "release.yml",
        "crates",
        &[
            COSIGN,
            // It verifies the signature first.
            ".ci/github/await-assets ",
            ".ci/github/crates unpack ",
            "rust-lang/crates-io-auth-action@",
            "cargo run --quiet --locked --package stage0-checksums -- inputs ",
            "cargo run --locked --package stage0-checksums -- write-sidecar ",
            ".ci/github/crates compare ",
            "cargo publish ",
        ],
    ),
];

/// A rehearsal skips the draft, and GitHub skips what needs a skipped job, unless its own condition overrides that.
const CONDITIONS: [(&str, &str); 3] = [
    ("draft", "needs.gate.outputs.mode == 'tag'"),
    ("publish", ""),
    ("crates", ""),
];

/// The job that branch protection requires.
const FINAL: &str = "all-green";

/// All violations, in all workflows.
pub fn check(workflows: &[Workflow]) -> Vec<String> {
    let mut errors = Vec::new();
    let find = |file| workflows.iter().find(|other| other.file == file);
    for (file, groups) in JOBS {
        let found = find(file).map_or(vec!["missing".to_owned()], |workflow| {
            check_jobs(workflow, groups)
        });
        errors.extend(found.into_iter().map(|error| format!("{file}: {error}")));
    }
    for (file, id, steps) in LAST_STEPS {
        let job = find(file).and_then(|workflow| workflow.jobs.get(id));
        if !job.is_some_and(|job| ends_with(job, steps)) {
            errors.push(format!(
                "{file}: {id}: its last steps are not {}",
                steps.join(", ")
            ));
        }
    }
    for (id, expected) in CONDITIONS {
        let job = find("release.yml").and_then(|release| release.jobs.get(id));
        if let Some(job) = job.filter(|job| job.condition != expected) {
            errors.push(format!(
                "release.yml: {id}: `if: {}` could publish without a tag",
                job.condition
            ));
        }
    }
    for workflow in workflows {
        for (id, job) in &workflow.jobs {
            let found = check_job(workflow, job);
            errors.extend(found.map(|error| format!("{}: {id}: {error}", workflow.file)));
        }
    }
    errors
}

fn check_jobs(workflow: &Workflow, groups: &[&[&str]]) -> Vec<String> {
    let mut errors = Vec::new();
    let mut earlier: Vec<&str> = Vec::new();
    for group in groups {
        for id in *group {
            let before = workflow.predecessors(id);
            let missing = earlier.iter().filter(|needed| !before.contains(needed));
            errors
                .extend(missing.map(|needed| format!("{id}: can start before {needed} has ended")));
        }
        earlier.extend(*group);
    }
    let Some(last) = workflow.jobs.get(FINAL) else {
        errors.push(format!("missing job {FINAL}"));
        return errors;
    };
    let unneeded = workflow
        .jobs
        .keys()
        .filter(|id| *id != FINAL && !last.needs().contains(&id.as_str()));
    errors.extend(unneeded.map(|id| format!("{FINAL}: does not need {id}")));
    // Without it the job is skipped if another fails, and GitHub counts skipped as passed.
    if !last.condition.starts_with("always()") {
        errors.push(format!("{FINAL}: missing `if: always()`"));
    }
    errors
}

fn ends_with(job: &Job, steps: &[&str]) -> bool {
    let actions = job.actions();
    let mut actions = actions.iter().rev();
    steps.iter().rev().all(|step| {
        actions.next().is_some_and(|action| match action {
            Action::Uses(name) => name.starts_with(step),
            Action::Run(line, _) => line.starts_with(step),
        })
    })
}

/// What holds for every job, and neither actionlint nor zizmor checks.
fn check_job(workflow: &Workflow, job: &Job) -> Option<&'static str> {
    if job.uses.is_none() && job.timeout_minutes.is_none() {
        return Some("missing timeout-minutes");
    }
    // --config=release excludes every cache.
    let is_cached =
        |line: &str| line.starts_with("tools/bazel ") && !line.contains("--config=release");
    let actions = job.actions();
    let mut actions = actions.iter();
    let cached = actions.any(|action| matches!(action, Action::Run(line, _) if is_cached(line)));
    (cached && workflow.file != "ci.yml").then_some("Bazel without --config=release")
}

//! The order of a release, from "Release flow" of the stage0 contract.

use crate::workflow::{Job, Step, Workflow};

/// In release.yml, each of these has to end before the next one starts.
const ORDER: [&[&str]; 7] = [
    &["gate"],
    &["stage0-static"],
    &["stage0-preflight"],
    &["debian", "rpm", "alpine"],
    &["assets"],
    &["draft"],
    &["publish"],
];

/// The job that publishes the crates: after all of those.
const CRATES: &str = "crates";

/// The commands of some of its jobs, in this order. The first of the crates' asks for the signature before it takes anything.
const COMMANDS: [(&str, &[&str]); 3] = [
    // `assemble` writes SHA256SUMS last, and nothing is written after it.
    (
        "assets",
        &[
            "release -- assemble",
            "release -- verify",
            ".github/verify-signature",
        ],
    ),
    (
        "draft",
        &[".github/verify-signature", ".github/publish draft"],
    ),
    (
        CRATES,
        &[
            ".github/await-assets",
            ".github/crates unpack",
            WRITE_SIDECAR,
            ".github/crates compare",
            "cargo publish",
        ],
    ),
];

/// Writes the sidecar. From here on nothing comes between the commands of the crates.
const WRITE_SIDECAR: &str = "stage0-checksums -- write-sidecar";

/// What makes or asks for a keyless signature, and so takes cosign.
const TAKES_COSIGN: [&str; 3] = [
    "--keyless",
    ".github/verify-signature",
    ".github/await-assets",
];

/// What builds packages, each a workflow of its own.
pub const PACKAGING: [&str; 3] = ["alpine.yml", "debian.yml", "rpm.yml"];

/// What is wrong with the order, in all workflows.
pub fn check(workflows: &[Workflow]) -> Vec<String> {
    let find = |file: &str| workflows.iter().find(|workflow| workflow.file == file);
    let mut faults = Vec::new();
    match find("release.yml") {
        Some(release) => faults.extend(check_release(release)),
        None => faults.push("release.yml: missing".to_owned()),
    }
    match find("ci.yml") {
        Some(ci) => faults.extend(check_ci(ci)),
        None => faults.push("ci.yml: missing".to_owned()),
    }
    for file in PACKAGING {
        match find(file) {
            Some(workflow) => faults.extend(check_packaging(workflow)),
            None => faults.push(format!("{file}: missing")),
        }
    }
    faults
}

fn check_release(release: &Workflow) -> Vec<String> {
    let mut faults = Vec::new();
    let mut earlier: Vec<&str> = Vec::new();
    for group in ORDER.into_iter().chain([&[CRATES][..]]) {
        for id in group {
            if !release.jobs.contains_key(*id) {
                faults.push(format!("release.yml: has no job {id}"));
                continue;
            }
            let before = release.before(id);
            let missing = earlier.iter().filter(|needed| !before.contains(needed));
            faults.extend(
                missing.map(|needed| {
                    format!("release.yml: {id}: can start before {needed} has ended")
                }),
            );
        }
        earlier.extend(group);
    }
    faults.extend(
        PACKAGING
            .into_iter()
            .filter_map(|file| uses(release, file, "stage0-preflight")),
    );
    for (id, commands) in COMMANDS {
        let Some(job) = release.jobs.get(id) else {
            continue;
        };
        faults.extend(in_order(id, job, commands));
        faults.extend(without_cosign(id, job));
    }
    faults.extend(release.jobs.get(CRATES).and_then(interrupted));
    faults.extend(
        ["draft", "publish", CRATES]
            .into_iter()
            .filter_map(|id| publishes_tags_only(release, id)),
    );
    faults
}

/// The job that uses the workflow `file`, if it can start before `needed`.
fn uses(workflow: &Workflow, file: &str, needed: &str) -> Option<String> {
    let path = format!("./.github/workflows/{file}");
    let name = &workflow.file;
    let Some((id, _)) = workflow
        .jobs
        .iter()
        .find(|(_, job)| job.uses.as_ref() == Some(&path))
    else {
        return Some(format!("{name}: no job uses {path}"));
    };
    (!workflow.before(id).contains(&needed))
        .then(|| format!("{name}: {id}: can start before {needed} has ended"))
}

fn in_order(id: &str, job: &Job, commands: &[&str]) -> Vec<String> {
    let lines = job.lines();
    let mut faults = Vec::new();
    let mut from = 0;
    for command in commands {
        match lines
            .iter()
            .skip(from)
            .position(|(_, line)| line.contains(command))
        {
            Some(position) => from += position + 1,
            None => faults.push(format!(
                "release.yml: {id}: no `{command}` in its place; the order is {}",
                commands.join(", ")
            )),
        }
    }
    faults
}

/// The sidecar is written immediately before the crates are published: only the comparison, which writes nothing, is between.
fn interrupted(crates: &Job) -> Option<String> {
    let lines = crates.lines();
    let written = lines
        .iter()
        .position(|(_, line)| line.contains(WRITE_SIDECAR))?;
    let after = lines.get(written + 2).map(|(_, line)| line.as_str());
    let holds = after.is_some_and(|line| line.starts_with("cargo publish"));
    (!holds).then(|| {
        "release.yml: crates: the sidecar is not written immediately before the crates are compared and published".to_owned()
    })
}

/// A command that takes cosign, in a job that does not install it before.
fn without_cosign(id: &str, job: &Job) -> Option<String> {
    let uses = |step: &Step, action: &str| {
        let uses = step.uses.as_deref();
        uses.is_some_and(|uses| uses.starts_with(action))
    };
    let mut steps = job.steps.iter();
    let before = steps
        .by_ref()
        .take_while(|step| !uses(step, "sigstore/cosign-installer@"));
    let runs = before.filter_map(|step| step.run.as_deref());
    let taker = TAKES_COSIGN.into_iter();
    let mut lines = runs.flat_map(str::lines);
    let line = lines.find(|line| taker.clone().any(|taker| line.contains(taker)))?;
    Some(format!(
        "release.yml: {id}: `{}`: cosign is not installed before",
        line.trim()
    ))
}

/// A rehearsal stops before the draft. What comes after a skipped job is skipped, unless it says otherwise.
fn publishes_tags_only(release: &Workflow, id: &str) -> Option<String> {
    let job = release.jobs.get(id)?;
    let condition = job
        .condition
        .as_ref()
        .and_then(|value| value.as_str())
        .unwrap_or_default();
    let is_first = id == "draft";
    let holds = if is_first {
        condition == "needs.gate.outputs.mode == 'tag'"
    } else {
        condition.is_empty()
    };
    (!holds).then(|| format!("release.yml: {id}: `if: {condition}` could publish what is no tag"))
}

fn check_ci(ci: &Workflow) -> Vec<String> {
    let mut faults: Vec<String> = PACKAGING
        .into_iter()
        .filter_map(|file| uses(ci, file, "stage0-static"))
        .collect();
    let matrix = ci
        .jobs
        .get("stage0-static")
        .and_then(|job| job.strategy.as_ref());
    if matrix.and_then(|strategy| strategy.get("matrix")).is_none() {
        faults.push("ci.yml: has no job stage0-static with a matrix".to_owned());
    }
    faults
}

fn check_packaging(workflow: &Workflow) -> Vec<String> {
    let file = &workflow.file;
    let mut faults = Vec::new();
    for (id, job) in &workflow.jobs {
        if !job.env.contains_key("FASTBOOP_STAGE0_EMBED_PATH") {
            faults.push(format!(
                "{file}: {id}: does not export FASTBOOP_STAGE0_EMBED_PATH"
            ));
        }
        let takes = job.steps.iter().any(|step| {
            let artifact = step.with.get("name").and_then(|name| name.as_str());
            let is_download = step
                .uses
                .as_ref()
                .is_some_and(|uses| uses.starts_with("actions/download-artifact@"));
            is_download && artifact == Some("fastboop-stage0-aarch64-unknown-linux-musl")
        });
        if !takes {
            faults.push(format!("{file}: {id}: does not take the stage0 artifact"));
        }
        if !job
            .lines()
            .iter()
            .any(|(_, line)| line.starts_with("packaging/check "))
        {
            faults.push(format!(
                "{file}: {id}: does not check the finished package (packaging/check)"
            ));
        }
    }
    faults
}

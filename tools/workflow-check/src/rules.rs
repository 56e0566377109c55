//! The rules for every workflow: pins, permissions, time limits, credentials, caches, the final job.

use serde_norway::Value;

use crate::order::PACKAGING;
use crate::workflow::{Job, Step, Workflow};

/// All that a job may write. Everything else reads.
const WRITES: [(&str, &str, &str); 5] = [
    ("release.yml", "assets", "id-token"),
    ("release.yml", "assets", "attestations"),
    ("release.yml", "draft", "contents"),
    ("release.yml", "publish", "contents"),
    ("release.yml", "crates", "id-token"),
];

/// The job that a branch protection asks for.
const FINAL: &str = "all-green";

/// What is wrong with one workflow.
pub fn check(workflow: &Workflow) -> Vec<String> {
    let mut faults = Vec::new();
    let nothing = Some(Value::Mapping(Default::default()));
    if workflow.permissions != nothing {
        faults.push("permissions at the top are not {}".to_owned());
    }
    if workflow.concurrency.is_none() {
        faults.push("no concurrency group".to_owned());
    }
    faults.extend(unnamed_pins(&workflow.text));
    for (id, job) in &workflow.jobs {
        let of_job = check_job(&workflow.file, id, job);
        faults.extend(of_job.into_iter().map(|fault| format!("{id}: {fault}")));
        let unknown = job
            .needs
            .ids()
            .iter()
            .filter(|need| !workflow.jobs.contains_key(*need));
        faults.extend(unknown.map(|need| format!("{id}: needs {need}, which is no job")));
    }
    if !PACKAGING.contains(&workflow.file.as_str()) {
        faults.extend(check_final(workflow));
    }
    let file = &workflow.file;
    faults
        .into_iter()
        .map(|fault| format!("{file}: {fault}"))
        .collect()
}

fn check_job(file: &str, id: &str, job: &Job) -> Vec<String> {
    let mut faults = Vec::new();
    match &job.permissions {
        Some(Value::Mapping(permissions)) => {
            for (scope, access) in permissions {
                let scope = scope.as_str().unwrap_or_default();
                let is_read = matches!(access.as_str(), Some("read" | "none"));
                if !is_read && !WRITES.contains(&(file, id, scope)) {
                    faults.push(format!("may write {scope}"));
                }
            }
        }
        Some(_) => faults.push("permissions are not a list of scopes".to_owned()),
        None => faults.push("no permissions of its own".to_owned()),
    }
    if job.uses.is_none() && job.timeout_minutes.is_none() {
        faults.push("no timeout-minutes".to_owned());
    }
    let is_release = file == "release.yml" || PACKAGING.contains(&file);
    for step in &job.steps {
        faults.extend(check_step(step, is_release));
    }
    faults.extend(job.uses.iter().filter_map(|uses| unpinned(uses)));
    faults
}

fn check_step(step: &Step, is_release: bool) -> Vec<String> {
    let uses = step.uses.as_deref().unwrap_or_default();
    let run = step.run.as_deref().unwrap_or_default();
    let mut faults = Vec::new();
    faults.extend(step.uses.as_deref().and_then(unpinned));
    let keeps = step.with.get("persist-credentials") != Some(&Value::Bool(false));
    if uses.starts_with("actions/checkout@") && keeps {
        faults.push("actions/checkout keeps its credentials".to_owned());
    }
    if run.contains("${{") {
        faults.push(format!(
            "`{}`: an expression in a command; pass it through env",
            run.trim()
        ));
    }
    let caches = uses.contains("cache")
        || run.contains("cache")
        || step
            .with
            .keys()
            .chain(step.env.keys())
            .any(|key| key.to_lowercase().contains("cache"));
    if is_release && run.contains("tools/bazel") && !run.contains("--config=release") {
        faults.push(format!("`{}`: without --config=release", run.trim()));
    }
    if is_release && caches {
        faults.push(format!("{uses}{run}: a cache in a release"));
    }
    faults
}

/// What an action is called by, unless that is a commit or a file of this very commit.
fn unpinned(uses: &str) -> Option<String> {
    let commit = uses.split_once('@').map_or("", |(_, commit)| commit);
    let is_commit = commit.len() == 40
        && commit
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (!is_commit && !uses.starts_with("./")).then(|| format!("{uses}: not pinned by a commit"))
}

/// YAML's readers drop comments, so the version beside a pin is looked for in the text.
fn unnamed_pins(text: &str) -> Vec<String> {
    let pins = text
        .lines()
        .map(str::trim)
        .filter(|line| line.contains("uses: ") && line.contains('@'));
    let unnamed = pins.filter(|line| {
        let version = line.split_once(" # v").map_or("", |(_, version)| version);
        !version.starts_with(|first: char| first.is_ascii_digit())
    });
    unnamed
        .map(|line| format!("{line}: does not say its version (` # v1.2.3`)"))
        .collect()
}

fn check_final(workflow: &Workflow) -> Vec<String> {
    let Some(job) = workflow.jobs.get(FINAL) else {
        return vec![format!("has no job {FINAL}")];
    };
    let needed = job.needs.ids();
    let others = workflow.jobs.keys().filter(|id| *id != FINAL);
    let forgotten = others.filter(|id| !needed.contains(id));
    let mut faults: Vec<String> = forgotten
        .map(|id| format!("{FINAL}: does not need {id}"))
        .collect();
    let condition = job
        .condition
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default();
    // Without it the job is skipped where another failed, and GitHub takes skipped for passed.
    if !condition.starts_with("always()") {
        faults.push(format!("{FINAL}: not `if: always()`"));
    }
    faults
}

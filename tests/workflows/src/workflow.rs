//! The part of a GitHub workflow that the checks read.
//!
//! Format: "Workflow syntax for GitHub Actions" in GitHub's documentation. Unknown keys are ignored here; actionlint rejects them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_norway::Value;

/// Environment variables and their values.
pub type Env = BTreeMap<String, Value>;

/// One file of `.github/workflows`.
#[derive(Debug, Deserialize)]
pub struct Workflow {
    #[serde(skip)]
    pub file: String,
    pub jobs: BTreeMap<String, Job>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Job {
    /// One id or a list of them.
    needs: Value,
    #[serde(rename = "if")]
    pub condition: String,
    pub timeout_minutes: Option<Value>,
    env: Env,
    /// The workflow that this job calls instead of running steps.
    pub uses: Option<String>,
    steps: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    uses: Option<String>,
    run: String,
    env: Env,
}

/// One thing that a job does: an action that it uses, or one line of a `run`.
#[derive(Debug)]
pub enum Action<'a> {
    Uses(&'a str),
    Run(String, Env),
}

impl Workflow {
    /// Reads all workflows of the checkout `top`.
    pub fn read_all(top: &Path) -> anyhow::Result<Vec<Workflow>> {
        let directory = top.join(".github/workflows");
        let entries = fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
        let mut workflows = Vec::new();
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let mut workflow: Workflow =
                serde_norway::from_str(&text).with_context(|| path.display().to_string())?;
            workflow.file = entry.file_name().to_string_lossy().into_owned();
            workflows.push(workflow);
        }
        Ok(workflows)
    }

    /// The ids of all jobs that end before the job `id` starts.
    pub fn predecessors(&self, id: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let mut pending = vec![id];
        while let Some(next) = pending.pop() {
            for need in self.jobs.get(next).map(Job::needs).unwrap_or_default() {
                // Also ends a cycle of needs.
                if !found.contains(&need) {
                    found.push(need);
                    pending.push(need);
                }
            }
        }
        found
    }
}

impl Job {
    pub fn needs(&self) -> Vec<&str> {
        match &self.needs {
            Value::Sequence(ids) => ids.iter().filter_map(Value::as_str).collect(),
            id => id.as_str().into_iter().collect(),
        }
    }

    /// What the steps do, in order; a command that continues on the next line is one.
    pub fn actions(&self) -> Vec<Action<'_>> {
        let mut actions = Vec::new();
        for step in &self.steps {
            actions.extend(step.uses.as_deref().map(Action::Uses));
            let env: Env = self
                .env
                .clone()
                .into_iter()
                .chain(step.env.clone())
                .collect();
            let script = step.run.replace("\\\n", " ");
            let lines = script
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty());
            actions.extend(lines.map(|line| Action::Run(line.to_owned(), env.clone())));
        }
        actions
    }
}

//! The part of a GitHub workflow that the checks need.
//!
//! Source of the format: "Workflow syntax for GitHub Actions" in GitHub's documentation. Keys that no check looks at are passed over;
//! that all keys are right is actionlint's business.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_norway::Value;

/// A name and what it is set to.
pub type Map = BTreeMap<String, Value>;

/// One file of `.github/workflows`.
#[derive(Debug, Clone, Deserialize)]
pub struct Workflow {
    /// Its file name.
    #[serde(skip)]
    pub file: String,
    /// The text that it was read from.
    #[serde(skip)]
    pub text: String,
    /// What every job may do that does not say itself.
    pub permissions: Option<Value>,
    /// What may not run at the same time.
    pub concurrency: Option<Value>,
    /// The jobs, by id.
    pub jobs: BTreeMap<String, Job>,
}

/// A job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Job {
    /// The jobs that it waits for.
    pub needs: Needs,
    /// The condition that it runs under.
    #[serde(rename = "if")]
    pub condition: Option<Value>,
    /// What its token may do.
    pub permissions: Option<Value>,
    /// After how many minutes it is stopped.
    pub timeout_minutes: Option<Value>,
    /// The variables of all its steps.
    pub env: Map,
    /// How it is multiplied.
    pub strategy: Option<Value>,
    /// The workflow that it stands for, instead of steps.
    pub uses: Option<String>,
    /// What it does.
    pub steps: Vec<Step>,
}

/// A step of a job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Step {
    /// The action that it runs, …
    pub uses: Option<String>,
    /// … and its inputs.
    pub with: Map,
    /// Or the shell's lines.
    pub run: Option<String>,
    /// Its variables.
    pub env: Map,
}

/// `needs`: one id or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Needs {
    /// `needs: a`
    One(String),
    /// `needs: [a, b]`
    Many(Vec<String>),
}

impl Default for Needs {
    fn default() -> Self {
        Needs::Many(Vec::new())
    }
}

impl Needs {
    /// The ids.
    pub fn ids(&self) -> &[String] {
        match self {
            Needs::One(id) => std::slice::from_ref(id),
            Needs::Many(ids) => ids,
        }
    }
}

impl Workflow {
    /// Reads one from `text`, which is what `file` holds.
    pub fn parse(file: &str, text: &str) -> Result<Workflow, String> {
        let mut workflow: Workflow =
            serde_norway::from_str(text).map_err(|error| format!("{file}: {error}"))?;
        workflow.file = file.to_owned();
        workflow.text = text.to_owned();
        Ok(workflow)
    }

    /// Reads all of the checkout `top`.
    pub fn read_all(top: &Path) -> Result<Vec<Workflow>, String> {
        let directory = top.join(".github/workflows");
        let fault = |path: &Path, error| format!("{}: {error}", path.display());
        let mut workflows = Vec::new();
        for entry in fs::read_dir(&directory).map_err(|error| fault(&directory, error))? {
            let path = entry.map_err(|error| fault(&directory, error))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy());
            let name = name.unwrap_or_default().into_owned();
            if !name.ends_with(".yml") && !name.ends_with(".yaml") {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|error| fault(&path, error))?;
            workflows.push(Workflow::parse(&name, &text)?);
        }
        workflows.sort_by(|one, other| one.file.cmp(&other.file));
        Ok(workflows)
    }

    /// The ids of the jobs that have to end before `id` starts.
    pub fn before(&self, id: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let mut todo = vec![id];
        while let Some(next) = todo.pop() {
            let needs = self.jobs.get(next).map_or(&[][..], |job| job.needs.ids());
            for need in needs {
                // A loop ends here too: what was found is not looked at again.
                if !found.contains(&need.as_str()) {
                    found.push(need);
                    todo.push(need);
                }
            }
        }
        found
    }
}

impl Job {
    /// The lines of all `run`s, each with its step, in order; continued lines are one.
    pub fn lines(&self) -> Vec<(&Step, String)> {
        let mut lines = Vec::new();
        for step in &self.steps {
            let script = step.run.as_deref().unwrap_or_default();
            let script = script.replace("\\\n", " ");
            let of_step = script
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty());
            lines.extend(of_step.map(|line| (step, line.to_owned())));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(jobs: &str, id: &str) -> Vec<String> {
        let workflow = Workflow::parse("a.yml", &format!("on: push\njobs:\n{jobs}")).unwrap();
        workflow.before(id).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn needs_are_followed() {
        let jobs = "  a: {}\n  b: {needs: a}\n  c: {needs: [b]}\n";
        assert_eq!(before(jobs, "c"), ["b", "a"]);
        assert!(before(jobs, "a").is_empty());
    }

    #[test]
    fn a_loop_of_needs_ends() {
        assert_eq!(
            before("  a: {needs: b}\n  b: {needs: a}\n", "a"),
            ["b", "a"]
        );
    }

    #[test]
    fn continued_lines_are_one() {
        let text = "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          one \\\n            two\n          three\n";
        let workflow = Workflow::parse("a.yml", text).unwrap();
        let lines: Vec<String> = workflow.jobs["a"]
            .lines()
            .into_iter()
            .map(|(_, line)| line)
            .collect();
        assert_eq!(lines, ["one    two", "three"]);
    }

    #[test]
    fn what_is_no_workflow_is_named() {
        let error = Workflow::parse("a.yml", "jobs: 3").unwrap_err();
        assert!(error.starts_with("a.yml: "), "{error}");
    }
}

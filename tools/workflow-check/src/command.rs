//! The commands that workflows call: each a plain one, of this checkout or of few others, that exists and understands its arguments.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workflow::{Job, Step, Workflow};

/// Programs of others that workflows may call.
const FOREIGN: [&str; 1] = ["test"];

/// What stands for the value of a variable that is known only while a workflow runs.
const SAMPLES: [(&str, &str); 5] = [
    ("VERSION", "1.2.3-rc.4"),
    ("REF", "refs/tags/v1.2.3-rc.4"),
    ("TARGET", "aarch64-unknown-linux-musl"),
    ("LANE", "fmt"),
    ("CACHE", "cache"),
];

/// A command, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A program of the checkout, and its arguments.
    Ours(String, Vec<String>),
    /// `cargo run … --package NAME -- ARGUMENTS`
    Tool(String, Vec<String>),
    /// Another subcommand of cargo's.
    Cargo(Vec<String>),
    /// `tools/bazel build|test ARGUMENTS`: flags and labels
    Bazel(Vec<String>),
    /// Another's.
    Foreign,
}

/// All calls of a workflow, and what is wrong with lines that are none.
pub fn calls(workflow: &Workflow) -> (Vec<Call>, Vec<String>) {
    let mut calls = Vec::new();
    let mut faults = Vec::new();
    for (id, job) in &workflow.jobs {
        for (step, line) in job.lines() {
            match parse(&line, &variables(job, step)) {
                Ok(call) => calls.push(call),
                Err(fault) => faults.push(format!("{}: {id}: `{line}`: {fault}", workflow.file)),
            }
        }
    }
    (calls, faults)
}

fn variables(job: &Job, step: &Step) -> BTreeMap<String, String> {
    let set = job.env.iter().chain(&step.env);
    let literal = |(name, value): (&String, &serde_norway::Value)| {
        let sample = SAMPLES.iter().find(|(sample, _)| sample == name);
        let text = value.as_str().filter(|text| !text.contains("${{"));
        let value = text.or(sample.map(|(_, value)| *value)).unwrap_or("x");
        (name.clone(), value.to_owned())
    };
    set.map(literal).collect()
}

fn parse(line: &str, variables: &BTreeMap<String, String>) -> Result<Call, String> {
    // Thin: what is more than one command belongs into a file, where it can be run by hand.
    if let Some(part) = ["|", ";", "&&", "$(", "`"]
        .into_iter()
        .find(|part| line.contains(part))
    {
        return Err(format!(
            "`{part}`: more than one plain command; put it into a script"
        ));
    }
    let words = shlex::split(line).ok_or("quotes that do not end")?;
    let words = words.into_iter().filter(|word| !word.starts_with('>'));
    let words = words
        .map(|word| expand(&word, variables))
        .collect::<Result<Vec<_>, _>>()?;
    let mut words = words.iter().map(String::as_str);
    let program = words.next().ok_or("no command")?;
    let mut arguments: Vec<String> = words.map(str::to_owned).collect();
    let first = arguments.first().map(String::as_str);
    match (program, first) {
        ("cargo", Some("run")) => tool(&arguments),
        ("cargo", Some(_)) => Ok(Call::Cargo(arguments)),
        ("tools/bazel", Some("build" | "test")) => Ok(Call::Bazel(arguments.split_off(1))),
        ("sudo", Some("apt-get")) => Ok(Call::Foreign),
        _ if FOREIGN.contains(&program) => Ok(Call::Foreign),
        _ if program.contains('/') && !program.starts_with('/') => {
            Ok(Call::Ours(program.to_owned(), arguments))
        }
        _ => Err(format!(
            "{program} is neither a command of this checkout nor one of the few others"
        )),
    }
}

/// `word` with the variables that it consists of or holds.
fn expand(word: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    let mut parts = word.split('$');
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        if name.starts_with("GITHUB_") {
            continue;
        }
        let value = variables
            .get(name)
            .ok_or_else(|| format!("${name} is not set in env"))?;
        expanded += value;
        expanded += rest;
    }
    Ok(expanded)
}

fn tool(arguments: &[String]) -> Result<Call, String> {
    let package = arguments.iter().position(|word| word == "--package");
    let package = package
        .and_then(|position| arguments.get(position + 1))
        .ok_or("no --package")?;
    let after = arguments
        .iter()
        .position(|word| word == "--")
        .ok_or("no `--` before the tool's own arguments")?;
    let own = arguments.iter().skip(after + 1).cloned().collect();
    Ok(Call::Tool(package.clone(), own))
}

/// What is wrong with a call that can be seen without running it.
pub fn check(top: &Path, call: &Call) -> Option<String> {
    match call {
        Call::Ours(program, arguments) => {
            let mode = fs::metadata(top.join(program)).map(|file| file.permissions().mode());
            match mode {
                Err(error) => Some(format!("{program}: {error}")),
                Ok(mode) if mode & 0o111 == 0 => {
                    Some(format!("{program}: cannot be run: chmod +x"))
                }
                Ok(_) if program == ".ci/run" => no_check(top, arguments),
                Ok(_) => None,
            }
        }
        Call::Tool(package, _) => package_manifest(top, package)
            .is_none()
            .then(|| format!("cargo: no package {package} in crates/ or tools/")),
        Call::Cargo(arguments) => (!arguments.iter().any(|word| word == "--locked"))
            .then(|| format!("cargo {}: not --locked", arguments.join(" "))),
        Call::Bazel(arguments) => (!arguments.iter().any(|word| is_label(word)))
            .then(|| "tools/bazel: no label".to_owned()),
        Call::Foreign => None,
    }
}

/// Whether an argument of Bazel's is a label, and not a flag.
pub fn is_label(word: &str) -> bool {
    word.starts_with("//")
}

/// `.ci/run WORD`: the word that no check's name holds.
fn no_check(top: &Path, words: &[String]) -> Option<String> {
    let directory = fs::read_dir(top.join(".ci/checks"));
    let names: Vec<String> = directory
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let unknown = words
        .iter()
        .find(|word| !names.iter().any(|name| name.contains(*word)));
    unknown.map(|word| format!(".ci/run {word}: no such check"))
}

fn package_manifest(top: &Path, package: &str) -> Option<PathBuf> {
    let manifests =
        ["crates", "tools"].map(|folder| top.join(folder).join(package).join("Cargo.toml"));
    manifests.into_iter().find(|manifest| manifest.is_file())
}

/// What a call says when it is asked whether it understands its arguments, if it does not.
///
/// A tool, or Cargo, is asked for `--help` after all else, as it reads its arguments from left to right and stops at the first that it does not
/// know. Our scripts end after their arguments where DRY_RUN is set.
pub fn dry_run(top: &Path, call: &Call) -> Option<String> {
    let mut command = match call {
        Call::Ours(program, _) if program == ".ci/run" => return None,
        Call::Ours(program, arguments) => {
            let mut command = Command::new(top.join(program));
            command.args(arguments);
            command
        }
        Call::Tool(package, arguments) => {
            let mut command = Command::new("cargo");
            command
                .args(["run", "--quiet", "--locked", "--package", package, "--"])
                .args(arguments)
                .arg("--help");
            command
        }
        Call::Cargo(arguments) => {
            let mut command = Command::new("cargo");
            command.args(arguments).arg("--help");
            command
        }
        Call::Bazel(_) | Call::Foreign => return None,
    };
    match command.current_dir(top).env("DRY_RUN", "1").output() {
        Err(error) => Some(format!("{command:?}: {error}")),
        Ok(output) if !output.status.success() => Some(format!(
            "{command:?}: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Ok(_) => None,
    }
}

//! The commands that workflows run: each is a plain command that accepts its arguments.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::workflow::{Action, Env, Workflow};

/// Values for variables that are set only while a workflow runs.
const SAMPLES: [(&str, &str); 5] = [
    ("VERSION", "1.2.3-rc.4"),
    ("REF", "refs/tags/v1.2.3-rc.4"),
    ("TARGET", "aarch64-unknown-linux-musl"),
    ("LANE", "fmt"),
    ("CACHE", "cache"),
];

/// A parsed command line.
#[derive(Debug)]
pub struct Call {
    program: String,
    arguments: Vec<String>,
}

/// All commands of a workflow, and an error for each line that is not a plain command.
pub fn calls(workflow: &Workflow) -> (Vec<Call>, Vec<String>) {
    let mut calls = Vec::new();
    let mut errors = Vec::new();
    for (id, job) in &workflow.jobs {
        for action in job.actions() {
            let Action::Run(line, env) = action else {
                continue;
            };
            match Call::parse(&line, &env) {
                Ok(call) => calls.push(call),
                Err(error) => errors.push(format!("{}: {id}: `{line}`: {error}", workflow.file)),
            }
        }
    }
    (calls, errors)
}

impl Call {
    fn parse(line: &str, env: &Env) -> Result<Call, String> {
        // Anything longer belongs in a script, which can be run by hand and which shellcheck reads.
        let operators = ["|", ";", "&&", "$(", "`"];
        if let Some(operator) = operators.into_iter().find(|text| line.contains(text)) {
            return Err(format!("`{operator}`: move the commands into a script"));
        }
        let words = shlex::split(line).ok_or("missing closing quote")?;
        let words = words.iter().filter(|word| !word.starts_with('>'));
        let mut words = words.map(|word| expand(word, env));
        let program = words.next().ok_or("missing command")??;
        let arguments: Vec<String> = words.collect::<Result<_, _>>()?;
        match (program.as_str(), arguments.first().map(String::as_str)) {
            ("cargo", _) if arguments.iter().any(|word| word == "--locked") => {}
            ("cargo", _) => return Err("missing --locked".to_owned()),
            ("tools/bazel", Some("build" | "test")) | ("sudo", Some("apt-get")) | ("test", _) => {}
            ("tools/bazel", _) => return Err("neither build nor test".to_owned()),
            _ if program.contains('/') && !program.starts_with('/') => {}
            _ => return Err("neither a program of this checkout nor an allowed one".to_owned()),
        }
        Ok(Call { program, arguments })
    }

    /// Flags and labels, if this is a call of Bazel.
    pub fn bazel_arguments(&self) -> &[String] {
        match self.program.as_str() {
            "tools/bazel" => &self.arguments[1..],
            _ => &[],
        }
    }

    /// Runs the command just far enough to parse its arguments, and returns its error.
    ///
    /// Cargo and our tools parse from left to right, so `--help` at the end fails if an earlier argument is wrong. Our scripts exit
    /// after parsing if DRY_RUN is set. Bazel's flags and labels are checked by Bazel itself, all at once.
    pub fn dry_run(&self, top: &Path) -> Option<String> {
        let mut command = match self.program.as_str() {
            ".ci/run" => return unknown_check(&top.join(".ci/checks"), &self.arguments),
            "tools/bazel" | "sudo" | "test" => return None,
            "cargo" => Command::new("cargo"),
            program => Command::new(top.join(program)),
        };
        command.args(&self.arguments);
        command.args((self.program == "cargo").then_some("--help"));
        match command.current_dir(top).env("DRY_RUN", "1").output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => {
                let stderr = String::from_utf8_lossy(&output.stderr);
                Some(format!("{command:?}: {}: {}", output.status, stderr.trim()))
            }
            Err(error) => Some(format!("{command:?}: {error}")),
        }
    }
}

/// Replaces the variables in `word`, which all have to be set in `env`.
fn expand(word: &str, env: &Env) -> Result<String, String> {
    let mut parts = word.split('$');
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        if !name.starts_with("GITHUB_") {
            let value = env.get(name).ok_or(format!("${name} is not set in env"))?;
            let literal = value.as_str().filter(|text| !text.contains("${{"));
            let sample = SAMPLES.iter().find(|(sample, _)| *sample == name);
            expanded += literal.or(sample.map(|(_, value)| *value)).unwrap_or("x");
        }
        expanded += rest;
    }
    Ok(expanded)
}

/// `.ci/run WORD...` runs the checks whose names contain one of the words.
fn unknown_check(checks: &Path, words: &[String]) -> Option<String> {
    let names = fs::read_dir(checks).into_iter().flatten().flatten();
    let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
    let is_known = |word: &str| {
        let mut names = names.iter();
        names.any(|name| name.to_string_lossy().contains(word))
    };
    let unknown = words.iter().find(|word| !is_known(word))?;
    Some(format!(".ci/run {unknown}: no such check"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn parse(line: &str) -> Result<String, String> {
        let env = [("A", "a b"), ("VERSION", "${{ x }}"), ("C", "${{ y }}")];
        let env = env.map(|(name, value)| (name.to_owned(), value.into()));
        let call = Call::parse(line, &env.into())?;
        Ok(format!("{} {}", call.program, call.arguments.join(" ")))
    }

    #[test]
    fn expands_variables() {
        let expanded = parse("packaging/build \"$A\" v$VERSION/$C >>\"$GITHUB_OUTPUT\"");
        assert_eq!(expanded.as_deref(), Ok("packaging/build a b v1.2.3-rc.4/x"));
    }

    #[test]
    fn rejects_what_is_not_a_plain_command() {
        for (line, expected) in [
            ("packaging/build | tee x", "`|`: move the commands"),
            ("curl x", "neither a program of this checkout"),
            ("sudo curl x", "neither a program of this checkout"),
            ("packaging/build $NAME", "$NAME is not set in env"),
            ("packaging/build \"x", "missing closing quote"),
            ("cargo publish", "missing --locked"),
            ("tools/bazel run //:x", "neither build nor test"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn reports_commands_that_reject_their_arguments() {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir_all(top.path().join(".ci/checks/82-workflows")).unwrap();
        for (name, mode) in [("a/run", 0o755), ("a/text", 0o644)] {
            let path = top.path().join(name);
            fs::create_dir_all(top.path().join("a")).unwrap();
            fs::write(&path, "#!/bin/sh\n[ $DRY_RUN = 1 ] && [ $1 != --wrong ]\n").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        for (line, expected) in [
            ("a/run --right", ""),
            ("a/run --wrong", "exit status: 1"),
            ("a/text --right", "Permission denied"),
            ("a/absent", "No such file"),
            (".ci/run 82", ""),
            (".ci/run 82 99", ".ci/run 99: no such check"),
        ] {
            let call = Call::parse(line, &Env::new()).unwrap();
            let error = call.dry_run(top.path()).unwrap_or_default();
            assert!(error.contains(expected), "{line}: {error}");
            assert_eq!(error.is_empty(), expected.is_empty(), "{line}: {error}");
        }
    }
}

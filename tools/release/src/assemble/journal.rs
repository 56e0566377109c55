//! What is done already, so that what was interrupted can go on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fastboop_files::file;
use serde::{Deserialize, Serialize};

use crate::digests;

/// The steps that are done, in order, in the file `journal.json`.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    record: Record,
    /// How many of the steps have been asked for in this run.
    seen: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// What all of it is made of.
    identity: String,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Step {
    name: String,
    /// From path to SHA-256.
    outputs: BTreeMap<PathBuf, String>,
}

impl Journal {
    /// The journal in `directory`, or a new one. One for something else than `identity` is refused.
    pub fn open(directory: &Path, identity: &str) -> Result<Journal> {
        let path = directory.join("journal.json");
        let record = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{}: damaged; say --clean", path.display()))?,
            Err(_) => Record {
                identity: identity.to_owned(),
                steps: Vec::new(),
            },
        };
        ensure!(
            record.identity == identity,
            "{}: what was interrupted is {}; this is {identity}; say --clean to start anew",
            directory.display(),
            record.identity
        );
        Ok(Journal {
            directory: directory.to_owned(),
            record,
            seen: 0,
        })
    }

    /// Whether `step`, the next one, is done and its files are as it left them. Otherwise it is
    /// forgotten, with all after it.
    pub fn is_done(&mut self, step: &str) -> Result<bool> {
        let found = self.record.steps.get(self.seen);
        if found.is_some_and(|found| found.name == step && is_intact(found)) {
            self.seen += 1;
            return Ok(true);
        }
        self.record.steps.truncate(self.seen);
        self.write()?;
        Ok(false)
    }

    /// Writes down that `step` is done and made these files (of directories: all in them).
    pub fn add(&mut self, step: &str, outputs: &[PathBuf]) -> Result<()> {
        let mut made = BTreeMap::new();
        for output in outputs {
            for path in digests::files(output)? {
                let digest = digests::of_file(&path)?.to_string();
                made.insert(path, digest);
            }
        }
        self.record.steps.push(Step {
            name: step.to_owned(),
            outputs: made,
        });
        self.seen += 1;
        self.write()
    }

    fn write(&self) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(&self.record)?;
        Ok(file::write_atomic(
            &self.directory.join("journal.json"),
            &bytes,
            false,
        )?)
    }
}

fn is_intact(step: &Step) -> bool {
    let same = |path: &PathBuf, wanted: &String| {
        digests::of_file(path).is_ok_and(|found| found.to_string() == *wanted)
    };
    step.outputs.iter().all(|(path, digest)| same(path, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two steps are done, with a file each.
    fn two_done() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), "v1").unwrap();
        for name in ["one", "two"] {
            assert!(!journal.is_done(name).unwrap());
            fs::write(dir.path().join(name), name).unwrap();
            journal.add(name, &[dir.path().join(name)]).unwrap();
        }
        dir
    }

    #[test]
    fn what_is_done_stays_done() {
        let dir = two_done();
        let mut journal = Journal::open(dir.path(), "v1").unwrap();
        let done = ["one", "two", "three"].map(|name| journal.is_done(name).unwrap());
        assert_eq!(done, [true, true, false]);
    }

    #[test]
    fn after_a_file_that_changed_all_is_done_again() {
        for change in [
            |path: &Path| fs::write(path, "other").unwrap(),
            |path: &Path| fs::remove_file(path).unwrap(),
        ] {
            let dir = two_done();
            change(&dir.path().join("one"));
            let mut journal = Journal::open(dir.path(), "v1").unwrap();
            assert!(!journal.is_done("one").unwrap());
            journal.add("one", &[]).unwrap();
            assert!(!journal.is_done("two").unwrap());
        }
    }

    #[test]
    fn something_else_is_not_continued() {
        let dir = two_done();
        let message = Journal::open(dir.path(), "v2").unwrap_err().to_string();
        assert!(message.contains("interrupted is v1"), "{message}");
        assert!(message.contains("--clean"), "{message}");
        fs::write(dir.path().join("journal.json"), "{").unwrap();
        let message = Journal::open(dir.path(), "v1").unwrap_err().to_string();
        assert!(message.contains("journal.json: damaged"), "{message}");
    }
}

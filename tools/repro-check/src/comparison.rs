//! The table of what is the same, and why what is not differs.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use elf_diff::Explanation;
use serde::Serialize;

use crate::made::{Made, digest};

/// How many differences are explained; JSON has the digests of all.
const EXPLAINED: usize = 4;

/// All builds compared.
#[derive(Debug, Serialize)]
pub struct Comparison {
    builds: Vec<Made>,
    artifacts: Vec<Row>,
    differences: Vec<Difference>,
    /// What makes the comparison worthless.
    faults: Vec<String>,
    /// What else there is to know.
    notes: Vec<String>,
}

/// One artifact.
#[derive(Debug, Serialize)]
struct Row {
    artifact: String,
    /// Of each build; `None` where it made no such file.
    sha256: Vec<Option<String>>,
}

/// Why an artifact of one build is not that of the first.
#[derive(Debug, Serialize)]
struct Difference {
    artifact: String,
    /// Which two builds, counted from 1.
    builds: [usize; 2],
    explanation: Explanation,
}

impl Comparison {
    /// Reads and compares all files.
    pub fn new(builds: Vec<Made>, mut faults: Vec<String>) -> Result<Self, String> {
        let names = builds.iter().flat_map(|build| build.files.keys().cloned());
        let names = names.collect::<BTreeSet<_>>();
        if names.is_empty() || builds.len() < 2 {
            faults.push("there is nothing to compare".to_owned());
        }
        let mut artifacts = Vec::new();
        let mut differences = Vec::new();
        for artifact in names {
            let row = Row::new(artifact, &builds)?;
            if let Some(other) = row.differs_in().filter(|_| differences.len() < EXPLAINED) {
                differences.extend(Difference::new(&row.artifact, &builds, other)?);
            }
            artifacts.push(row);
        }
        Ok(Comparison {
            builds,
            artifacts,
            differences,
            faults,
            notes: Vec::new(),
        })
    }

    /// The same, with something else to know.
    pub fn with_notes(self, notes: Vec<String>) -> Self {
        Comparison { notes, ..self }
    }

    /// Whether all is the same.
    pub fn holds(&self) -> bool {
        let same = self.artifacts.iter().all(|row| row.differs_in().is_none());
        same && self.faults.is_empty()
    }
}

impl Row {
    fn new(artifact: String, builds: &[Made]) -> Result<Self, String> {
        let of = |build: &Made| {
            build
                .files
                .get(&artifact)
                .map(|path| digest(path))
                .transpose()
        };
        let sha256 = builds
            .iter()
            .map(|build| Ok(of(build)?.map(|digest| digest.to_string())))
            .collect::<Result<Vec<_>, String>>()?;
        Ok(Row { artifact, sha256 })
    }

    /// The first build that made something else than build 0 did.
    fn differs_in(&self) -> Option<usize> {
        let first = self.sha256.first()?;
        self.sha256.iter().position(|sha256| sha256 != first)
    }

    /// How many builds made what the first one did.
    fn same(&self) -> usize {
        let first = self.sha256.first();
        self.sha256
            .iter()
            .filter(|sha256| Some(*sha256) == first)
            .count()
    }
}

impl Difference {
    /// `None` where one of them has no such file: the row says that.
    fn new(artifact: &str, builds: &[Made], other: usize) -> Result<Option<Self>, String> {
        let path = |index: usize| {
            builds
                .get(index)
                .and_then(|build| build.files.get(artifact))
        };
        let (Some(a), Some(b)) = (path(0), path(other)) else {
            return Ok(None);
        };
        Ok(Some(Difference {
            artifact: artifact.to_owned(),
            builds: [1, other + 1],
            explanation: explain(a, b)?,
        }))
    }
}

/// Why two files differ.
pub fn explain(a: &Path, b: &Path) -> Result<Explanation, String> {
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    Ok(elf_diff::explain(&read(a)?, &read(b)?))
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, build) in self.builds.iter().enumerate() {
            writeln!(
                f,
                "build {}  {}: {:.0} s",
                index + 1,
                build.how,
                build.seconds
            )?;
        }
        let width = self.artifacts.iter().map(|row| row.artifact.len()).max();
        let width = width.unwrap_or_default();
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        for row in &self.artifacts {
            let all = row.sha256.len();
            let first = row.sha256.first().and_then(Option::as_deref);
            let (name, first) = (&row.artifact, first.unwrap_or("not made"));
            writeln!(f, "{name:width$}  {first:64}  {} of {all}", row.same())?;
        }
        for row in self
            .artifacts
            .iter()
            .filter(|row| row.differs_in().is_some())
        {
            writeln!(f, "\nDIFFERS: {}", row.artifact)?;
            for (index, sha256) in row.sha256.iter().enumerate() {
                let sha256 = sha256.as_deref().unwrap_or("not made");
                writeln!(f, "  build {}  {sha256}", index + 1)?;
            }
            let explained = self.differences.iter().find(|d| d.artifact == row.artifact);
            if let Some(Difference {
                builds: [a, b],
                explanation,
                ..
            }) = explained
            {
                writeln!(f, "  A is of build {a}, B of build {b}\n{explanation}")?;
            }
        }
        self.faults
            .iter()
            .try_for_each(|fault| writeln!(f, "error: {fault}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A build whose one artifact has these bytes.
    fn made(directory: &Path, name: &str, bytes: &[u8]) -> Made {
        let path = directory.join(name);
        fs::write(&path, bytes).unwrap();
        Made {
            how: name.to_owned(),
            seconds: 1.0,
            files: [("program".to_owned(), path)].into(),
        }
    }

    #[test]
    fn the_same_bytes_hold() {
        let directory = tempfile::tempdir().unwrap();
        let builds = ["1", "2", "3"].map(|name| made(directory.path(), name, b"a"));
        let comparison = Comparison::new(builds.into(), Vec::new()).unwrap();
        assert!(comparison.holds());
        assert!(comparison.to_string().contains("  3 of 3"), "{comparison}");
    }

    #[test]
    fn other_bytes_do_not_hold_and_are_explained() {
        let directory = tempfile::tempdir().unwrap();
        let builds = [("1", b"ab"), ("2", b"ab"), ("3", b"ac")];
        let builds = builds.map(|(name, bytes)| made(directory.path(), name, bytes));
        let comparison = Comparison::new(builds.into(), Vec::new()).unwrap();
        assert!(!comparison.holds());
        let text = comparison.to_string();
        assert!(text.contains("  2 of 3"), "{text}");
        assert!(text.contains("DIFFERS: program"), "{text}");
        assert!(text.contains("A is of build 1, B of build 3"), "{text}");
    }

    #[test]
    fn a_file_that_one_build_lacks_does_not_hold() {
        let directory = tempfile::tempdir().unwrap();
        let mut builds = ["1", "2"].map(|name| made(directory.path(), name, b"a"));
        builds[1].files.clear();
        let comparison = Comparison::new(builds.into(), Vec::new()).unwrap();
        assert!(!comparison.holds());
        assert!(
            comparison.to_string().contains("build 2  not made"),
            "{comparison}"
        );
    }

    #[test]
    fn nothing_proves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let alone = vec![made(directory.path(), "1", b"a")];
        assert!(!Comparison::new(alone, Vec::new()).unwrap().holds());
        assert!(!Comparison::new(Vec::new(), Vec::new()).unwrap().holds());
    }

    #[test]
    fn a_fault_does_not_hold() {
        let directory = tempfile::tempdir().unwrap();
        let builds = ["1", "2"].map(|name| made(directory.path(), name, b"a"));
        let comparison = Comparison::new(builds.into(), vec!["read a cache".to_owned()]).unwrap();
        assert!(!comparison.holds());
        assert!(comparison.to_string().contains("error: read a cache"));
    }
}
